import { timestamp } from '../../../common/clock.ts'
import type { Container, ContainerState, ContainerStatus, Pod, PodCondition, PodStatus } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { conditionsOf } from './conditions.ts'
import { notBefore } from './next-actions.ts'
import { freshMemory } from './pod-view.ts'
import type { ContainerMemory, PodMemory, PodView } from './pod-view.ts'
import { phaseOf } from './phase.ts'
import { qosClass } from './resources.ts'
import { ephemeralContainers, isSidecar } from './specs.ts'

/**
 * A pod's status as it is seen now. What others write (conditions of the scheduler and the network) is kept from `pod.status`.
 * `now` is the engine's clock; times of containers are the node's. Pure.
 */
export function podStatus(pod: Frozen<Pod>, view: PodView, memory: PodMemory, hostIP: string, now: number): PodStatus {
  const before: PodStatus = pod.status ?? {}
  // Over since long, and its containers were collected: nothing can be seen of it any more.
  if ((before.phase === 'Succeeded' || before.phase === 'Failed') && view.containers.size === 0) return before
  // As upstream's: of a pod that was turned away nothing is said but that, or its containers would seem to be on their way.
  if (memory.failed?.wasTaken === false) {
    const { reason, message } = memory.failed
    return { ...before, phase: 'Failed', reason, message, startTime: before.startTime ?? timestamp(now), qosClass: before.qosClass ?? qosClass(pod) }
  }
  const initContainerStatuses = (pod.spec.initContainers ?? []).map((c) => containerStatus(pod, c, view, memory, now))
  const containerStatuses = pod.spec.containers.map((c) => containerStatus(pod, c, view, memory, now))
  const ephemeralContainerStatuses = ephemeralContainers(pod).map((c) => ({ ...containerStatus(pod, c, view, memory, now), ready: false }))
  const phase = phaseOf(pod, initContainerStatuses, containerStatuses, memory)
  const podIP = pod.spec.hostNetwork === true ? hostIP : memory.address
  const has = podIP !== undefined && view.sandbox !== undefined
  const status: PodStatus = {
    ...before,
    phase,
    conditions: conditionsOf(pod, phase, initContainerStatuses, containerStatuses, { sandboxUp: view.sandbox?.state === 'running', memory, now }) as PodCondition[],
    hostIP, hostIPs: [{ ip: hostIP }],
    ...(has ? { podIP, podIPs: [{ ip: podIP }] } : {}),
    startTime: before.startTime ?? timestamp(now),
    containerStatuses,
    ...(initContainerStatuses.length > 0 ? { initContainerStatuses } : {}),
    ...(ephemeralContainerStatuses.length > 0 ? { ephemeralContainerStatuses } : {}),
    qosClass: before.qosClass ?? qosClass(pod),
  }
  if (memory.failed !== undefined) return { ...status, reason: memory.failed.reason, message: memory.failed.message }
  return status
}

function containerStatus(pod: Frozen<Pod>, container: Container, view: PodView, memory: PodMemory, now: number): ContainerStatus {
  const seen = view.containers.get(container.name)
  const known = memory.containers.get(container.name) ?? freshMemory()
  const before = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.ephemeralContainerStatuses ?? [])].find((s) => s.name === container.name)
  const state = stateOf(pod, container, view, memory, known, now)
  const running = state.running !== undefined
  // As the kubelet's: an init container is ready when it is over, and not while it runs.
  const isStep = (pod.spec.initContainers ?? []).includes(container) && !isSidecar(container)
  const id = seen === undefined ? known.lastTerminated?.containerID ?? before?.containerID : `docker://${seen.id}`
  const last = lastState(state, known)
  return {
    name: container.name,
    image: container.image ?? '',
    imageID: known.imageDigest || (before?.imageID ?? ''),
    ...(id === undefined ? {} : { containerID: id }),
    ready: isStep ? state.terminated?.exitCode === 0 : running && known.started && known.ready,
    started: running && known.started,
    restartCount: known.restarts,
    state,
    ...(last === undefined ? {} : { lastState: last }),
  }
}

/** A container that has ended for good shows its end as the state; the last state is the one before, which nobody kept. */
function lastState(state: ContainerState, known: ContainerMemory): ContainerState | undefined {
  if (known.lastTerminated === undefined || state.terminated !== undefined) return {}
  return { terminated: known.lastTerminated }
}

function stateOf(pod: Frozen<Pod>, container: Container, view: PodView, memory: PodMemory, known: ContainerMemory, now: number): ContainerState {
  const seen = view.containers.get(container.name)
  const waiting = (reason: string, message?: string): ContainerState => ({ waiting: { reason, ...(message === undefined ? {} : { message }) } })
  if (seen?.state === 'running') return { running: { startedAt: timestamp(seen.startedAt ?? now) } }
  if (seen?.state === 'restarting') return crash(known.youngDeaths)
  const isEphemeral = ephemeralContainers(pod).includes(container)
  // It does not come again, whoever removed what was left of it.
  if (isEphemeral && seen === undefined && known.lastTerminated !== undefined) return { terminated: known.lastTerminated }
  if (known.fetching !== undefined) return waiting('Pulling', known.fetching)
  if (known.trouble !== undefined) {
    const { reason, message, attempts, retryAt } = known.trouble
    return waiting(reason === 'ErrImagePull' && attempts > 1 && retryAt > now ? 'ImagePullBackOff' : reason, message)
  }
  if (seen?.state === 'exited') {
    const comesBack = known.restartWanted || comesBackAfter(pod, container, seen.exitCode ?? 0)
    if (comesBack && memory.failed === undefined && pod.metadata.deletionTimestamp === undefined && known.youngDeaths > 0 && notBefore(known) > now) return crash(known.youngDeaths)
    return known.lastTerminated === undefined ? waiting('ContainerCreating') : { terminated: known.lastTerminated }
  }
  if (memory.sandboxTrouble !== undefined) return waiting(memory.sandboxTrouble.reason, memory.sandboxTrouble.message)
  if (memory.filesTrouble !== undefined) return waiting('FailedMount', memory.filesTrouble.message)
  if (seen === undefined && known.youngDeaths > 0 && notBefore(known) > now) return crash(known.youngDeaths)
  // Upstream's word for whatever waits in a pod with init containers, themselves among it.
  return waiting((pod.spec.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating')

  function crash(young: number): ContainerState {
    // The first restart is at once, or nearly: only the second death in a row is a loop.
    if (young <= 1) return known.lastTerminated === undefined ? waiting('ContainerCreating') : { terminated: known.lastTerminated }
    const end = known.lastTerminated
    const how = end?.reason === 'OOMKilled' ? 'ran out of memory' : `ended with exit code ${String(end?.exitCode ?? 0)}`
    return waiting('CrashLoopBackOff', `container "${container.name}" ${how} ${String(young)} times in a row soon after its start; it is restarted after longer and longer waits (up to a minute). Its log says why.`)
  }
}

function comesBackAfter(pod: Frozen<Pod>, container: Container, exitCode: number): boolean {
  if (ephemeralContainers(pod).includes(container)) return false
  const isInit = (pod.spec.initContainers ?? []).includes(container)
  const policy = isInit && isSidecar(container) ? 'Always' : pod.spec.restartPolicy ?? 'Always'
  return policy === 'Always' && !(isInit && !isSidecar(container) && exitCode === 0) ? true : policy !== 'Never' && exitCode !== 0
}
