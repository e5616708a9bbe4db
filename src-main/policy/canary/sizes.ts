/** How requests are shared between the revisions. */
export type Sharing =
  /** A proxy shares them, whatever the numbers of pods: the old revision stays whole, so that the way back costs nothing. */
  | 'exact'
  /** Nobody does: each pod gets as many as another. */
  | 'ratio'
  /** Nobody does, and the old revision is left as it is: each of the new ones that come beside it gets as many as each of the old. */
  | 'beside'
  /** All or nothing: both are whole. */
  | 'switch'

/** Pods of the two revisions. */
export interface Sizes {
  canary: number
  stable: number
}

/** How many pods each revision needs so that the canary can have `weight` percent of the requests. Both have one at least while both shall get some. */
export function sizesFor(sharing: Sharing, replicas: number, weight: number): Sizes {
  if (replicas <= 0) return { canary: 0, stable: 0 }
  if (sharing === 'switch') return { canary: replicas, stable: replicas }
  if (sharing === 'beside') return { canary: weight >= 100 ? replicas : besides(replicas, weight), stable: replicas }
  // With weight 0 it is looked at before it gets anything.
  const canary = Math.max(1, Math.ceil((replicas * weight) / 100))
  if (sharing === 'exact' || weight === 0) return { canary, stable: replicas }
  if (weight >= 100) return { canary: replicas, stable: 0 }
  return nearest(replicas, weight)
}

/** How many of the new come nearest to their share beside `replicas` of the old; of equals the fewer. */
function besides(replicas: number, weight: number): number {
  const ideal = (replicas * weight) / (100 - weight)
  const [fewer, more] = [Math.max(1, Math.floor(ideal)), Math.max(1, Math.ceil(ideal))]
  const miss = (canary: number): number => Math.abs(canary / (canary + replicas) - weight / 100)
  return miss(more) < miss(fewer) - 1e-9 ? more : fewer
}

/** The pair with the nearest ratio, of `replicas` pods or one more; of equals the one with fewer new ones. */
function nearest(replicas: number, weight: number): Sizes {
  let best: Sizes = { canary: 1, stable: replicas }
  const miss = ({ canary, stable }: Sizes): number => Math.abs(canary / (canary + stable) - weight / 100)
  for (let canary = 1; canary <= replicas; canary++) {
    for (const stable of [replicas + 1 - canary, replicas - canary]) {
      if (stable >= 1 && miss({ canary, stable }) < miss(best) - 1e-9) best = { canary, stable }
    }
  }
  return best
}

/** Percent of the requests that really go to the canary where each pod gets as many as another; all or nothing is what it is. */
export function shareByPods(weight: number, canary: number, stable: number): number {
  if (weight <= 0 || weight >= 100 || canary + stable === 0) return weight
  return Math.min(99, Math.max(1, Math.round((100 * canary) / (canary + stable))))
}

/** The sizes on the way there: the old revision shrinks only as far as the new one has taken over. */
export function sizesNow(wanted: Sizes, replicas: number, canaryAvailable: number): Sizes {
  return { canary: wanted.canary, stable: Math.max(wanted.stable, replicas - Math.min(canaryAvailable, wanted.canary)) }
}
