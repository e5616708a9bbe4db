import type { Container, ObjectFieldSelector, Pod, ResourceFieldSelector } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { milliCpu, parseQuantity, wholeNumber } from '../../../common/kube/quantity.ts'
import type { PodPlace } from './sources.ts'

/** The value of a pod field (`metadata.labels['app']`, `status.podIP`). Throws an Error for a path that does not exist. */
export function fieldValue(pod: Frozen<Pod>, place: PodPlace, { fieldPath }: ObjectFieldSelector): string {
  const keyed = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(fieldPath)
  if (keyed !== null) return pod.metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] ?? ''] ?? ''
  switch (fieldPath) {
    case 'metadata.name': return pod.metadata.name
    case 'metadata.namespace': return pod.metadata.namespace ?? ''
    case 'metadata.uid': return pod.metadata.uid
    case 'metadata.labels': return listed(pod.metadata.labels)
    case 'metadata.annotations': return listed(pod.metadata.annotations)
    case 'spec.nodeName': return place.nodeName
    case 'spec.serviceAccountName': return pod.spec.serviceAccountName ?? 'default'
    case 'status.hostIP': case 'status.hostIPs': return place.hostIP
    case 'status.podIP': case 'status.podIPs': return place.podIP
    default: throw new Error(`there is no field "${fieldPath}" that a pod can ask for`)
  }
}

/** The value of a container's resource (`limits.cpu`), in units of the divisor, rounded up. An unset limit is the node's. */
export function resourceValue(pod: Frozen<Pod>, place: PodPlace, container: Container, selector: ResourceFieldSelector): string {
  const named = selector.containerName
  const of = named === undefined || named === '' ? container : [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((c) => c.name === named)
  const [kind = '', name = ''] = selector.resource.split(/\.(.*)/)
  const set = (kind === 'limits' ? of?.resources?.limits : of?.resources?.requests)?.[name]
  const divisor = (selector.divisor === undefined ? undefined : parseQuantity(selector.divisor)) || 1
  if (name === 'cpu') {
    const milli = set === undefined ? (kind === 'limits' ? place.allocatable.cpuMilli : 0) : milliCpu(set)
    return String(Math.ceil(milli / Math.round(divisor * 1000)))
  }
  const bytes = set === undefined ? (kind === 'limits' && name === 'memory' ? place.allocatable.memoryBytes : 0) : wholeNumber(set)
  return String(Math.ceil(bytes / divisor))
}

/** `key="value"` lines in order of key, as upstream writes maps into files. */
function listed(map: Record<string, string> | undefined): string {
  return Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => `${k}=${JSON.stringify(v)}`).join('\n')
}
