import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { isPodActive } from '../../../common/kube/pods.ts'
import { isScraped, scrapePage } from '../../../common/kube/scraped.ts'

/** One entry of Prometheus' HTTP service discovery. */
export interface TargetGroup {
  targets: string[]
  labels: Record<string, string>
}

/** The pods that say that they expose metrics, for a Prometheus that is built without `kubernetes_sd_configs`, as Debian's is. */
export function scrapeTargets(pods: readonly Readonly<Pod>[]): TargetGroup[] {
  return pods.filter((pod) => isScraped(pod) && isPodActive(pod)).flatMap((pod) => {
    const { metadata: { namespace = '', name }, spec: { nodeName = '' }, status } = pod
    const { port, path, scheme } = scrapePage(pod)
    if (port === undefined || !status?.podIP) return []
    return [{ targets: [`${status.podIP}:${String(port)}`], labels: { __metrics_path__: path, __scheme__: scheme, namespace, pod: name, node: nodeName } }]
  })
}
