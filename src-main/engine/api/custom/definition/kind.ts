import { timestamp } from '../../../../common/clock.ts'
import { withCondition } from '../../../../common/kube/conditions.ts'
import { CLEANUP_FINALIZER, isOfBuiltIn } from '../../../../common/kube/custom-resources.ts'
import type { CustomResourceDefinition } from '../../../../common/kube/generated/apiextensions-v1.ts'
import { CustomResourceDefinitions } from '../../../../common/kube/kinds.ts'
import { defineKind } from '../../registry/kind.ts'
import type { Kind, Lookup } from '../../registry/kind.ts'
import { nameColumn } from '../../table/columns.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { statusOf } from './names.ts'
import { validateDefinition, validateDefinitionUpdate } from './validate.ts'

/**
 * CustomResourceDefinition: a kind that users define. Which names it has been given is decided in the write itself, so that what a write answers
 * is served already; those that another definition kept from a name are looked at again by a controller, by writing them anew. `builtIn`: the kinds
 * that are always there.
 */
export function definitionKind(builtIn: readonly Kind[], now: () => number): Kind {
  // Writes that are under way: two that come together do not both get a name.
  const coming = new Set<Readonly<CustomResourceDefinition>>()
  const settle = (definition: CustomResourceDefinition, lookup: Lookup): void => {
    // A spec that makes no sense is validation's to explain.
    if (!isReadable(definition)) return
    definition.status = statusOf(definition, { definitions: [...lookup.list(CustomResourceDefinitions, ''), ...coming], builtIn, now: lookup.now() })
  }
  return defineKind<CustomResourceDefinition>({
    resource: CustomResourceDefinitions,
    shortNames: ['crd', 'crds'],
    categories: ['api-extensions'],
    hasStatus: true,
    hasGeneration: true,
    defaults,
    prepareForCreate: settle,
    prepareForUpdate: (definition, _old, lookup) => settle(definition, lookup),
    validateChange: (definition, old, errors) => validateDefinition(definition, errors, old),
    validateUpdate: (definition, old, errors: FieldErrors) => validateDefinitionUpdate(definition, old, errors),
    reserve(definition) {
      // One that goes gives its names up: whoever waits for them may be told of that before its own write is over.
      if (definition.metadata.deletionTimestamp === undefined) coming.add(definition)
      const over = (): void => void coming.delete(definition)
      return { keep: over, undo: over }
    },
    markDeleted(definition) {
      if (isOfBuiltIn(definition)) return
      const { metadata, status } = definition
      if (metadata.finalizers?.includes(CLEANUP_FINALIZER) !== true) metadata.finalizers = [...(metadata.finalizers ?? []), CLEANUP_FINALIZER]
      const conditions = withCondition(status?.conditions, {
        lastTransitionTime: timestamp(now()), message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon', reason: 'InstanceDeletionPending', status: 'True', type: 'Terminating',
      })
      definition.status = { ...status, conditions }
    },
    columns: [nameColumn, { name: 'Created At', type: 'date', description: 'When the definition was made.', cell: ({ metadata }) => metadata.creationTimestamp }],
  })
}

function defaults({ spec }: CustomResourceDefinition): void {
  // A request's own: nothing of it must be there.
  const names = (spec as Partial<CustomResourceDefinition['spec']> | undefined)?.names
  if (names === undefined) return
  if (!names.singular && names.kind) names.singular = names.kind.toLowerCase()
  if (!names.listKind && names.kind) names.listKind = `${names.kind}List`
  spec.conversion ??= { strategy: 'None' }
  const { webhook } = spec.conversion
  if (webhook?.clientConfig?.service !== undefined) webhook.clientConfig.service.port ??= 443
}

function isReadable({ spec }: CustomResourceDefinition): boolean {
  const { names, versions } = (spec as Partial<CustomResourceDefinition['spec']> | undefined) ?? {}
  return typeof names?.plural === 'string' && typeof names.kind === 'string' && Array.isArray(versions)
}
