import type { Service } from '../../common/compose/forms/service.ts'

/** Where a Docker volume is: the node's name in the cluster, and Docker's name for the volume. */
export interface VolumePlace {
  readonly node: string
  readonly volume: string
}

/** A server as both sides know it. */
export interface SharedServer {
  /** The node's name in the cluster. */
  readonly node: string
  /** Its label kubernetes.io/hostname. */
  readonly hostname: string
  readonly addresses: readonly string[]
  /** Its node in the swarm; undefined: it is in none. */
  readonly swarm: { readonly id: string; readonly hostname: string } | undefined
}

/** A sentence about a move; an error stands in its way. */
export interface MoveProblem {
  readonly severity: 'error' | 'warning'
  readonly message: string
}

/** Does the service write to something that its next container finds again? Two of them must not do that at the same time. */
export function holdsData({ volumes = [] }: Service): boolean {
  return volumes.some(({ type, source, read_only }) => source !== undefined && (type === 'volume' || (type === 'bind' && read_only !== true)))
}

/** Does it run once and end? Then there is nothing to move: it would run again. */
export function isJob({ deploy }: Service): boolean {
  return deploy?.mode === 'replicated-job' || deploy?.mode === 'global-job'
}

/** Seconds that Docker waits after a stop before it kills: the longest of these services. */
export function stopSeconds(services: readonly Service[]): number {
  return services.reduce((most, { stop_grace_period: grace }) => Math.max(most, grace === undefined ? 10 : Math.round(grace / 1e9)), 0)
}
