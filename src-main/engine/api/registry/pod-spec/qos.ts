import type { PodSpec } from '../../../../common/kube/generated/core-v1.ts'
import { parseQuantity } from '../../../../common/kube/quantity.ts'

/** A pod's quality-of-service class, from the CPU and memory of its containers. */
export function qosClassOf(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let guaranteed = true
  let any = false
  for (const { resources } of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const name of ['cpu', 'memory']) {
      const limit = parseQuantity(resources?.limits?.[name] ?? '0') ?? 0
      const request = parseQuantity(resources?.requests?.[name] ?? '0') ?? 0
      any ||= limit > 0 || request > 0
      if (limit === 0 || limit !== request) guaranteed = false
    }
  }
  return any ? (guaranteed ? 'Guaranteed' : 'Burstable') : 'BestEffort'
}
