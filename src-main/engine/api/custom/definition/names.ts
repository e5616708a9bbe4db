import { timestamp } from '../../../../common/clock.ts'
import { isConditionTrue, withCondition } from '../../../../common/kube/conditions.ts'
import { BUILT_IN } from '../../../../common/kube/custom-resources.ts'
import type { CustomResourceDefinition, CustomResourceDefinitionCondition, CustomResourceDefinitionNames, CustomResourceDefinitionStatus } from '../../../../common/kube/generated/apiextensions-v1.ts'
import type { Kind } from '../../registry/kind.ts'
import { listKindOf, singularOf } from '../../registry/kind.ts'

type Definition = Readonly<CustomResourceDefinition>

/** What a definition's names are decided by. */
export interface Surroundings {
  /** All definitions, this one as it was included. */
  readonly definitions: readonly Definition[]
  readonly builtIn: readonly Kind[]
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** The built-in kind that a definition repeats: one of the same group with the same name in URLs. */
function builtInOf({ spec }: Definition, builtIn: readonly Kind[]): Kind | undefined {
  return builtIn.find(({ resource: { group, plural } }) => group === spec.group && plural === spec.names.plural)
}

/**
 * A definition's status: which names it has been given, and whether its kind is served. Of two definitions of a group that want one name, the
 * one that has it keeps it. Conditions that others wrote stay. Pure.
 */
export function statusOf(definition: Definition, around: Surroundings): CustomResourceDefinitionStatus {
  const { status, spec } = definition
  const when = timestamp(around.now)
  const repeated = builtInOf(definition, around.builtIn)
  const accepted = repeated === undefined ? acceptedNames(definition, around) : { names: spec.names, conflict: undefined }
  const { conflict } = accepted
  const wasEstablished = isConditionTrue(status?.conditions, 'Established')
  const set = (type: string, is: boolean, reason: string, message: string): void => {
    conditions = withCondition(conditions, { lastTransitionTime: when, message, reason, status: is ? 'True' : 'False', type })
  }
  let conditions: CustomResourceDefinitionCondition[] = [...(status?.conditions ?? [])]
  if (conflict === undefined) set('NamesAccepted', true, 'NoConflicts', 'no conflicts found')
  else set('NamesAccepted', false, conflict.reason, conflict.message)
  if (repeated !== undefined) {
    set('Established', true, BUILT_IN, `${repeated.resource.kind} is built in and is served by it: nothing of this definition is used, and deleting it deletes no objects`)
  } else if (conflict === undefined) set('Established', true, 'InitialNamesAccepted', 'the initial names have been accepted')
  // Once served, a kind goes on being served by the names that it has.
  else if (!wasEstablished) set('Established', false, 'NotAccepted', 'not all names are accepted')

  const storage = spec.versions.find((version) => version.storage)?.name
  const stored = status?.storedVersions ?? []
  return {
    ...status, conditions, acceptedNames: accepted.names,
    storedVersions: storage === undefined || stored.includes(storage) ? stored : [...stored, storage],
  }
}

interface Conflict {
  readonly reason: string
  readonly message: string
}

function acceptedNames(definition: Definition, { definitions, builtIn }: Surroundings): { names: CustomResourceDefinitionNames; conflict: Conflict | undefined } {
  const { spec, metadata: { name } } = definition
  const wanted = spec.names
  const had = definition.status?.acceptedNames
  const resources = new Set<string>()
  const kinds = new Set<string>()
  for (const other of definitions) {
    if (other.metadata.name === name || other.spec.group !== spec.group) continue
    const { plural, singular, shortNames = [], kind, listKind } = other.status?.acceptedNames ?? { plural: '', kind: '' }
    for (const one of [plural, singular, ...shortNames]) if (one) resources.add(one)
    for (const one of [kind, listKind]) if (one) kinds.add(one)
  }
  for (const kind of builtIn) {
    if (kind.resource.group !== spec.group) continue
    for (const one of [kind.resource.plural, singularOf(kind), ...(kind.shortNames ?? [])]) resources.add(one)
    for (const one of [kind.resource.kind, listKindOf(kind)]) kinds.add(one)
  }
  const conflicts: Conflict[] = []
  const given = { ...had, plural: had?.plural ?? '', kind: had?.kind ?? '' } as CustomResourceDefinitionNames
  const ask = (field: 'plural' | 'singular' | 'kind' | 'listKind', taken: ReadonlySet<string>, reason: string): void => {
    const value = wanted[field]
    if (value === undefined) return
    if (taken.has(value)) conflicts.push({ reason, message: `${JSON.stringify(value)} is already in use` })
    else given[field] = value
  }
  ask('plural', resources, 'PluralConflict')
  ask('singular', resources, 'SingularConflict')
  const short = (wanted.shortNames ?? []).filter((one) => resources.has(one))
  if (short.length > 0) conflicts.push({ reason: 'ShortNamesConflict', message: short.map((one) => `${JSON.stringify(one)} is already in use`).join(', ') })
  else if (wanted.shortNames === undefined) delete given.shortNames
  else given.shortNames = [...wanted.shortNames]
  ask('kind', kinds, 'KindConflict')
  ask('listKind', kinds, 'ListKindConflict')
  if (wanted.categories === undefined) delete given.categories
  else given.categories = [...wanted.categories]
  return { names: given, conflict: conflicts[0] }
}
