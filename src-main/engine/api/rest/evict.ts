import { badRequest, notFound } from '../../../common/errors.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { DeleteOptions } from '../../../common/kube/generated/meta-v1.ts'
import type { Eviction } from '../../../common/kube/generated/policy-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import { isPodActive } from '../../../common/kube/pods.ts'
import type { Core, WriteOptions } from './core.ts'
import { type Deleted, remove } from './delete.ts'
import { get } from './read.ts'

/** What an Eviction's body is read by. Its older version has the same fields. */
const EVICTION = { group: 'policy', version: 'v1', kind: 'Eviction' }
const VERSIONS: readonly unknown[] = ['policy/v1', 'policy/v1beta1', '', undefined]

/**
 * Evicts a pod: a delete that whoever looks after the pod may refuse, which is why `kubectl drain` asks for it in place of a delete.
 * NotFound when the pod is gone, Conflict when a precondition does not hold, TooManyRequests when it may not go now.
 */
export async function evict(core: Core, namespace: string, name: string, body: unknown, options: WriteOptions): Promise<Deleted> {
  const request = readEviction(core, namespace, name, body)
  const kind = core.registry.kindOf(Pods)
  const pod = get(core, kind, namespace, name) as Pod
  // What ends anyway, or serves nobody yet, disturbs nothing.
  if (isPodActive(pod) && pod.status?.phase !== 'Pending') admitDisruption(pod)
  return remove(core, kind, namespace, name, request, options)
}

/**
 * The one place where disruption budgets will be asked: throws TooManyRequests (with a DisruptionBudget cause) where evicting the pod would take
 * more of its like away than its budget allows. There are no budgets yet, so everyone may go.
 */
function admitDisruption(_pod: Readonly<Pod>): void {
  // PodDisruptionBudget objects come with a later issue.
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
