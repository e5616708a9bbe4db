import type { Channel, Stream } from '../rpc/stream.ts'
import type { TerminalInput, TerminalOutput } from './instances.ts'
import type { NetworkMode } from './nodes.ts'
import type { Batch, Explanation } from './objects.ts'

/** The servers of a cluster that Toque runs itself: capability `servers` of `ClusterInfo`. A server becomes the Node of the same name. */
export interface Servers {
  watchServers(): Stream<Batch<ServerSummary>>
  /** What this desk could log in with, for the form: nothing secret. */
  suggestions(): Promise<LoginSuggestions>
  /**
   * Logs in to a server, looks whether it can be a node, and makes it one. Send `{type: 'begin'}` first; steps and questions follow until `done` or
   * `failed`. Closing the channel cancels it; nothing is left behind unless `done` came.
   */
  add(): Channel<AddServerInput, AddServerOutput>
  /** Puts it into another failure zone; '': none. What runs there goes on. */
  setZone(name: string, zone: string): Promise<void>
  /** What `remove` would end: pods that run there, and what becomes of each. */
  removal(name: string): Promise<ServerRemoval>
  /** Takes the server out of the cluster: what Toque put on it goes, all else stays. `drain` first moves its pods elsewhere. */
  remove(name: string, how: { drain: boolean }): Promise<void>
  /** Connects again now, after a failure that a person has mended. It begins by itself (no `begin`); steps and questions follow, as in `add`. */
  reconnect(name: string): Channel<AddServerInput, AddServerOutput>
  /** How pods on different nodes shall reach each other. */
  podNetwork(): Promise<PodNetworkChoice>
  choosePodNetwork(mode: NetworkMode): Promise<void>
  /** A login shell on the server itself. */
  terminal(name: string, size: { columns: number; rows: number }): Channel<TerminalInput, TerminalOutput>
}

/** `mode` undefined: somebody wrote `text` there, which is none. */
export interface PodNetworkChoice {
  mode: NetworkMode | undefined
  text?: string
}

export interface ServerSummary {
  /** The server's name, which is its node's. */
  id: string
  name: string
  /** `root@10.0.0.5`, `deploy@web-1:2222`; '' for this machine. */
  target: string
  /** This machine's own Docker. */
  local: boolean
  state: 'connecting' | 'connected' | 'unreachable'
  /** What is wrong and what to do. `reason` is an SshErrorCode. */
  why?: Explanation
  /** It is tried again by itself; false: a person has to do something first. */
  retries: boolean
}

/** One way to log in, as a person chooses it. The `key` is a file on this desk. */
export type LoginChoice = { type: 'key'; file: string } | { type: 'agent' } | { type: 'password' }

export interface AddServerRequest {
  /** A name, an address, or an entry of ~/.ssh/config (which may have a ProxyJump). */
  host: string
  /** Undefined: as ~/.ssh/config says, else 22. */
  port?: number
  /** Undefined: as ~/.ssh/config says, else root. */
  user?: string
  /** Undefined: as `ssh HOST` would do it (config, agent, the usual keys). */
  login?: LoginChoice
  /** The node's name; undefined: the server's own. */
  name?: string
  /** Failure zone: pods are spread over zones first. */
  zone?: string
}

export type AddServerInput =
  | { type: 'begin'; request: AddServerRequest }
  | { type: 'trust'; yes: boolean }
  /** undefined: none; the login fails with a sentence. `remember`: keep it, encrypted with the key in this desk's keychain. */
  | { type: 'secret'; value: string | undefined; remember: boolean }
  | { type: 'answers'; answers: string[] }
  /** The recovery key of the cluster that the server belongs to; undefined: leave it alone. */
  | { type: 'join'; recoveryKey: string | undefined }

/** The steps of adding a server, in order. */
export type AddServerStep = 'connect' | 'login' | 'docker' | 'network' | 'node'

export type AddServerOutput =
  | { type: 'step'; step: AddServerStep; message: string }
  /** A host key that this desk has never seen; answer with `trust`. */
  | { type: 'host-key'; server: string; keyType: string; fingerprint: string }
  /** Answer with `secret`. */
  | { type: 'ask-secret'; what: 'password' | 'passphrase'; of: string; wrong: boolean }
  /** Questions of the server's own, for instance a one-time code; answer with `answers`. */
  | { type: 'ask'; instructions: string; questions: { prompt: string; echo: boolean }[] }
  /**
   * The server belongs to a cluster that this desk does not know; answer with `join`. `driverSeenAgoMs` as in TakeOverPlan. `wrong`: why the
   * key given before did not open its copy of the state.
   */
  | { type: 'other-cluster'; driver: string; driverSeenAgoMs?: number; wrong?: string }
  | { type: 'done'; name: string }
  /** This desk now shows that cluster, and looks on. */
  | { type: 'joined'; driver: string }
  /** `why.reason` is an SshErrorCode, or `NetworkClash`, `NameTaken`, `ClockSkew`, `AlreadyAdded`, `OtherCluster`. `field`: the part of the form to look at. */
  | { type: 'failed'; why: Explanation; field?: keyof AddServerRequest }

export interface LoginSuggestions {
  /** Entries of ~/.ssh/config without wildcards. */
  configHosts: string[]
  /** Private keys in ~/.ssh. */
  keyFiles: string[]
  /** An ssh-agent runs. */
  agent: boolean
}

export interface ServerRemoval {
  pods: { namespace: string; name: string; fate: 'moves' | 'ends'; why: string }[]
}
