import type { Pod, Toleration } from '../../../common/kube/generated/core-v1.ts'
import type { Scheduling } from '../../../common/kube/generated/node-v1.ts'
import { RuntimeClasses } from '../../../common/kube/kinds.ts'
import type { Lookup } from '../registry/kind.ts'
import { same } from '../rest/same.ts'
import { podForbidden } from './pod-forbidden.ts'

/** Gives a new pod what its RuntimeClass costs and where it runs. Throws Forbidden where the class is not there, or the pod says otherwise. */
export function admitRuntimeClass(pod: Pod, lookup: Pick<Lookup, 'get'>): void {
  const { spec } = pod
  const name = spec.runtimeClassName
  if (!name) {
    if (spec.overhead !== undefined) throw podForbidden(pod, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead')
    return
  }
  const found = lookup.get(RuntimeClasses, '', name)
  if (found === undefined) throw podForbidden(pod, `pod rejected: RuntimeClass "${name}" not found`)
  const overhead = found.overhead?.podFixed
  if (spec.overhead !== undefined && !same(spec.overhead, overhead)) throw podForbidden(pod, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead")
  if (overhead !== undefined) spec.overhead = { ...overhead }
  if (found.scheduling !== undefined) place(pod, found.scheduling)
}

/** The class's nodes are those of the pod, too; its tolerations are added. */
function place(pod: Pod, { nodeSelector = {}, tolerations = [] }: Readonly<Scheduling>): void {
  const { spec } = pod
  for (const [key, value] of Object.entries(nodeSelector)) {
    const own = spec.nodeSelector?.[key]
    if (own !== undefined && own !== value) throw podForbidden(pod, `conflict: runtimeClass.Scheduling.NodeSelector[${key}] = ${value}; pod.Spec.NodeSelector[${key}] = ${own}`)
  }
  if (Object.keys(nodeSelector).length > 0) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector }
  const missing = tolerations.filter((toleration) => spec.tolerations?.some((own) => same(own, toleration)) !== true)
  if (missing.length > 0) spec.tolerations = [...(spec.tolerations ?? []), ...missing.map((toleration): Toleration => ({ ...toleration }))]
}
