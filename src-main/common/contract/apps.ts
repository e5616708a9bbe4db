import type { Explanation, Health, ObjectRef } from './objects.ts'
import type { Release } from './release.ts'

/** What can be done to an app besides editing and deleting it: each kind of app offers some. */
export type AppAbility = 'scale' | 'image' | 'restart' | 'pause' | 'history' | 'autoscale'

export interface AppSummary {
  id: string
  ref: ObjectRef
  health: Health
  why?: Explanation
  replicas: { desired: number; ready: number; updated: number }
  images: string[]
  abilities: AppAbility[]
  /** Where it can be reached. */
  endpoints: Endpoint[]
  /** Milliseconds since the epoch. */
  createdAt: number
}

export interface Endpoint {
  kind: 'ClusterIP' | 'NodePort' | 'HostPort' | 'Ingress'
  name: string
  protocol: 'TCP' | 'UDP' | 'SCTP'
  address: string
  port: number
  /** Set where a browser on this desk can open it. */
  url?: string
}

export interface AppDetail extends AppSummary {
  containers: { name: string; image: string; ports: number[] }[]
  /** `None`: it has no rollouts; a change of its template is for new instances only. */
  strategy: 'RollingUpdate' | 'Recreate' | 'OnDelete' | 'None'
  paused: boolean
  /** `held`: what may be updated is; the rest keeps the old version on purpose (a partition, OnDelete), as `why` says. */
  rollout: { state: 'complete' | 'progressing' | 'paused' | 'stuck' | 'held'; updated: number; ready: number; desired: number; old: number; why?: Explanation }
  /** How new versions come in, where they come in by steps. */
  release?: Release
  /** Newest first. */
  revisions: Revision[]
  /** Of an app whose instances have places of their own (a StatefulSet): the places in order. */
  places?: AppPlace[]
  /** Of an app with an instance on each node (a DaemonSet): all nodes, and where there is none, why. */
  onNodes?: AppOnNode[]
  labels: Record<string, string>
}

/** One place of an app with ordered instances: its number, who is there, and the claims whose data waits for whoever is. */
export interface AppPlace {
  ordinal: number
  /** Absent while nobody is there. */
  instance?: ObjectRef
  claims: ObjectRef[]
}

export interface AppOnNode {
  node: string
  instance?: ObjectRef
  /** Why there is none, or why there still is one. */
  why?: Explanation
}

export interface Revision {
  revision: number
  images: string[]
  cause: string
  createdAt: number
  current: boolean
}
