import type { Stream } from '../rpc/stream.ts'
import type { Autoscaling } from './autoscaling.ts'
import type { Cluster } from './cluster.ts'
import type { Driving } from './driving.ts'
import type { Guide } from './guide.ts'
import type { Jobs } from './jobs.ts'
import type { Modes } from './mode.ts'
import type { Moves } from './moves.ts'
import type { Placement } from './placement.ts'
import type { Rebalancing } from './rebalance.ts'
import type { Resources } from './resources.ts'
import type { Servers } from './servers.ts'
import type { Stacks } from './stacks.ts'
import type { SwarmDoctor, SwarmMembership } from './swarm.ts'
import type { Volumes } from './volumes.ts'

/** Everything a window or a browser tab may ask, one interface a service. The RPC derives its client from this type. */
export interface Contract {
  cluster: Cluster
  modes: Modes
  resources: Resources
  clusters: Clusters
  servers: Servers
  driving: Driving
  volumes: Volumes
  placement: Placement
  jobs: Jobs
  autoscaling: Autoscaling
  rebalance: Rebalancing
  stacks: Stacks
  moves: Moves
  swarm: SwarmMembership
  doctor: SwarmDoctor
  guide: Guide
  settings: Settings
  desktop: Desktop
}

/** The clusters this desk knows. This issue has one: the embedded engine. */
export interface Clusters {
  /** How the engine is, for the offline and starting screens. */
  watchEngine(): Stream<EngineState>
}

export interface EngineState {
  state: 'starting' | 'running' | 'stopped' | 'failed'
  /** A sentence for people: what it waits for, or what is wrong and what to do (Docker stopped, disk full). */
  message?: string
  /** How Docker is, seen from the engine. */
  docker: { state: 'connected' | 'connecting' | 'unreachable'; message?: string }
}

export interface Settings {
  read(): Promise<Preferences>
  write(change: Partial<Preferences>): Promise<Preferences>
}

export interface Preferences {
  language: 'en' | 'ko' | 'system'
  theme: 'light' | 'dark' | 'system'
}

/** What the desk around the page can do. Each is absent in a browser where it cannot be done: ask `abilities`. */
export interface Desktop {
  abilities(): Promise<('openExternal' | 'saveFile' | 'openFile')[]>
  openExternal(url: string): Promise<void>
  saveFile(suggestedName: string, text: string): Promise<boolean>
  openFile(): Promise<{ name: string; text: string } | undefined>
}

export type * from './apps.ts'
export type * from './autoscaling.ts'
export type * from './claims.ts'
export type * from './cluster.ts'
export type * from './driving.ts'
export type * from './guide.ts'
export type * from './instances.ts'
export type * from './jobs.ts'
export type * from './maintenance.ts'
export type * from './mode.ts'
export type * from './moves.ts'
export type * from './nodes.ts'
export type * from './objects.ts'
export type * from './placement.ts'
export type * from './plans.ts'
export type * from './rebalance.ts'
export type * from './registry.ts'
export type * from './release.ts'
export type * from './resources.ts'
export type * from './servers.ts'
export type * from './stacks.ts'
export type * from './swarm.ts'
export type * from './volumes.ts'
