import { GPU_RESOURCE } from '../../../common/kube/gpus.ts'
import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { milliCpu, wholeNumber } from '../../../common/kube/quantity.ts'
import type { ContainerResources } from '../container-runtime.ts'

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

/** A pod's quality of service, as upstream defines it. Pure. */
export function qosClass(pod: Frozen<Pod>): QosClass {
  const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]
  const kinds = ['cpu', 'memory'] as const
  const any = all.some((c) => kinds.some((k) => amount(c, 'requests', k) > 0 || amount(c, 'limits', k) > 0))
  if (!any) return 'BestEffort'
  const guaranteed = all.every((c) => kinds.every((k) => amount(c, 'limits', k) > 0 && (amount(c, 'requests', k) || amount(c, 'limits', k)) === amount(c, 'limits', k)))
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

/** A container's limits as the runtime takes them: weight by request, quota and memory by limit, OOM score by quality of service. Pure. */
export function resourcesOf(pod: Frozen<Pod>, container: Container, nodeMemoryBytes: number): ContainerResources {
  const { limits, requests } = container.resources ?? {}
  const cpuLimitMilli = milliCpu(limits?.['cpu'])
  const memoryLimitBytes = wholeNumber(limits?.['memory'])
  const cpuRequest = requests?.['cpu'] === undefined ? cpuLimitMilli : milliCpu(requests['cpu'])
  const memoryRequest = requests?.['memory'] === undefined ? memoryLimitBytes : wholeNumber(requests['memory'])
  return {
    cpuShares: Math.min(262_144, Math.max(2, Math.floor((cpuRequest * 1024) / 1000))),
    ...(cpuLimitMilli > 0 ? { cpuLimitMilli } : {}),
    ...(memoryLimitBytes > 0 ? { memoryLimitBytes } : {}),
    oomScoreAdj: oomScore(qosClass(pod), memoryRequest, nodeMemoryBytes),
  }
}

/** GPUs that a container asks for. Pure. */
export function gpusOf(container: Container): number {
  return wholeNumber(container.resources?.limits?.[GPU_RESOURCE])
}

/** A sandbox needs next to nothing, and must be the last of a pod to be killed for memory. */
export const SANDBOX_RESOURCES: ContainerResources = { cpuShares: 2, oomScoreAdj: 0 }

/**
 * Upstream's order among pods, but never below 0 (upstream: -997): a pod must not outlive the machine's own programs on somebody's desk, and
 * a Docker that itself runs in a container may not go below.
 */
function oomScore(qos: QosClass, memoryRequest: number, nodeMemoryBytes: number): number {
  if (qos === 'Guaranteed') return 0
  if (qos === 'BestEffort' || nodeMemoryBytes === 0) return 1000
  return Math.min(999, Math.max(3, Math.floor(1000 - (1000 * memoryRequest) / nodeMemoryBytes)))
}

function amount(container: Container, kind: 'limits' | 'requests', name: 'cpu' | 'memory'): number {
  const text = container.resources?.[kind]?.[name]
  return name === 'cpu' ? milliCpu(text) : wholeNumber(text)
}
