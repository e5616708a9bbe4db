import type { CustomResourceDefinition, CustomResourceDefinitionNames } from '../../../../common/kube/generated/apiextensions-v1.ts'
import { isEstablished } from '../../../../common/kube/custom-resources.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { dns1035Label, dnsSubdomain } from '../../validation/names.ts'
import { validateConversion } from './validate-conversion.ts'
import { validateVersion } from './validate-version.ts'

/** Marks what the community has agreed to; without it nobody defines kinds in its groups. */
const APPROVED = 'api-approved.kubernetes.io'

/** Checks a definition, whole, in upstream's words. `old`: what is there, at an update. */
export function validateDefinition(definition: CustomResourceDefinition, errors: FieldErrors, old: Readonly<CustomResourceDefinition> | undefined): void {
  const { metadata, spec } = definition
  // A request's own: the schema does not say that it must be there.
  if ((spec as CustomResourceDefinition['spec'] | undefined) === undefined) return errors.required('spec')
  const { group, names, scope, versions = [], preserveUnknownFields } = spec
  if (metadata.name && metadata.name !== `${names.plural}.${group}`) errors.invalid('metadata.name', metadata.name, 'must be spec.names.plural+"."+spec.group')
  validateGroup(definition, errors)
  errors.oneOf('spec.scope', scope, ['Cluster', 'Namespaced'])
  validateNames(names, 'spec.names', errors)
  if (preserveUnknownFields === true) errors.invalid('spec.preserveUnknownFields', true, 'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead')

  const storage = versions.filter((version) => version.storage)
  if (storage.length !== 1) errors.invalid('spec.versions', versions.map(({ name, served, storage: stores }) => ({ name, served, storage: stores })), 'must have exactly one version marked as storage version')
  if (new Set(versions.map(({ name }) => name)).size !== versions.length) errors.invalid('spec.versions', versions.map(({ name }) => name), 'must contain unique version names')
  versions.forEach((version, i) => validateVersion(version, `spec.versions[${String(i)}]`, errors, old?.spec.versions.find(({ name }) => name === version.name)))
  validateConversion(spec, errors)

  const names2 = new Set(versions.map(({ name }) => name))
  for (const [i, name] of (definition.status?.storedVersions ?? []).entries()) if (!names2.has(name)) errors.invalid(`status.storedVersions[${String(i)}]`, name, 'must appear in spec.versions')
}

/** What a definition may not change once its kind is served. */
export function validateDefinitionUpdate({ spec }: CustomResourceDefinition, old: Readonly<CustomResourceDefinition>, errors: FieldErrors): void {
  errors.immutable('spec.group', spec.group, spec.group === old.spec.group)
  errors.immutable('spec.names.plural', spec.names.plural, spec.names.plural === old.spec.names.plural)
  if (!isEstablished(old)) return
  errors.immutable('spec.scope', spec.scope, spec.scope === old.spec.scope)
  errors.immutable('spec.names.kind', spec.names.kind, spec.names.kind === old.spec.names.kind)
}

function validateGroup({ metadata, spec: { group } }: CustomResourceDefinition, errors: FieldErrors): void {
  if (!group) return errors.required('spec.group')
  const wrong = dnsSubdomain(group)
  if (wrong !== undefined) errors.invalid('spec.group', group, wrong)
  else if (!group.includes('.')) errors.invalid('spec.group', group, 'should be a domain with at least one dot')
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(group)) return
  const approved = metadata.annotations?.[APPROVED]
  const at = `metadata.annotations[${APPROVED}]`
  if (approved === undefined || approved === '') errors.required(at, `protected groups must have approval annotation "${APPROVED}", see https://github.com/kubernetes/enhancements/pull/1111`)
  else if (!approved.startsWith('unapproved') && !URL.canParse(approved)) errors.invalid(at, approved, 'protected groups must have approval annotation with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111')
}

/** Checks names; `path` is `spec.names`. */
function validateNames(names: CustomResourceDefinitionNames, path: string, errors: FieldErrors): void {
  const label = (at: string, value: string): void => errors.check(at, value, dns1035Label)
  if (!names.plural) errors.required(`${path}.plural`)
  else label(`${path}.plural`, names.plural)
  if (names.singular) label(`${path}.singular`, names.singular)
  for (const field of ['kind', 'listKind'] as const) {
    const value = names[field]
    if (!value) {
      errors.required(`${path}.${field}`)
      continue
    }
    const wrong = dns1035Label(value.toLowerCase())
    if (wrong !== undefined) errors.invalid(`${path}.${field}`, value, `may have mixed case, but should otherwise match: ${wrong}`)
  }
  if (names.kind && names.kind === names.listKind) errors.invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same')
  names.shortNames?.forEach((name, i) => label(`${path}.shortNames[${String(i)}]`, name))
  names.categories?.forEach((name, i) => label(`${path}.categories[${String(i)}]`, name))
}
