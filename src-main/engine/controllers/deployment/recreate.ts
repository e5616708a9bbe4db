import type { ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { isPodTerminated } from '../../../common/kube/pods.ts'
import { wantedOf } from './rolling.ts'
import type { Scale } from './rolling.ts'

/**
 * The next step of Recreate: every old ReplicaSet to 0, then wait until no old pod runs, ending ones included; then the new one may start.
 * `pods`: by their ReplicaSet's UID.
 */
export function computeRecreateStep<RS extends ReplicaSet>(
  old: readonly RS[], current: RS | undefined, pods: ReadonlyMap<string, readonly Pod[]>,
): { scales: Scale<RS>[]; wait: boolean } {
  const scales = old.filter((rs) => wantedOf(rs) > 0).map((rs) => ({ rs, replicas: 0 }))
  const running = [...pods].some(([uid, of]) => uid !== current?.metadata.uid && of.some((pod) => !isPodTerminated(pod)))
  return { scales, wait: running }
}
