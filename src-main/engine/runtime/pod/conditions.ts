import { timestamp } from '../../../common/clock.ts'
import type { ContainerStatus, Pod, PodCondition } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Phase } from './phase.ts'
import type { PodMemory } from './pod-view.ts'
import { isSidecar } from './specs.ts'

interface Verdict { status: 'True' | 'False'; reason?: string; message?: string }

/** A pod's conditions: the node's own anew (keeping the time of the last change), everybody else's as they are. Pure. */
export function conditionsOf(
  pod: Frozen<Pod>, phase: Phase, init: readonly ContainerStatus[], app: readonly ContainerStatus[],
  seen: { sandboxUp: boolean; memory: PodMemory; now: number },
): PodCondition[] {
  const before = pod.status?.conditions ?? []
  const sidecars = init.filter((s) => pod.spec.initContainers?.some((c) => c.name === s.name && isSidecar(c)))
  const containersReady = containersVerdict(phase, [...sidecars, ...app])
  const own: Record<string, Verdict> = {
    PodReadyToStartContainers: verdict(seen.sandboxUp, seen.memory.sandboxTrouble?.reason, seen.memory.sandboxTrouble?.message),
    Initialized: initializedVerdict(phase, init, seen.memory),
    Ready: readyVerdict(pod, containersReady),
    ContainersReady: containersReady,
    PodScheduled: { status: 'True' },
  }
  const mine = Object.entries(own).map(([type, v]): PodCondition => {
    const old = before.find((c) => c.type === type)
    const same = old?.status === v.status && old.lastTransitionTime !== undefined
    return { type, ...v, lastTransitionTime: same ? old.lastTransitionTime : timestamp(seen.now) }
  })
  return [...mine, ...before.filter((c) => !(c.type in own))]
}

function verdict(good: boolean, reason?: string, message?: string): Verdict {
  if (good) return { status: 'True' }
  return { status: 'False', ...(reason === undefined ? {} : { reason }), ...(message === undefined ? {} : { message }) }
}

function containersVerdict(phase: Phase, staying: readonly ContainerStatus[]): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' }
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' }
  const unready = staying.filter((s) => !s.ready).map((s) => s.name)
  return verdict(unready.length === 0, 'ContainersNotReady', `containers with unready status: [${unready.join(' ')}]`)
}

function initializedVerdict(phase: Phase, init: readonly ContainerStatus[], memory: PodMemory): Verdict {
  if (init.length === 0 || memory.initialized) return phase === 'Succeeded' ? { status: 'True', reason: 'PodCompleted' } : { status: 'True' }
  const incomplete = init.filter((s) => s.state?.terminated?.exitCode !== 0 && !s.ready).map((s) => s.name)
  return verdict(false, 'ContainersNotInitialized', `containers with incomplete status: [${incomplete.join(' ')}]`)
}

function readyVerdict(pod: Frozen<Pod>, containers: Verdict): Verdict {
  if (containers.status === 'False') return containers
  const gate = (pod.spec.readinessGates ?? []).find((g) => pod.status?.conditions?.find((c) => c.type === g.conditionType)?.status !== 'True')
  return verdict(gate === undefined, 'ReadinessGatesNotReady', `corresponding condition of pod readiness gate "${gate?.conditionType ?? ''}" is not "True"`)
}
