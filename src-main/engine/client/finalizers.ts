import type { Frozen, KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Client } from './client.ts'

/** Takes one finalizer off an object, as it was read: Conflict when somebody wrote it meanwhile. */
export async function dropFinalizer<T extends KubeObject>(client: Client, resource: Resource<T>, { metadata }: Frozen<T>, finalizer: string): Promise<void> {
  const { namespace = '', name, resourceVersion, finalizers = [] } = metadata
  await client.patch(resource, namespace, name, 'application/merge-patch+json', { metadata: { resourceVersion, finalizers: finalizers.filter((f) => f !== finalizer) } })
}
