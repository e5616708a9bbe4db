import type { SwarmNode, SwarmTask } from '../docker/types.ts'
import { meets } from '../placement/constraints.ts'
import { isTaskEnded, isTaskWanted } from '../docker/task-state.ts'

/** For one that waits for a node: why not, node by node, by the filters of Swarm's scheduler (state, availability, constraints, platform, resources, places per node). Pure. */
export function whyNotPerNode(task: SwarmTask, nodes: readonly SwarmNode[], all: readonly SwarmTask[], nameOf: (id: string) => string): { node: string; reason: string }[] {
  return nodes.flatMap((node) => {
    const reason = whyNot(task, node, all)
    return reason === undefined ? [] : [{ node: nameOf(node.ID), reason }]
  })
}

function whyNot(task: SwarmTask, node: SwarmNode, all: readonly SwarmTask[]): string | undefined {
  const { Placement, Resources } = task.Spec
  if (node.Status.State !== 'ready') return `it is ${node.Status.State}`
  if (node.Spec.Availability !== 'active') return node.Spec.Availability === 'drain' ? 'it is drained' : 'it is closed to new tasks'
  const broken = (Placement?.Constraints ?? []).find((constraint) => !meets(node, constraint))
  if (broken !== undefined) return `the constraint ${broken} does not hold`
  const here = all.filter((other) => other.NodeID === node.ID && other.ID !== task.ID && isTaskWanted(other) && !isTaskEnded(other))
  const free = { NanoCPUs: node.Description.Resources?.NanoCPUs ?? 0, MemoryBytes: node.Description.Resources?.MemoryBytes ?? 0 }
  for (const { Spec } of here) {
    free.NanoCPUs -= Spec.Resources?.Reservations?.NanoCPUs ?? 0
    free.MemoryBytes -= Spec.Resources?.Reservations?.MemoryBytes ?? 0
  }
  const { NanoCPUs = 0, MemoryBytes = 0 } = Resources?.Reservations ?? {}
  if (NanoCPUs > free.NanoCPUs) return `it reserves ${cpus(NanoCPUs)} CPUs, ${cpus(Math.max(free.NanoCPUs, 0))} are left`
  if (MemoryBytes > free.MemoryBytes) return `it reserves ${mebibytes(MemoryBytes)}, ${mebibytes(Math.max(free.MemoryBytes, 0))} are left`
  const most = Placement?.MaxReplicas ?? 0
  if (most > 0 && here.filter(({ ServiceID }) => ServiceID === task.ServiceID).length >= most) return `it may have ${String(most)} on one server`
  const platforms = (Placement?.Platforms ?? []).filter(({ OS, Architecture }) => (OS ?? '') !== '' || (Architecture ?? '') !== '')
  if (platforms.length > 0 && !platforms.some((wanted) => fits(wanted, node))) return `its image is not for ${node.Description.Platform?.OS ?? ''}/${node.Description.Platform?.Architecture ?? ''}`
  return undefined
}

const ARCHITECTURES: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' }

function fits({ OS = '', Architecture = '' }: { OS?: string; Architecture?: string }, { Description: { Platform } }: SwarmNode): boolean {
  const plain = (name: string): string => ARCHITECTURES[name] ?? name
  return (OS === '' || OS === Platform?.OS) && (Architecture === '' || plain(Architecture) === plain(Platform?.Architecture ?? ''))
}

function cpus(nano: number): string {
  return String(Math.round(nano / 1e7) / 100)
}

function mebibytes(bytes: number): string {
  return `${String(Math.round(bytes / 2 ** 20))} MiB`
}
