import type { Resource } from '../../common/kube/resource.ts'

/**
 * One place in a type's schema, as strategic merge and server-side apply walk it.
 * A map (labels) answers every `field` with its value's schema; a place without a known schema is undefined.
 */
export interface SchemaNode {
  /** The schema of a property; undefined when there is none (or it is free-form). */
  field(name: string): SchemaNode | undefined
  /** The schema of a list's items. */
  readonly items: SchemaNode | undefined
  /** The key by which strategic merge pairs this list's items; undefined: the list of objects is replaced. */
  readonly mergeKey: string | undefined
  /** `merge`, `replace`, `retainKeys`. */
  readonly patchStrategy: readonly string[]
  /** `atomic` (of a map, too), `set` or `map`; for server-side apply. */
  readonly listType: string | undefined
  readonly listMapKeys: readonly string[]
  /** Upstream's type has it in every object, be it empty: nobody adds it. */
  readonly isAlways?: boolean
  /** What a key of the list is where an item leaves it out. */
  readonly keyDefaults?: Readonly<Record<string, unknown>>
}

/** A body read by its type's schema. */
export interface CheckedBody {
  /** A deep copy without nulls and without the fields the schema does not know. */
  value: Record<string, unknown>
  /** Paths of the fields that the schema does not know: `spec.replcas`, `spec.template.spec.containers[0].imag`. */
  unknown: string[]
  /**
   * What has the wrong type: `{path: 'spec.replicas', expected: 'int32', actual: 'string', message}`; `message` in upstream's words:
   * `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`.
   */
  wrong: { path: string; expected: string; actual: string; message: string }[]
}

/** What the API server asks about types. `api/openapi` implements it from the generated definitions. */
export interface Schemas {
  /** The root of a kind's schema; undefined for a kind that has none. */
  node(resource: Pick<Resource, 'group' | 'version' | 'kind'>): SchemaNode | undefined
  /** Reads `body` by its kind's schema; a kind without one passes whole (a copy without nulls). */
  check(resource: Pick<Resource, 'group' | 'version' | 'kind'>, body: Record<string, unknown>): CheckedBody
}
