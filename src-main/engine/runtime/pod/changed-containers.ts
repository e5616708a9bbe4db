import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { specHash } from './names.ts'
import { allContainers } from './next-actions.ts'
import type { PodMemory } from './pod-view.ts'
import { knownOf } from './pod-view.ts'

/** Notes which containers of a pod were given another definition between `before` and `after`. `now`: milliseconds of the engine's clock. */
export function noteChanges(memory: PodMemory, before: Frozen<Pod>, after: Frozen<Pod>, now: number): void {
  const known = new Map(allContainers(before).map((c) => [c.name, c]))
  for (const c of allContainers(after)) {
    const old = known.get(c.name)
    if (old !== undefined && old !== c && specHash(old) !== specHash(c)) knownOf(memory, c.name).changedAt = now
  }
}
