/** Largest weight that the proxy knows. */
const MAX = 256

/**
 * Each group's pods get the weight with which the groups together come nearest to their shares of the requests, whatever the number of their pods. One weight a
 * group, 0 for a share of 0; a group that has a share has at least 1. Pure.
 */
export function serverWeights(groups: readonly { share: number; count: number }[]): number[] {
  const perPod = groups.map(({ share, count }) => (count === 0 ? 0 : share / count))
  const most = Math.max(...perPod)
  const served = perPod.filter((w) => w > 0)
  if (served.length === 0) return groups.map(() => 0)
  if (served.every((w) => w === most)) return perPod.map((w) => (w > 0 ? 1 : 0))
  return perPod.map((w) => (w === 0 ? 0 : Math.max(1, Math.round((w / most) * MAX))))
}
