import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import { parseQuantity } from '../../../common/kube/quantity.ts'
import type { CounterRound } from '../start-metrics.ts'
import type { Family, Sample } from './text.ts'

/** What the families are made of, at a scrape. */
export interface UsageState {
  nodes: readonly Readonly<Node>[]
  pods: readonly Readonly<Pod>[]
  /** The newest counters of a node; undefined where it is not sampled. */
  counters(node: string): CounterRound | undefined
}

interface Measured { labels: Record<string, string>; cpuNanos: number; memoryBytes: number; at: number }

/** What nodes, pods and containers use, under the names of cAdvisor and the kubelet, with the times at which it was read. */
export function usageFamilies({ nodes, pods, counters }: UsageState): Family[] {
  const byUid = new Map(pods.map((pod) => [pod.metadata.uid, pod]))
  const [ofNodes, ofPods, ofContainers]: Measured[][] = [[], [], []]
  for (const { metadata: { name: node } } of nodes) {
    const round = counters(node)
    if (round === undefined) continue
    if (round.node !== undefined) ofNodes?.push({ labels: { node }, ...round.node, at: round.time })
    const sums = new Map<string, Measured>()
    for (const { podUid, container, id, counters: { cpuNanos, memoryBytes } } of round.readings) {
      const pod = byUid.get(podUid)
      if (pod === undefined) continue
      const whose = { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name, node }
      ofContainers?.push({ labels: { ...whose, container, id: `/docker/${id}`, image: imageOf(pod, container) }, cpuNanos, memoryBytes, at: round.time })
      const sum = sums.get(podUid) ?? { labels: whose, cpuNanos: 0, memoryBytes: 0, at: round.time }
      sums.set(podUid, { ...sum, cpuNanos: sum.cpuNanos + cpuNanos, memoryBytes: sum.memoryBytes + memoryBytes })
    }
    ofPods?.push(...sums.values())
  }
  const cpu = (name: string, help: string, of: Measured[] = []): Family => ({ name, help, type: 'counter', samples: of.map(({ labels, cpuNanos, at }) => ({ labels, value: cpuNanos / 1e9, at })) })
  const memory = (name: string, help: string, of: Measured[] = []): Family => ({ name, help, type: 'gauge', samples: of.map(({ labels, memoryBytes, at }) => ({ labels, value: memoryBytes, at })) })
  return [
    cpu('node_cpu_usage_seconds_total', 'Cumulative cpu time consumed by the node in core-seconds', ofNodes),
    memory('node_memory_working_set_bytes', 'Current working set of the node in bytes', ofNodes),
    cpu('pod_cpu_usage_seconds_total', 'Cumulative cpu time consumed by the containers of the pod that run, in core-seconds', ofPods),
    memory('pod_memory_working_set_bytes', 'Current working set of the pod in bytes', ofPods),
    cpu('container_cpu_usage_seconds_total', 'Cumulative cpu time consumed in seconds.', ofContainers),
    memory('container_memory_working_set_bytes', 'Current working set in bytes.', ofContainers),
    capacity('machine_cpu_cores', 'Number of logical CPU cores.', 'cpu', nodes),
    capacity('machine_memory_bytes', 'Amount of memory installed on the machine.', 'memory', nodes),
  ]
}

function capacity(name: string, help: string, resource: string, nodes: readonly Readonly<Node>[]): Family {
  const samples = nodes.flatMap(({ metadata, status }): Sample[] => {
    const value = parseQuantity(status?.capacity?.[resource] ?? '')
    return value === undefined ? [] : [{ labels: { node: metadata.name }, value }]
  })
  return { name, help, type: 'gauge', samples }
}

function imageOf({ spec }: Readonly<Pod>, container: string): string {
  return [...spec.containers, ...(spec.initContainers ?? [])].find((c) => c.name === container)?.image ?? ''
}
