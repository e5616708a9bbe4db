import type { Channel, Stream } from '../rpc/stream.ts'
import type { DrainPlan, DrainProgress } from './maintenance.ts'
import type { Release, ReleaseOrder } from './release.ts'
import type { RegistryLogin } from './registry.ts'

/**
 * What the screens may ask of a cluster, in words that fit the Toque engine, Docker Swarm and a remote Kubernetes alike.
 * An app is a Deployment (StatefulSet, DaemonSet, ...) or a Swarm service; an instance is a Pod or a task.
 * Abilities that only one kind of cluster has are separate small interfaces that a screen asks for by `capabilities`.
 * Failures are StatusErrors with a sentence for people.
 */
export interface Cluster {
  info(): Promise<ClusterInfo>
  /** The whole overview now, then again at each change (at most a few times a second). */
  watchOverview(): Stream<Overview>
  watchApps(): Stream<Batch<AppSummary>>
  /** One app with all its screen shows; ends with NotFound when the app is gone. */
  watchApp(ref: ObjectRef): Stream<AppDetail>
  watchInstances(filter: { namespace?: string; app?: ObjectRef; node?: string }): Stream<Batch<Instance>>
  /** One instance; ends with NotFound when it is gone. */
  watchInstance(ref: ObjectRef): Stream<Instance>
  watchNodes(): Stream<Batch<NodeSummary>>
  /** Newest events, of everything or about one object (an app's include those of its instances). */
  watchEvents(filter: { about?: ObjectRef; limit: number }): Stream<Batch<EventEntry>>
  namespaces(): Promise<string[]>

  scale(app: ObjectRef, replicas: number): Promise<void>
  setImage(app: ObjectRef, container: string, image: string): Promise<void>
  restart(app: ObjectRef): Promise<void>
  pause(app: ObjectRef, paused: boolean): Promise<void>
  rollback(app: ObjectRef, revision: number): Promise<void>
  /** Tells a release by steps to go on, to end, to go back or to begin anew. What it cannot do then, an Event says. */
  steer(release: ObjectRef, order: ReleaseOrder): Promise<void>
  /** Closes a node to new pods, or opens it again. What runs there goes on. */
  cordon(node: ObjectRef, cordoned: boolean): Promise<void>
  /** What `drain` would do to each pod of the node. */
  drainPlan(node: ObjectRef): Promise<DrainPlan>
  /**
   * Cordons a node and moves its pods elsewhere, as far as their owners let them go; ends when the node is empty. Leaving the stream cancels what is
   * left of it; what was asked to end ends, and the node stays cordoned.
   */
  drain(node: ObjectRef): Stream<DrainProgress>
  /** Lets the new pods of a namespace pull from a private registry. Replaces what was saved for the same address. */
  saveRegistryLogin(login: RegistryLogin): Promise<void>
  /** A person's decision about an instance that waits for the server with its data: another one starts elsewhere, empty. The data stays where it is. */
  startWithoutData(instance: ObjectRef): Promise<void>
  /** Deletes an object (and what it owns). */
  remove(ref: ObjectRef): Promise<void>

  /**
   * What one of the actions above would do, asked of the server and shown before it runs: a rollback's diff, everything a removal takes along
   * (what the object owns, as `delete` changes, the object itself first). A bad image name is in `problems`.
   */
  preview(action: Action): Promise<Plan>

  /**
   * One object as YAML. `editable`: what a person wrote or could write, so that it can be applied again, also after the object is gone
   * (no status, uid, resourceVersion, creationTimestamp, managedFields). `whole`: with all of these but managedFields.
   */
  manifest(ref: ObjectRef, scope: 'editable' | 'whole'): Promise<string>
  /** What an apply of these documents would do, asked of the server (dry run). Never throws for what is wrong with the text: that is in `problems`. */
  plan(yaml: string): Promise<Plan>
  /** Applies the documents in order. Where the plan has problems nothing is applied and the same problems come back. */
  apply(yaml: string): Promise<Plan>

  /** Log lines of one or more instances, merged by time. */
  logs(query: LogQuery): Stream<LogLine[]>
  /** A program in a container, with a terminal. */
  exec(query: ExecQuery): Channel<TerminalInput, TerminalOutput>
  /** CPU and memory: the history that is kept, then live. */
  watchUsage(of: { node?: string; app?: ObjectRef; instance?: ObjectRef }): Stream<UsagePoint[]>
}

/** A change that `preview` can show before it is made. */
export type Action =
  | { type: 'setImage'; app: ObjectRef; container: string; image: string }
  | { type: 'rollback'; app: ObjectRef; revision: number }
  | { type: 'steer'; release: ObjectRef; order: ReleaseOrder }
  | { type: 'remove'; ref: ObjectRef }
  /** A Job from a CronJob, or a Job once more. */
  | { type: 'run'; ref: ObjectRef }

export interface ClusterInfo {
  kind: 'toque' | 'swarm' | 'kubernetes'
  name: string
  version: string
  /** Names of the optional interfaces it offers. */
  capabilities: string[]
  /** Where kubectl finds it; absent for Swarm. */
  kubeconfig?: string
}

/** What can be done to an app besides editing and deleting it: each kind of app offers some. */
export type AppAbility = 'scale' | 'image' | 'restart' | 'pause' | 'history' | 'autoscale'

/** Names one object. For Swarm: apiVersion `swarm`, kind `Service`, `Task`, `Node`. */
export interface ObjectRef {
  apiVersion: string
  kind: string
  /** '' for what has no namespace. */
  namespace: string
  name: string
}

/** A change of a list: first one with `reset` and everything, then differences. Lists are keyed by `id`. */
export interface Batch<T extends { id: string }> {
  reset: boolean
  upserted: T[]
  removed: string[]
}

/** How something is, in one word; `reason` and `message` beside it say why. */
export type Health = 'healthy' | 'progressing' | 'degraded' | 'failed' | 'stopped' | 'unknown'

/** A "no" that explains itself. */
export interface Explanation {
  /** Machine-readable, CamelCase: `ImagePullBackOff`, `Unschedulable`. */
  reason: string
  /** A sentence for people; what happened, and where it is known, what to do. */
  message: string
}

export interface Overview {
  health: Health
  /** What is wrong, worst first. */
  problems: (Explanation & { about: ObjectRef })[]
  apps: Record<Health, number>
  instances: { running: number; pending: number; failed: number; succeeded: number; terminating: number }
  nodes: { ready: number; total: number }
  /** Capacity of all nodes: millicores and bytes. */
  capacity: { cpuMilli: number; memoryBytes: number; pods: number }
  requested: { cpuMilli: number; memoryBytes: number }
}

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

export interface Instance {
  id: string
  ref: ObjectRef
  app?: ObjectRef
  node: string
  ip: string
  health: Health
  /** As kubectl prints it: Running, Pending, CrashLoopBackOff, Terminating, Completed... */
  status: string
  why?: Explanation
  /** For a pending instance: why not, per node. */
  perNode: { node: string; reason: string }[]
  containers: InstanceContainer[]
  createdAt: number
}

export interface InstanceContainer {
  name: string
  image: string
  kind: 'init' | 'app'
  state: 'waiting' | 'running' | 'terminated'
  ready: boolean
  restarts: number
  /** Since when it is in this state; milliseconds since the epoch. */
  since?: number
  why?: Explanation
  exitCode?: number
}

export interface NodeSummary {
  id: string
  ref: ObjectRef
  health: Health
  why?: Explanation
  address: string
  os: string
  architecture: string
  dockerVersion: string
  schedulable: boolean
  capacity: { cpuMilli: number; memoryBytes: number; pods: number }
  requested: { cpuMilli: number; memoryBytes: number }
  pods: number
  labels: Record<string, string>
  conditions: { type: string; ok: boolean; message: string }[]
  /** How other nodes' pods are reached from it; absent where nothing is known of it, or nobody is there. What is wrong with it is in the conditions. */
  podPaths?: PodPath[]
  createdAt: number
}

/** How pods of two nodes reach each other. */
export type PodPath = 'routes' | 'vxlan' | 'wireguard'

export interface EventEntry {
  id: string
  /** Last seen; milliseconds since the epoch. */
  time: number
  type: 'Normal' | 'Warning'
  reason: string
  message: string
  about: ObjectRef
  count: number
}

/** What an apply would do, or did. Empty `problems` means it can be applied. */
export interface Plan {
  changes: PlannedChange[]
  problems: Problem[]
}

export interface PlannedChange {
  ref: ObjectRef
  action: 'create' | 'update' | 'unchanged' | 'delete'
  /** YAML of both sides, for the diff. '' where there is none. */
  before: string
  after: string
}

/** Something wrong with a text, at its place. Lines and columns count from 1. */
export interface Problem {
  severity: 'error' | 'warning'
  message: string
  line?: number
  column?: number
  endLine?: number
  endColumn?: number
  /** The field: `spec.replicas`. */
  field?: string
}

export interface LogQuery {
  instances: ObjectRef[]
  container?: string
  follow: boolean
  previous?: boolean
  tailLines?: number
  /** Milliseconds since the epoch. */
  since?: number
}

export interface LogLine {
  instance: string
  container: string
  /** Milliseconds since the epoch. */
  time: number
  stream: 'stdout' | 'stderr'
  text: string
}

export interface ExecQuery {
  instance: ObjectRef
  container: string
  /** Empty: the best shell there is. */
  command: string[]
  columns: number
  rows: number
}

export type TerminalInput = { type: 'data'; data: string } | { type: 'resize'; columns: number; rows: number }
export type TerminalOutput = { type: 'data'; data: string } | { type: 'exit'; code: number; message?: string }

export interface UsagePoint {
  /** Milliseconds since the epoch. */
  time: number
  cpuMilli: number
  memoryBytes: number
}
