import type { Pod } from './generated/core-v1.ts'
import { controllerOf } from './owners.ts'

/**
 * The pod condition, and the reason in its status, of a pod whose server does not answer and whose place nobody takes meanwhile: it may still run
 * there, and two of its name must never run.
 */
export const WAITING_FOR_SERVER = 'toque.dev/WaitingForServer'
export const WAITING_FOR_SERVER_REASON = 'WaitingForServer'

/** Is the pod one of a StatefulSet, which no other may stand in for while it may still run? */
export function hasStableIdentity(pod: { metadata: Pod['metadata'] }): boolean {
  const owner = controllerOf(pod)
  return owner?.kind === 'StatefulSet' && owner.apiVersion.startsWith('apps/')
}

/** Why such a pod waits, and what to do about it, as a sentence. */
export function waitingForServerMessage(pod: Pod): string {
  const { namespace = '', name } = pod.metadata
  const server = pod.spec.nodeName ?? ''
  return `Server ${server} does not answer and may still run it. A StatefulSet never runs two pods of one name, so nothing takes its place until the server answers. `
    + `If the server is switched off for good, remove it from the cluster, or say so: kubectl taint node ${server} node.kubernetes.io/out-of-service=nodeshutdown:NoExecute. `
    + `If only this pod is known to have ended: kubectl delete pod ${name} -n ${namespace} --force`
}

/** The ordinal of a pod of the StatefulSet of that name, by the pod's own name; undefined when the name is not one that the set gives. */
export function ordinalIn(setName: string, podName: string): number | undefined {
  const m = /^(.*)-(\d+)$/.exec(podName)
  return m !== null && m[1] === setName && String(Number(m[2])) === m[2] ? Number(m[2]) : undefined
}
