import type { KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'

/** A place in a type's schema, as far as merging needs it. */
export interface MergeSchema {
  field(name: string): MergeSchema | undefined
  readonly items: MergeSchema | undefined
  /** The key by which a list's items are paired; undefined: the list is replaced. */
  readonly mergeKey: string | undefined
  /** `merge`, `replace`, `retainKeys`. */
  readonly patchStrategy: readonly string[]
}

/** How a body differs from its kind's schema. Paths are like `spec.template.spec.containers[0].imag`. */
export interface BodyFindings {
  unknown: string[]
  wrong: { path: string; expected: string; actual: string }[]
}

/** What manifests need of a cluster's API: any kind, with dry runs. Failures are StatusErrors; what comes out is frozen. */
export interface ManifestApi {
  /** The kinds that the cluster serves. */
  kinds(): readonly Resource[]
  schema(resource: Resource): MergeSchema | undefined
  check(resource: Resource, body: Record<string, unknown>): BodyFindings
  /** Undefined when there is none. */
  get(resource: Resource, namespace: string, name: string): Promise<Readonly<KubeObject> | undefined>
  create(resource: Resource, namespace: string, body: unknown, dryRun: boolean): Promise<Readonly<KubeObject>>
  update(resource: Resource, namespace: string, name: string, body: unknown, dryRun: boolean): Promise<Readonly<KubeObject>>
  /** Deletes this very object (by its uid), and what it owns. */
  delete(resource: Resource, namespace: string, name: string, uid: string): Promise<void>
}
