import type { Platform } from '../../docker/specs.ts'
import type { SwarmNode, SwarmService, SwarmTask } from '../../docker/types.ts'
import { hasEnded, isOpen, isWanted } from '../service-state.ts'
import { meets } from '../../placement/constraints.ts'

/** Docker names some architectures in more than one way. */
const SAME_ARCHITECTURE: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64' }

/**
 * Would Swarm put one more task of the service on the node, by what can be told from outside: open, constraints, platforms, most tasks a node, and what is
 * reserved? (Not: published host ports, plugins.) As swarmkit's filters. Pure.
 */
export function mayTake(service: SwarmService, node: SwarmNode, tasks: readonly SwarmTask[]): boolean {
  const { Constraints, Platforms, MaxReplicas = 0 } = service.Spec.TaskTemplate.Placement ?? {}
  const here = tasks.filter((t) => t.NodeID === node.ID && isWanted(t) && !hasEnded(t))
  return isOpen(node) && (Constraints ?? []).every((c) => meets(node, c)) && suitsPlatform(node, Platforms ?? [])
    && (MaxReplicas === 0 || here.filter((t) => t.ServiceID === service.ID).length < MaxReplicas) && hasRoom(service, node, here)
}

function suitsPlatform({ Description }: SwarmNode, platforms: readonly Platform[]): boolean {
  const same = (a: string | undefined, b: string | undefined): boolean => (a ?? '') === '' || architecture(a) === architecture(b)
  return platforms.length === 0 || platforms.some((p) => same(p.OS, Description?.Platform?.OS) && same(p.Architecture, Description?.Platform?.Architecture))
}

function architecture(name: string | undefined): string {
  const lower = (name ?? '').toLowerCase()
  return SAME_ARCHITECTURE[lower] ?? lower
}

function hasRoom(service: SwarmService, { Description }: SwarmNode, here: readonly SwarmTask[]): boolean {
  const wanted = service.Spec.TaskTemplate.Resources?.Reservations
  const fits = (amount: 'NanoCPUs' | 'MemoryBytes'): boolean => {
    const has = Description?.Resources?.[amount]
    const taken = here.reduce((sum, task) => sum + (task.Spec?.Resources?.Reservations?.[amount] ?? 0), 0)
    return has === undefined || (wanted?.[amount] ?? 0) === 0 || taken + (wanted?.[amount] ?? 0) <= has
  }
  return fits('NanoCPUs') && fits('MemoryBytes')
}
