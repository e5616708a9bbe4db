import type { Channel, Stream } from '../rpc/stream.ts'
import type { AppSummary } from './apps.ts'
import type { Batch, Explanation, Health, ObjectRef } from './objects.ts'
import type { Plan } from './plans.ts'

/**
 * Stacks of a Docker Swarm, and what is made beside them: networks, secrets, configs. Capability `stacks` of `ClusterInfo`. What the docker CLI or another tool made is
 * here as well. A secret's content goes in and never comes out: not in answers, plans, progress or errors. Failures are StatusErrors with a sentence.
 */
export interface Stacks {
  /** All stacks; the services that belong to none are the one with the name ''. */
  watch(): Stream<Batch<StackSummary>>
  /** One stack; ends with NotFound when nothing of it is left. */
  watchStack(name: string): Stream<StackDetail>
  watchFiles(): Stream<Batch<SwarmFileSummary>>
  watchNetworks(): Stream<Batch<SwarmNetworkSummary>>

  /** As a Compose file that can be edited and deployed again; deployed as it is, it changes nothing but what `lost` names. A service that is in a stack comes with the whole stack. */
  readBack(of: StackTarget): Promise<StackText>
  /** What deploying a Compose text would do. Never throws for what is wrong with the text: that is in `problems`. */
  plan(deploy: StackDeploy): Promise<StackPlan>
  /** Deploys it. Where the plan has errors it ends with `refused`, and nothing was done. */
  deploy(deploy: StackDeploy): Channel<StackInput, StackProgress>
  removalPlan(stack: string): Promise<Plan>
  /** Removes all of a stack but its volumes. */
  remove(stack: string): Channel<StackInput, StackProgress>

  rotationPlan(rotation: Rotation): Promise<Plan>
  /** Brings a secret's or config's new content to all who use it. One that stopped midway goes on where it was. */
  rotate(rotation: Rotation): Channel<StackInput, StackProgress>
  createFile(file: NewSwarmFile): Promise<void>
  /** Of all its versions. Refused while a service uses one of them, naming who does. */
  removeFile(file: SwarmFileRef): Promise<void>
  createNetwork(network: NewSwarmNetwork): Promise<void>
  /** Refused while a service is on it, naming who is. */
  removeNetwork(name: string): Promise<void>
}

export type StackTarget = { stack: string } | { service: string }

export interface StackSummary {
  /** The name. */
  id: string
  name: string
  health: Health
  /** Of the service that is worst off. */
  why?: Explanation
  services: number
  /** Tasks of all its services. */
  tasks: { ready: number; desired: number }
  networks: number
  secrets: number
  configs: number
  /** Of its oldest part; milliseconds since the epoch. */
  createdAt: number
}

export interface StackDetail extends StackSummary {
  apps: AppSummary[]
  /** Its own, and others' that its services are on. */
  networkList: SwarmNetworkSummary[]
  /** Its own, and others' that its services use. */
  fileList: SwarmFileSummary[]
  /** Docker volumes of its own on the servers that this desk reaches: they stay when it is removed. */
  volumes: { name: string; nodes: string[] }[]
}

export interface SwarmFileRef {
  kind: 'secret' | 'config'
  /** Without the hash of a version. */
  name: string
}

/** A secret or a config with its versions. */
export interface SwarmFileSummary extends SwarmFileRef {
  /** `secret NAME`. */
  id: string
  /** '': none. */
  stack: string
  /** The services that have any of its versions. */
  users: ObjectRef[]
  /** Newest first. More than one: a rotation is on its way, or stopped. */
  versions: { name: string; createdAt: number; users: ObjectRef[] }[]
  labels: Record<string, string>
  /** Kept outside by this plugin: Toque cannot rotate it. */
  driver?: string
}

export interface SwarmNetworkSummary {
  /** The network's ID. */
  id: string
  name: string
  stack: string
  driver: string
  attachable: boolean
  encrypted: boolean
  internal: boolean
  /** Swarm's own, for ports that are published on all nodes. */
  ingress: boolean
  subnets: string[]
  users: ObjectRef[]
  createdAt: number
}

export interface StackText {
  /** '': services without a stack. */
  stack: string
  text: string
  /** What the file cannot say, in sentences: deploying it would change that. */
  lost: string[]
  /** What somebody should know of it. */
  notes: string[]
}

export interface StackDeploy {
  text: string
  /** The contents of files that the text names, by the path that is written there. */
  files?: Record<string, string>
  /** Changed contents of secrets and configs become new versions. */
  rotate?: boolean
  /** Services of the stack that the text does not have are removed. */
  prune?: boolean
}

export interface StackPlan extends Plan {
  /** The stack's name, where the text says one. */
  stack?: string
  /** Files that the text names; `given`: the deploy has their content. */
  files: { path: string; use: 'secret' | 'config' | 'environment'; given: boolean }[]
  /** Secrets and configs whose content is another one now. */
  changed: SwarmFileRef[]
  /** Services of the stack that the text does not have. */
  missing: string[]
}

export interface Rotation extends SwarmFileRef {
  /** Undefined: a rotation that stopped goes on to its newest version. */
  content?: string
}

export interface NewSwarmFile extends SwarmFileRef {
  content: string
  labels?: Record<string, string>
}

export interface NewSwarmNetwork {
  name: string
  attachable: boolean
  encrypted: boolean
  internal: boolean
}

/** Stops it before its next step; what is done stays done. Leaving the channel does the same. */
export interface StackInput {
  type: 'stop'
}

/** One thing that is done to a swarm. `wait`: until the services are updated. */
export interface StackStep {
  do: 'create' | 'update' | 'label' | 'remove' | 'wait'
  kind: 'network' | 'secret' | 'config' | 'service'
  name: string
}

export type StackProgress =
  /** All that there is to do, first; a rotation adds at its end what can go then. */
  | { type: 'steps'; steps: StackStep[] }
  /** So many of them are done. */
  | { type: 'did'; done: number }
  /** It did not come to its end; doing it again goes on from there. */
  | { type: 'stopped'; done: number; message: string; asked: boolean }
  | { type: 'refused'; plan: StackPlan }
  /** `warnings`: what somebody should know. */
  | { type: 'done'; warnings: string[] }
