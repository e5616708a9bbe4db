import { timestamp } from '../../../common/clock.ts'
import type { Clock } from '../../../common/clock.ts'
import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../../common/kube/kinds.ts'
import type { KubeObject, StoredMeta } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { ContainerUsage, MeasuredUsage, UsageSource } from '../../../common/kube/usage.ts'
import { nameColumn } from '../table/columns.ts'
import { defineKind } from './kind.ts'
import type { Column, Kind } from './kind.ts'

const GROUP = 'metrics.k8s.io'
const VERSION = 'v1beta1'
/** Over which usage is averaged. */
const WINDOW_MS = 15_000

interface Metrics extends KubeObject {
  timestamp: string
  window: string
}
interface NodeMetrics extends Metrics {
  usage: Usage
}
interface PodMetrics extends Metrics {
  containers: { name: string; usage: Usage }[]
}
interface Usage {
  cpu: string
  memory: string
}

/** What the two kinds of metrics.k8s.io/v1beta1 are made of; asked whenever they are. */
export interface UsageMetricsOptions {
  usage(): UsageSource | undefined
  nodes(): readonly Readonly<Node>[]
  /** In a namespace, or ('') in all. */
  pods(namespace: string): readonly Readonly<Pod>[]
  clock: Clock
}

/** What nodes and pods use at the moment, as metrics-server tells it: for `kubectl top`. What is not measured (yet) is not there. */
export function usageMetricsKinds({ usage, nodes, pods, clock }: UsageMetricsOptions): Kind[] {
  const resource = <T extends KubeObject>(kind: string, of: Resource): Resource<T> => ({ group: GROUP, version: VERSION, kind, plural: of.plural, namespaced: of.namespaced })
  const head = (kind: string, { metadata: { name, namespace, labels } }: KubeObject, { time, windowMs }: MeasuredUsage): Metrics => ({
    apiVersion: `${GROUP}/${VERSION}`, kind,
    // It is made for the answer: it has no identity of its own.
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }), creationTimestamp: timestamp(clock.now()) } as StoredMeta,
    timestamp: timestamp(time), window: `${String(Math.round(windowMs / 100) / 10)}s`,
  })
  return [
    defineKind<NodeMetrics>({
      resource: resource('NodeMetrics', Nodes), columns: columns((o) => [o.usage]),
      live: () => nodes().flatMap((node) => {
        const measured = usage()?.node(node.metadata.name, WINDOW_MS)
        return measured === undefined ? [] : [{ ...head('NodeMetrics', node, measured), usage: quantities(measured) }]
      }),
    }),
    defineKind<PodMetrics>({
      resource: resource('PodMetrics', Pods), columns: columns((o) => o.containers.map((c) => c.usage)),
      live: (namespace) => pods(namespace).flatMap((pod) => {
        const measured = usage()?.pod(pod.metadata.uid, WINDOW_MS)
        if (measured === undefined) return []
        return [{ ...head('PodMetrics', pod, measured), containers: Object.entries(measured.containers).map(([name, used]) => ({ name, usage: quantities(used) })) }]
      }),
    }),
  ]
}

function quantities({ cpuMilli, memoryBytes }: ContainerUsage): Usage {
  return { cpu: `${String(Math.round(cpuMilli * 1e6))}n`, memory: `${String(Math.ceil(memoryBytes / 1024))}Ki` }
}

function columns<T extends Metrics>(usages: (object: T) => Usage[]): Column<T>[] {
  const sum = (object: T, field: keyof Usage): number => usages(object).reduce((n, u) => n + Number.parseInt(u[field], 10), 0)
  return [
    nameColumn,
    { name: 'Cpu', type: 'string', cell: (o) => `${String(sum(o, 'cpu'))}n` },
    { name: 'Memory', type: 'string', cell: (o) => `${String(sum(o, 'memory'))}Ki` },
    { name: 'Window', type: 'string', cell: (o) => o.window },
  ]
}
