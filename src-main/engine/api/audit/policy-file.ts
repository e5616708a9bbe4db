import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { isMap } from '../../../common/json.ts'
import { FieldErrors } from '../validation/field-errors.ts'
import { messageOf } from '../../../common/errors.ts'
import { LEVELS, STAGES } from './event.ts'
import type { AuditPolicy, AuditRule } from './policy.ts'

const API_VERSION = 'audit.k8s.io/v1'
const TOP = ['apiVersion', 'kind', 'metadata', 'rules', 'omitStages', 'omitManagedFields']
const LISTS = ['users', 'userGroups', 'verbs', 'namespaces', 'nonResourceURLs', 'omitStages'] as const
const OF_A_RULE = ['level', 'resources', 'omitManagedFields', ...LISTS]
const OF_RESOURCES = ['group', 'resources', 'resourceNames']

type Map = Record<string, unknown>

/** The policy in a file; undefined where there is no file. Throws an Error that says what is wrong with it. */
export async function readPolicy(path: string): Promise<AuditPolicy | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  return policyOf(text)
}

/** Reads a Policy of audit.k8s.io/v1 (YAML or JSON). Throws an Error that names each wrong field. Pure. */
export function policyOf(text: string): AuditPolicy {
  let value: unknown
  try {
    value = parse(text, { maxAliasCount: 100 })
  } catch (error) {
    throw new Error(`it is no YAML: ${messageOf(error)}`)
  }
  if (!isMap(value)) throw new Error(`it must be a Policy of ${API_VERSION}`)
  const errors = new FieldErrors()
  const { apiVersion, kind, rules, omitStages } = value
  known(value, TOP, '', errors)
  if (apiVersion !== API_VERSION) errors.notSupported('apiVersion', apiVersion, [API_VERSION])
  if (kind !== 'Policy') errors.notSupported('kind', kind, ['Policy'])
  checkStages(omitStages, 'omitStages', errors)
  checkFlag(value, '', errors)
  if (!Array.isArray(rules) || rules.length === 0) errors.required('rules')
  else rules.forEach((rule, i) => checkRule(rule, `rules[${String(i)}]`, errors))
  if (errors.causes.length > 0) throw new Error(errors.causes.map(({ field, message }) => `${field ?? ''}: ${message ?? ''}`).join('; '))
  return value as unknown as AuditPolicy
}

function checkRule(rule: unknown, path: string, errors: FieldErrors): void {
  if (!isMap(rule)) return errors.invalid(path, rule, 'must be a rule')
  known(rule, OF_A_RULE, `${path}.`, errors)
  const { level, resources, namespaces, nonResourceURLs } = rule as unknown as Partial<AuditRule>
  errors.oneOf(`${path}.level`, level, LEVELS)
  for (const field of LISTS) checkTexts(rule[field], `${path}.${field}`, errors)
  checkStages(rule['omitStages'], `${path}.omitStages`, errors)
  checkFlag(rule, `${path}.`, errors)
  if (resources !== undefined && !Array.isArray(resources)) errors.invalid(`${path}.resources`, resources, 'must be a list')
  else resources?.forEach((one: unknown, i) => checkResources(one, `${path}.resources[${String(i)}]`, errors))
  if (!Array.isArray(nonResourceURLs) || nonResourceURLs.length === 0) return
  if ((resources ?? []).length > 0 || (namespaces ?? []).length > 0) errors.invalid(`${path}.nonResourceURLs`, nonResourceURLs, 'rules cannot apply to both regular resources and non-resource URLs')
  nonResourceURLs.forEach((url: unknown, i) => {
    const at = `${path}.nonResourceURLs[${String(i)}]`
    if (url === '*' || typeof url !== 'string') return
    if (!url.startsWith('/')) errors.invalid(at, url, 'non-resource URL rules must begin with a \'/\' character')
    if (url.slice(0, -1).includes('*')) errors.invalid(at, url, 'non-resource URL wildcards \'*\' must be the final character of the rule')
  })
}

function checkResources(value: unknown, path: string, errors: FieldErrors): void {
  if (!isMap(value)) return errors.invalid(path, value, 'must be a group and its resources')
  known(value, OF_RESOURCES, `${path}.`, errors)
  const { group, resources, resourceNames } = value
  if (group !== undefined && typeof group !== 'string') errors.invalid(`${path}.group`, group, 'must be a text')
  else if (group?.includes('/') === true) errors.invalid(`${path}.group`, group, 'must be a group without a version')
  checkTexts(resources, `${path}.resources`, errors)
  checkTexts(resourceNames, `${path}.resourceNames`, errors)
  if (Array.isArray(resourceNames) && resourceNames.length > 0 && (!Array.isArray(resources) || resources.length === 0)) errors.invalid(`${path}.resourceNames`, resourceNames, 'using resourceNames requires at least one resource')
}

function checkTexts(value: unknown, field: string, errors: FieldErrors): void {
  if (value !== undefined && (!Array.isArray(value) || value.some((one) => typeof one !== 'string'))) errors.invalid(field, value, 'must be a list of texts')
}

function checkStages(value: unknown, field: string, errors: FieldErrors): void {
  if (value !== undefined && !Array.isArray(value)) return errors.invalid(field, value, 'must be a list of texts')
  for (const stage of (value as unknown[] | undefined) ?? []) if (!(STAGES as readonly unknown[]).includes(stage)) errors.notSupported(field, stage, STAGES)
}

function checkFlag(value: Map, path: string, errors: FieldErrors): void {
  const { omitManagedFields } = value
  if (omitManagedFields !== undefined && typeof omitManagedFields !== 'boolean') errors.invalid(`${path}omitManagedFields`, omitManagedFields, 'must be true or false')
}

/** A field that is not known is a misspelling, and a rule less narrow than it was meant. */
function known(value: Map, fields: readonly string[], path: string, errors: FieldErrors): void {
  for (const field of Object.keys(value)) if (!fields.includes(field)) errors.forbidden(`${path}${field}`, `there is no such field: it may have ${fields.join(', ')}`)
}
