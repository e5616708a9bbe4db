import { timestamp } from '../../../common/clock.ts'
import { badRequest, hasReason, notFound } from '../../../common/errors.ts'
import { withCondition } from '../../../common/kube/conditions.ts'
import { DISRUPTION_TARGET } from '../../../common/kube/disruption.ts'
import type { Pod, PodCondition } from '../../../common/kube/generated/core-v1.ts'
import type { DeleteOptions } from '../../../common/kube/generated/meta-v1.ts'
import type { Eviction } from '../../../common/kube/generated/policy-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { isPodActive } from '../../../common/kube/pods.ts'
import type { Kind } from '../registry/kind.ts'
import { admitted } from './admitted.ts'
import type { Core, WriteOptions } from './core.ts'
import { type Deleted, checkPreconditions, remove } from './delete.ts'
import { admitDisruption } from './disruption.ts'
import { get } from './read.ts'
import { change } from './update.ts'

/** What an Eviction's body is read by. Its older version has the same fields. */
const EVICTION = { group: 'policy', version: 'v1', kind: 'Eviction' }
const VERSIONS: readonly unknown[] = ['policy/v1', 'policy/v1beta1', '', undefined]
const TRIES = 5

/**
 * Evicts a pod: a delete that whoever looks after the pod may refuse, which is why `kubectl drain` asks for it in place of a delete.
 * NotFound when the pod is gone, Conflict when a precondition does not hold, TooManyRequests when it may not go now.
 */
export async function evict(core: Core, namespace: string, name: string, body: unknown, write: WriteOptions): Promise<Deleted> {
  const kind = core.registry.kindOf(Pods)
  readEviction(core, namespace, name, body)
  const request = readEviction(core, namespace, name, await admitted(core, { operation: 'CREATE', kind, subresource: 'eviction', objectKind: EVICTION, namespace, name }, body, write))
  // As upstream, nobody is asked about the delete that it becomes.
  const options: WriteOptions = { ...write, isAdmitted: true }
  for (let attempt = 1; ; attempt++) {
    const pod = get(core, kind, namespace, name) as Pod
    // What ends anyway, or serves nobody yet, disturbs nothing.
    if (!isPodActive(pod) || pod.status?.phase === 'Pending') return remove(core, kind, namespace, name, request, options)
    checkPreconditions(kind, pod, request)
    const { onlyAsItIs } = await admitDisruption(core, pod, options)
    const asItIs = onlyAsItIs || request.preconditions?.resourceVersion !== undefined
    try {
      const { uid, resourceVersion } = (await sayEvicted(core, kind, pod, asItIs, options)).metadata
      return await remove(core, kind, namespace, name, { ...request, preconditions: asItIs ? { uid, resourceVersion } : { uid } }, options)
    } catch (error) {
      // It was let go because it was not healthy, and may be so by now.
      if (!onlyAsItIs || attempt >= TRIES || !hasReason(error, 'Conflict')) throw error
    }
  }
}

/** Says on the pod that it ends for another's sake. `asItIs`: Conflict when it changed meanwhile. */
async function sayEvicted(core: Core, kind: Kind, pod: Readonly<Pod>, asItIs: boolean, options: WriteOptions): Promise<KubeObject> {
  const { namespace = '', name, resourceVersion } = pod.metadata
  if (options.dryRun === true) return pod
  return change(core, kind, namespace, name, 'status', 'evict', (current) => {
    const { metadata, status } = current as Pod
    const condition: PodCondition = { type: DISRUPTION_TARGET, status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting', lastTransitionTime: timestamp(core.clock.now()) }
    return { ...current, metadata: { ...metadata, ...(asItIs ? { resourceVersion } : {}) }, status: { ...status, conditions: withCondition(status?.conditions, condition) } }
  }, { ...options, isRecorded: false })
}

/** The delete that an Eviction asks for. */
function readEviction(core: Core, namespace: string, name: string, body: unknown): DeleteOptions {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw badRequest('the body of an eviction must be an Eviction')
  const { apiVersion, kind, ...rest } = body as Record<string, unknown>
  if (!VERSIONS.includes(apiVersion)) throw badRequest(`no kind "Eviction" is registered for version "${String(apiVersion)}": policy/v1 is, and policy/v1beta1`)
  if (kind !== undefined && kind !== '' && kind !== EVICTION.kind) throw badRequest(`an Eviction is expected, not a ${String(kind)}`)
  const { value, wrong } = core.schemas.check(EVICTION, rest)
  if (wrong.length > 0) throw badRequest(`Eviction in version "v1" cannot be handled as a Eviction: ${wrong.map((w) => w.message).join(', ')}`)
  const { metadata, deleteOptions } = value as Partial<Eviction>
  if (metadata?.name && metadata.name !== name) throw badRequest(`name in URL does not match name in Eviction object: ${name} != ${metadata.name}`)
  if (metadata?.namespace && metadata.namespace !== namespace) throw notFound('pods', `${metadata.namespace}/${name}`)
  return deleteOptions ?? {}
}
