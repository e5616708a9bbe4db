import type { ContainerStatus, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { PodMemory } from './pod-view.ts'

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

/**
 * A pod's phase, by upstream's rules. One that is over stays so; and it is over only when nothing of it runs any more, its sidecars neither: who
 * counts it may begin the next one then. Pure.
 */
export function phaseOf(pod: Frozen<Pod>, init: readonly ContainerStatus[], app: readonly ContainerStatus[], memory: PodMemory): Phase {
  const before = pod.status?.phase
  if (before === 'Succeeded' || before === 'Failed') return before
  const runs = [...init, ...app].some((s) => s.state?.running !== undefined)
  // Somebody holds its object, and wants to know how it ended: with the object goes the last that is known.
  const isHeld = pod.metadata.deletionTimestamp !== undefined && (pod.metadata.finalizers ?? []).length > 0
  if (isHeld && !runs) return app.every((s) => s.state?.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed'
  const phase = phaseByContainers(pod, init, app, memory)
  if (!runs || (phase !== 'Succeeded' && phase !== 'Failed')) return phase
  return memory.initialized || init.length === 0 ? 'Running' : 'Pending'
}

function phaseByContainers(pod: Frozen<Pod>, init: readonly ContainerStatus[], app: readonly ContainerStatus[], memory: PodMemory): Phase {
  if (memory.failed !== undefined) return 'Failed'
  const policy = pod.spec.restartPolicy ?? 'Always'
  const running = app.filter((s) => s.state?.running !== undefined).length
  // A container that waits to be restarted has ended once already.
  const stopped = app.filter((s) => s.state?.terminated !== undefined || (s.state?.waiting !== undefined && s.lastState?.terminated !== undefined))
  const neverRan = app.length - running - stopped.length
  if (policy === 'Never' && !memory.initialized && init.some((s) => (s.state?.terminated?.exitCode ?? 0) !== 0)) return 'Failed'
  if (!memory.initialized && init.length > 0) return 'Pending'
  if (neverRan > 0) return running + stopped.length > 0 && pod.status?.phase === 'Running' ? 'Running' : 'Pending'
  if (running > 0 || policy === 'Always') return 'Running'
  const codes = stopped.map((s) => (s.state?.terminated ?? s.lastState?.terminated)?.exitCode ?? 0)
  if (codes.every((code) => code === 0)) return 'Succeeded'
  return policy === 'Never' ? 'Failed' : 'Running'
}
