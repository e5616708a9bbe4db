import type { Channel, Stream } from '../rpc/stream.ts'
import type { AppDetail, AppSummary } from './apps.ts'
import type { ExecQuery, Instance, LogLine, LogQuery, TerminalInput, TerminalOutput } from './instances.ts'
import type { DrainPlan, DrainProgress } from './maintenance.ts'
import type { NodeSummary } from './nodes.ts'
import type { Batch, Explanation, Health, ObjectRef } from './objects.ts'
import type { Action, Plan } from './plans.ts'
import type { RegistryLogin } from './registry.ts'
import type { ReleaseOrder } from './release.ts'

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

export interface ClusterInfo {
  kind: 'toque' | 'swarm' | 'kubernetes'
  name: string
  version: string
  /** Names of the optional interfaces it offers. */
  capabilities: string[]
  /** Where kubectl finds it; absent for Swarm. */
  kubeconfig?: string
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

export interface UsagePoint {
  /** Milliseconds since the epoch. */
  time: number
  cpuMilli: number
  memoryBytes: number
}
