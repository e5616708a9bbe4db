import type { FieldErrors } from '../../validation/field-errors.ts'

/** What webhooks' and policies' rules have in common. */
export interface MatchedRule {
  apiGroups?: string[]
  apiVersions?: string[]
  operations?: string[]
  resources?: string[]
  scope?: string
}

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const SCOPES = ['*', 'Cluster', 'Namespaced']

/** A rule that names no scope means both. */
export function defaultRules(rules: readonly MatchedRule[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*'
}

/** Checks which requests a rule is about. */
export function validateRule({ operations = [], apiGroups = [], apiVersions = [], resources = [], scope }: MatchedRule, path: string, errors: FieldErrors): void {
  if (operations.length === 0) errors.required(`${path}.operations`)
  alone(operations, `${path}.operations`, 'operations', errors)
  operations.forEach((operation, i) => errors.supported(`${path}.operations[${String(i)}]`, operation, OPERATIONS))
  if (apiGroups.length === 0) errors.required(`${path}.apiGroups`)
  alone(apiGroups, `${path}.apiGroups`, 'API groups', errors)
  if (apiVersions.length === 0) errors.required(`${path}.apiVersions`)
  alone(apiVersions, `${path}.apiVersions`, 'API versions', errors)
  apiVersions.forEach((version, i) => {
    if (version === '') errors.required(`${path}.apiVersions[${String(i)}]`)
  })
  validateResources(resources, `${path}.resources`, errors)
  errors.supported(`${path}.scope`, scope, SCOPES)
}

function alone(values: readonly string[], path: string, called: string, errors: FieldErrors): void {
  if (values.length > 1 && values.includes('*')) errors.invalid(path, values, `if '*' is present, must not specify other ${called}`)
}

function validateResources(resources: readonly string[], path: string, errors: FieldErrors): void {
  if (resources.length === 0) errors.required(path)
  // What an entry with a star covers already, and which entry that is.
  const covered = new Map<string, string>()
  resources.forEach((text, i) => {
    const at = `${path}[${String(i)}]`
    if (text === '') return errors.required(at)
    const [resource = '', sub] = text.split('/')
    if (sub === undefined || text === '*/*') return
    const by = covered.get(`${resource}/`) ?? covered.get(`/${sub}`)
    if (by !== undefined) errors.invalid(at, text, `if '${by}' is present, must not specify ${text}`)
    if (sub === '*') covered.set(`${resource}/`, text)
    if (resource === '*') covered.set(`/${sub}`, text)
  })
  if (resources.length > 1 && resources.includes('*/*')) errors.invalid(path, resources, "if '*/*' is present, must not specify other resources")
  if (resources.includes('*') && resources.some((text) => text !== '*' && !text.includes('/'))) errors.invalid(path, resources, "if '*' is present, must not specify other resources without subresources")
}
