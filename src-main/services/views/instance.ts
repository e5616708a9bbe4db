import type { Explanation, Health, Instance, InstanceContainer, ObjectRef } from '../../common/contract/index.ts'
import { findCondition } from '../../common/kube/conditions.ts'
import type { Container, ContainerStatus, Pod } from '../../common/kube/generated/core-v1.ts'
import { WAITING_FOR_DATA, WAITING_REASON } from '../../common/kube/local-data.ts'
import { isPodReady, isPodTerminated, isPodTerminating } from '../../common/kube/pods.ts'
import { WAITING_FOR_SERVER, WAITING_FOR_SERVER_REASON } from '../../common/kube/stable-identity.ts'
import { unschedulableOf } from '../../common/kube/unschedulable.ts'
import { explainTerminated, explainWaiting } from './reasons.ts'
import { refOf, time } from './refs.ts'

/** A pod as its screen shows it. `app` is the app that it belongs to. */
export function instanceOf(pod: Readonly<Pod>, app: ObjectRef | undefined): Instance {
  const containers = containersOf(pod)
  const why = whyOf(pod, containers)
  return {
    id: pod.metadata.uid,
    ref: refOf(pod),
    ...(app === undefined ? {} : { app }),
    node: pod.spec.nodeName ?? '',
    ip: pod.status?.podIP ?? '',
    health: healthOf(pod, why),
    status: printedStatus(pod),
    ...(why === undefined ? {} : { why }),
    perNode: (unschedulableOf(pod)?.reasons ?? []).flatMap(({ reason, nodes }) => nodes.map((node) => ({ node, reason }))),
    containers,
    createdAt: time(pod.metadata.creationTimestamp),
  }
}

function healthOf(pod: Readonly<Pod>, why: Explanation | undefined): Health {
  if (isPodTerminating(pod)) return 'progressing'
  if (pod.status?.phase === 'Succeeded') return 'stopped'
  if (pod.status?.phase === 'Failed') return 'failed'
  if (why?.reason === 'Pulling') return 'progressing'
  if (why !== undefined && why.reason !== 'NotReady') return 'failed'
  if (isPodReady(pod)) return 'healthy'
  return why === undefined ? 'progressing' : 'degraded'
}

/** The most telling "why": a pod without a node first, then its containers, then what the node says of the pod. */
function whyOf(pod: Readonly<Pod>, containers: readonly InstanceContainer[]): Explanation | undefined {
  // Also while it is being deleted: that is what it waits with.
  const held = findCondition(pod.status?.conditions, WAITING_FOR_SERVER)
  if (held?.status === 'True') return { reason: WAITING_FOR_SERVER_REASON, message: held.message ?? '' }
  if (isPodTerminating(pod)) return undefined
  const waiting = findCondition(pod.status?.conditions, WAITING_FOR_DATA)
  if (waiting?.status === 'True') return { reason: WAITING_REASON, message: waiting.message ?? '' }
  const unschedulable = unschedulableOf(pod)
  if (unschedulable !== undefined) return { reason: 'Unschedulable', message: `No server can take this pod: ${unschedulable.message}` }
  const { phase, reason, message } = pod.status ?? {}
  const ofContainers = containers.find((c) => c.why !== undefined && c.state !== 'running')?.why
  if (phase === 'Failed') return ofContainers ?? { reason: reason ?? 'Failed', message: message ?? 'The pod ended with an error.' }
  if (phase === 'Succeeded') return undefined
  if (ofContainers !== undefined) return ofContainers
  if (phase === 'Running' && !isPodReady(pod)) return notReady(pod, containers)
  return undefined
}

function notReady(pod: Readonly<Pod>, containers: readonly InstanceContainer[]): Explanation | undefined {
  const condition = findCondition(pod.status?.conditions, 'Ready')
  if (condition?.reason === 'NodeNotReady' || condition?.reason === 'NodeLost') return { reason: 'NodeLost', message: `Nothing is heard from the server "${pod.spec.nodeName ?? ''}", so nobody knows how this pod is.` }
  const waiting = containers.filter((c) => c.kind === 'app' && c.state === 'running' && !c.ready).map((c) => c.name)
  const probed = pod.spec.containers.filter((c) => waiting.includes(c.name) && (c.readinessProbe !== undefined || c.startupProbe !== undefined))
  if (probed.length === 0) return undefined
  return { reason: 'NotReady', message: `${probed.map((c) => `"${c.name}"`).join(', ')} runs, but its readiness probe has not passed yet, so it gets no traffic.` }
}

function containersOf(pod: Readonly<Pod>): InstanceContainer[] {
  const init = (pod.spec.initContainers ?? []).map((c) => containerOf(c, 'init', pod.status?.initContainerStatuses?.find((s) => s.name === c.name)))
  const app = pod.spec.containers.map((c) => containerOf(c, 'app', pod.status?.containerStatuses?.find((s) => s.name === c.name)))
  return [...init, ...app]
}

function containerOf(container: Container, kind: 'init' | 'app', status: ContainerStatus | undefined): InstanceContainer {
  const base = { name: container.name, image: container.image ?? '', kind, ready: status?.ready ?? false, restarts: status?.restartCount ?? 0 }
  const { running, terminated, waiting } = status?.state ?? {}
  const last = status?.lastState?.terminated
  if (running !== undefined) {
    // It runs again; why it ended last is still worth knowing.
    const why = base.restarts > 0 ? explainTerminated(last, container) : undefined
    return { ...base, state: 'running', ...since(running.startedAt), ...(why === undefined ? {} : { why }) }
  }
  if (terminated !== undefined) {
    const why = explainTerminated(terminated, container)
    return { ...base, state: 'terminated', exitCode: terminated.exitCode, ...since(terminated.finishedAt), ...(why === undefined ? {} : { why }) }
  }
  const why = explainWaiting(waiting, container, last)
  return { ...base, state: 'waiting', ...(last === undefined ? {} : { exitCode: last.exitCode }), ...(why === undefined ? {} : { why }) }
}

function since(text: string | undefined): { since?: number } {
  return text === undefined ? {} : { since: Date.parse(text) }
}

/** The STATUS column of kubectl. After upstream's printPod. */
function printedStatus(pod: Readonly<Pod>): string {
  if (isPodTerminating(pod)) return 'Terminating'
  const inits = pod.spec.initContainers ?? []
  for (const [i, container] of inits.entries()) {
    const status = pod.status?.initContainerStatuses?.find((s) => s.name === container.name)
    const sidecar = container.restartPolicy === 'Always'
    if (status?.state?.terminated?.exitCode === 0 || (sidecar && status?.started === true)) continue
    if (isPodTerminated(pod) && status === undefined) break
    const { terminated, waiting } = status?.state ?? {}
    if (terminated !== undefined) return `Init:${terminated.reason ?? `ExitCode:${String(terminated.exitCode)}`}`
    if (waiting?.reason !== undefined && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`
    if (status !== undefined) return `Init:${String(i)}/${String(inits.length)}`
    break
  }
  let printed = pod.status?.reason ?? pod.status?.phase ?? 'Pending'
  let running = false
  for (const { state, ready } of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    if (state?.waiting?.reason) printed = state.waiting.reason
    else if (state?.terminated !== undefined) printed = state.terminated.reason ?? `ExitCode:${String(state.terminated.exitCode)}`
    else if (ready && state?.running !== undefined) running = true
  }
  return printed === 'Completed' && running ? (isPodReady(pod) ? 'Running' : 'NotReady') : printed
}
