import { StatusError } from '../../../common/errors.ts'
import { byVersion, mainVersion } from '../../../common/kube/custom-resources.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../../../common/kube/generated/apiextensions-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Kind } from '../registry/kind.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import type { WebhookCaller } from '../webhooks/caller.ts'
import { codingOf } from './coding.ts'
import { columnsOf } from './columns.ts'
import { rulesOf } from './rules/rules.ts'
import { at, scaleFieldsOf, stepsOf } from './scale.ts'
import { checkBySchema, metadataSchema, readMetadata } from './schema/check.ts'
import { applyDefaults } from './schema/defaults.ts'
import type { JsonSchema } from './schema/json-schema.ts'
import { validateUniqueness } from './schema/lists.ts'
import { mergeNodeOf } from './schema/merge-node.ts'
import { prune } from './schema/prune.ts'
import { definitionsFor } from './schema/published.ts'
import { validateBySchema } from './schema/validate.ts'

/** The kinds that a served definition makes: one a served version, the preferred one first. All read and write the same objects. */
export function kindsOf(definition: Readonly<CustomResourceDefinition>, webhooks: WebhookCaller): Kind[] {
  const versions = definition.spec.versions.filter(({ served }) => served).sort((a, b) => byVersion(a.name, b.name))
  const main = mainVersion(definition.spec)
  return versions.map((version) => kindOf(definition, version, webhooks, version.name !== main))
}

function kindOf(definition: Readonly<CustomResourceDefinition>, version: Readonly<CustomResourceDefinitionVersion>, webhooks: WebhookCaller, isOtherVersion: boolean): Kind {
  const { spec, status } = definition
  const { group } = spec
  const names = status?.acceptedNames ?? spec.names
  const resource: Resource = { group, version: version.name, kind: names.kind, plural: names.plural, namespaced: spec.scope === 'Namespaced' }
  const listKind = names.listKind ?? `${names.kind}List`
  const schema = (version.schema?.openAPIV3Schema ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }) as JsonSchema
  const storage = spec.versions.find((one) => one.storage)?.name ?? version.name
  const fields = (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath)
  const { scale } = version.subresources ?? {}
  return {
    resource, listKind, isOtherVersion, validatesStatus: true, hasGeneration: true,
    ...(names.singular === undefined ? {} : { singular: names.singular }),
    ...(names.shortNames === undefined ? {} : { shortNames: names.shortNames }),
    ...(names.categories === undefined ? {} : { categories: names.categories }),
    hasStatus: version.subresources?.status !== undefined,
    ...(scale === undefined ? {} : { scale: scaleFieldsOf(scale) }),
    ...(version.deprecated === true ? { deprecated: version.deprecationWarning ?? `${group}/${version.name} ${names.kind} is deprecated` } : {}),
    defaults: (object) => bringIntoShape(object, schema),
    ...validationOf(schema),
    refuseCreate() {
      if (isConditionTrue(status?.conditions, 'Terminating')) throw new StatusError('MethodNotAllowed', `create is not supported on resources of kind "${names.plural}.${group}": its definition is being deleted`)
    },
    ...(fields.length === 0 ? {} : { selectableFields: fields.map((path) => path.slice(1)), selectableField: (object: Readonly<KubeObject>, field: string) => shown(at(object, stepsOf(field))) }),
    columns: columnsOf(version.additionalPrinterColumns),
    schema: {
      node: mergeNodeOf(schema, metadataSchema(), true),
      check: (body) => checkBySchema(body, schema),
      definitions: (openApi) => definitionsFor({ group, version: version.name, kind: names.kind, listKind, schema }, openApi),
    },
    coding: codingOf({ apiVersion: `${group}/${version.name}`, storedVersion: `${group}/${storage}`, schema, conversion: spec.conversion, webhooks }),
  }
}

/** Only what the schema knows, and all that it gives: for those who come past the wire, where the same has been done to a body already. */
function bringIntoShape(object: KubeObject, schema: JsonSchema): void {
  const { metadata } = object
  const pruned = prune(object as unknown as Record<string, unknown>, schema, readMetadata, [])
  for (const name of Object.keys(object)) if (!(name in pruned)) Reflect.deleteProperty(object, name)
  Object.assign(object, pruned, { metadata })
  applyDefaults(object, schema)
}

function validationOf(schema: JsonSchema): Pick<Kind, 'validateChange'> {
  const rules = rulesOf(schema)
  return {
    validateChange(object: KubeObject, old: Readonly<KubeObject> | undefined, errors: FieldErrors) {
      const before = errors.causes.length
      validateBySchema(object, schema, '', errors, old)
      validateUniqueness(object, schema, '', errors)
      // Rules are about objects that are what the schema says.
      if (errors.causes.length === before) rules.validate(object, old, errors)
    },
  }
}

function shown(value: unknown): string {
  return value === undefined || value === null ? '' : String(value)
}
