import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { OwnerReference } from '../../../common/kube/generated/meta-v1.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { apiVersionOf, groupResourceOf } from '../../../common/kube/resource.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Client } from '../../client/client.ts'
import { getIfThere } from '../../client/retry.ts'

/** Kinds that have a number of replicas. */
const SCALABLE: ReadonlySet<string> = new Set(['Deployment', 'ReplicaSet', 'ReplicationController', 'StatefulSet'])

/** It cannot be said how many pods there should be. */
export class NoScaleError extends Error {
  override readonly name = 'NoScaleError'
}

/** How many pods the owners of these want together, each owner once, and which pods have none. Throws NoScaleError for an owner that has no such number. */
export async function scaleOfOwners(client: Client, resources: readonly Resource[], pods: readonly Frozen<Pod>[]): Promise<{ scale: number; unmanaged: Frozen<Pod>[] }> {
  const byUid = new Map<string, number>()
  const seen = new Set<string>()
  const unmanaged: Frozen<Pod>[] = []
  for (const pod of pods) {
    const owner = controllerOf(pod)
    if (owner === undefined) unmanaged.push(pod)
    else if (!seen.has(owner.uid)) {
      seen.add(owner.uid)
      const found = await ownerScale(client, resources, pod, owner)
      byUid.set(found.uid, found.replicas)
    }
  }
  return { scale: [...byUid.values()].reduce((sum, n) => sum + n, 0), unmanaged }
}

async function ownerScale(client: Client, resources: readonly Resource[], pod: Frozen<Pod>, owner: OwnerReference): Promise<{ uid: string; replicas: number }> {
  const { namespace = '', name } = pod.metadata
  const there = await find(client, resources, namespace, owner)
  if (there === undefined) throw new NoScaleError(`found no controllers for pod ${JSON.stringify(name)}`)
  const above = owner.kind === 'ReplicaSet' ? controllerOf(there) : undefined
  // Its ReplicaSets share one number during a rollout: the Deployment's.
  const scaled = above?.kind === 'Deployment' ? await find(client, resources, namespace, above) ?? there : there
  return { uid: scaled.metadata.uid, replicas: (scaled as Frozen<KubeObject> & { spec?: { replicas?: number } }).spec?.replicas ?? 1 }
}

async function find(client: Client, resources: readonly Resource[], namespace: string, { apiVersion, kind, name, uid }: OwnerReference): Promise<Frozen<KubeObject> | undefined> {
  const resource = resources.find((r) => r.kind === kind && apiVersionOf(r) === apiVersion)
  if (resource === undefined) throw new NoScaleError(`no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`)
  if (!SCALABLE.has(kind)) throw new NoScaleError(`${groupResourceOf(resource)} does not implement the scale subresource`)
  const object = await getIfThere(client, resource, namespace, name)
  return object?.metadata.uid === uid ? object : undefined
}
