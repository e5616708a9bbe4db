import type { KindRef, ManifestField, ResourceCell, ResourceColumn } from '../../common/contract/index.ts'
import { StatusError } from '../../common/errors.ts'
import type { KubeObject } from '../../common/kube/object.ts'
import { apiVersionOf } from '../../common/kube/resource.ts'
import type { Resource } from '../../common/kube/resource.ts'

/** A kind as the cluster's API tells of it. */
export interface ServedKind {
  readonly resource: Resource
  readonly shortNames: readonly string[]
  readonly scalable: boolean
  /** `priority` above 0: only with `-o wide`. */
  readonly columns: readonly { readonly name: string; readonly type: ResourceColumn['type']; readonly priority?: number; readonly description?: string }[]
}

/** What the screens of any kind need of a cluster's API besides objects. */
export interface ResourceApi {
  kinds(): readonly ServedKind[]
  /** Hears when other kinds are served. Returns a function that ends it. */
  onChange(listener: () => void): () => void
  /** An object's row of its kind's table. `now`: milliseconds since the epoch, for ages. */
  cells(resource: Resource, object: Readonly<KubeObject>, now: number): ResourceCell[]
  /** The wanted replicas of an object of a scalable kind. */
  replicas(resource: Resource, object: Readonly<KubeObject>): number
  hasSpecField(resource: Resource, field: string): boolean
  /** The fields of a place in the kind's objects; [] where the schema knows none. */
  fields(resource: Resource, path: readonly (string | number)[]): readonly ManifestField[]
}

/** The kind of this name; NotFound when the cluster does not serve it. */
export function servedKind(api: ResourceApi, { apiVersion, kind }: KindRef): ServedKind {
  const found = api.kinds().find(({ resource }) => resource.kind === kind && apiVersionOf(resource) === apiVersion)
  if (found === undefined) throw new StatusError('NotFound', `This cluster has no kind "${kind}" (${apiVersion}).`)
  return found
}
