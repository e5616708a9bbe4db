import type { NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from '../../../../common/kube/generated/flowcontrol-apiserver-v1.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { dnsLabel, dnsSubdomain } from '../../validation/names.ts'

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch']
const KINDS = ['Group', 'ServiceAccount', 'User']
const FIELD_OF: Readonly<Record<string, 'group' | 'serviceAccount' | 'user'>> = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' }

/** Checks what a FlowSchema matches. */
export function validateRules(rule: PolicyRulesWithSubjects, path: string, errors: FieldErrors): void {
  // The schema does not say that it must be there.
  const subjects = (rule.subjects as Subject[] | undefined) ?? []
  const { resourceRules = [], nonResourceRules = [] } = rule
  if (subjects.length === 0) errors.required(`${path}.subjects`, 'subjects must contain at least one value')
  subjects.forEach((subject, i) => validateSubject(subject, `${path}.subjects[${String(i)}]`, errors))
  if (resourceRules.length === 0 && nonResourceRules.length === 0) errors.required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty')
  resourceRules.forEach((one, i) => validateResourceRule(one, `${path}.resourceRules[${String(i)}]`, errors))
  nonResourceRules.forEach((one, i) => validatePathRule(one, `${path}.nonResourceRules[${String(i)}]`, errors))
}

function validateSubject(subject: Subject, path: string, errors: FieldErrors): void {
  const own = FIELD_OF[subject.kind]
  if (own === undefined) return errors.notSupported(`${path}.kind`, subject.kind, KINDS)
  for (const [kind, field] of Object.entries(FIELD_OF)) {
    if (field !== own && subject[field] !== undefined) errors.forbidden(`${path}.${field}`, `${field} is forbidden when subject kind is not '${kind}'`)
  }
  if (subject[own] === undefined) return errors.required(`${path}.${own}`, `${own} is required when subject kind is '${subject.kind}'`)
  if (!subject[own].name) errors.required(`${path}.${own}.name`)
  if (subject.kind !== 'ServiceAccount') return
  const { name = '', namespace = '' } = subject.serviceAccount ?? {}
  if (name !== '' && name !== '*') errors.check(`${path}.serviceAccount.name`, name, dnsSubdomain)
  if (namespace === '') errors.required(`${path}.serviceAccount.namespace`, 'must specify namespace for service account')
  else errors.check(`${path}.serviceAccount.namespace`, namespace, dnsLabel)
}

function validateResourceRule({ verbs, apiGroups, resources, namespaces = [], clusterScope = false }: ResourcePolicyRule, path: string, errors: FieldErrors): void {
  validateVerbs(verbs, path, errors)
  validateList(apiGroups, `${path}.apiGroups`, 'resource rules must supply at least one api group', 'api groups', errors)
  validateList(resources, `${path}.resources`, 'resource rules must supply at least one resource', 'resources', errors)
  if (namespaces.length > 0) {
    validateList(namespaces, `${path}.namespaces`, '', 'namespaces', errors)
    namespaces.forEach((namespace, i) => {
      if (namespace !== '*') errors.check(`${path}.namespaces[${String(i)}]`, namespace, dnsLabel)
    })
  } else if (!clusterScope) errors.required(`${path}.namespaces`, 'resource rules that are not cluster scoped must supply at least one namespace')
}

function validatePathRule({ verbs, nonResourceURLs }: NonResourcePolicyRule, path: string, errors: FieldErrors): void {
  validateVerbs(verbs, path, errors)
  validateList(nonResourceURLs, `${path}.nonResourceURLs`, 'nonResourceURLs must contain at least one value', 'non-resource URLs', errors)
  // The schema does not say that it must be there.
  ;(nonResourceURLs as string[] | undefined)?.forEach((url, i) => {
    if (url !== '*') errors.check(`${path}.nonResourceURLs[${String(i)}]`, url, wrongPath)
  })
}

function wrongPath(url: string): string | undefined {
  if (url === '') return 'must not be empty'
  if (!url.startsWith('/')) return "must start with slash"
  if (url.includes(' ')) return 'must not contain white-space'
  if (url.includes('//')) return 'must not contain double slash'
  const star = url.indexOf('*')
  if (star >= 0 && (star !== url.length - 1 || !url.endsWith('/*'))) return 'wildcard can only do suffix matching'
  return undefined
}

function validateVerbs(verbs: readonly string[] | undefined, path: string, errors: FieldErrors): void {
  validateList(verbs, `${path}.verbs`, 'verbs must contain at least one value', 'verbs', errors)
  if (verbs?.includes('*') === false && verbs.some((verb) => !VERBS.includes(verb))) errors.notSupported(`${path}.verbs`, verbs, VERBS)
}

function validateList(values: readonly string[] | undefined, path: string, missing: string, called: string, errors: FieldErrors): void {
  if ((values ?? []).length === 0) errors.required(path, missing)
  else if (values !== undefined && values.includes('*') && values.length > 1) errors.invalid(path, values, `if '*' is present, must not specify other ${called}`)
}
