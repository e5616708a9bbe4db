import { SERVER_LOST_TAINT } from './node-conditions.ts'
import type { Container, Pod, Taint, Volume } from './generated/core-v1.ts'
import { NodeTaint } from './taints.ts'

/**
 * What becomes of a pod with local data when its server is lost: `wait` (the default) or `start-empty`. In a pod template it holds for all pods of
 * the app; on one pod it is a person's decision about that one.
 */
export const ON_SERVER_LOSS = 'toque.dev/on-server-loss'
/** The pod condition, and the reason in its status, of a pod that waits for the server that has its data. */
export const WAITING_FOR_DATA = 'toque.dev/WaitingForData'
export const WAITING_REASON = 'WaitingForData'
/** On a pod without a node: where its app's data is, so that it starts there and nowhere else. Written by the scheduler. */
export const DATA_ON = 'toque.dev/data-on'

/** Paths of the server itself, which is the same on every server: nothing of an app's is kept there. */
const OF_THE_SERVER = ['/proc', '/sys', '/dev', '/run', '/var/run', '/etc/localtime', '/etc/timezone', '/etc/ssl', '/usr', '/lib', '/boot']
/** Kinds of hostPath that hold no files. */
const NO_FILES = new Set(['Socket', 'CharDevice', 'BlockDevice'])
/** Taints that a server's silence brings, not a person. */
const OF_SILENCE: ReadonlySet<string> = new Set([NodeTaint.notReady, NodeTaint.unreachable, SERVER_LOST_TAINT])

/** The paths on its server where a pod keeps data that is nowhere else: hostPath volumes that it can write to. An emptyDir ends with its pod anyway. */
export function localData(pod: Pod): string[] {
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers]
  return (pod.spec.volumes ?? []).filter((v) => holdsData(v) && isWritten(v, containers)).map((v) => v.hostPath?.path ?? '')
}

/** Does the pod stay bound to its server when that is lost, so that it never starts empty elsewhere? */
export function waitsForItsServer(pod: Pod): boolean {
  return pod.metadata.annotations?.[ON_SERVER_LOSS] !== 'start-empty' && localData(pod).length > 0
}

/** Is the taint there because the server is not heard of? */
export function isOfSilence({ key }: Taint): boolean {
  return OF_SILENCE.has(key)
}

/** Why a pod waits, and what to do about it, as a sentence. */
export function waitingMessage(pod: Pod): string {
  const { namespace = '', name } = pod.metadata
  return `Its data (${localData(pod).join(', ')}) is on server ${pod.spec.nodeName ?? ''}, which does not answer: it waits for that server. `
    + `To start it elsewhere without its data: kubectl annotate pod ${name} -n ${namespace} ${ON_SERVER_LOSS}=start-empty`
}

function holdsData({ hostPath }: Volume): boolean {
  if (hostPath === undefined || NO_FILES.has(hostPath.type ?? '')) return false
  const path = hostPath.path.replace(/\/+$/, '')
  return !OF_THE_SERVER.some((own) => path === own || path.startsWith(`${own}/`)) && !path.endsWith('.sock')
}

function isWritten({ name }: Volume, containers: readonly Container[]): boolean {
  return containers.some((c) => c.volumeMounts?.some((m) => m.name === name && m.readOnly !== true))
}
