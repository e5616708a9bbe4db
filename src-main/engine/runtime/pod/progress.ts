import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { knownOf } from './pod-view.ts'
import type { PodMemory, PodView } from './pod-view.ts'
import { isSidecar } from './specs.ts'

/** Has every init container done its work: ended well, or, as a sidecar, started? */
export function isInitialized({ spec }: Frozen<Pod>, view: PodView, memory: PodMemory): boolean {
  return (spec.initContainers ?? []).every((c) => {
    const seen = view.containers.get(c.name)
    return isSidecar(c) ? seen?.state === 'running' && knownOf(memory, c.name).started : seen?.state === 'exited' && seen.exitCode === 0
  })
}

/** Has it been active for longer than its `activeDeadlineSeconds`? `now`: engine's clock. */
export function isOverdue({ spec, status }: Frozen<Pod>, now: number): boolean {
  const { activeDeadlineSeconds } = spec
  return activeDeadlineSeconds !== undefined && status?.startTime !== undefined && now >= Date.parse(status.startTime) + activeDeadlineSeconds * 1000
}
