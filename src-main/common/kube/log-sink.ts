import type { ConditionLike } from './conditions.ts'
import type { LabelSelector } from './generated/meta-v1.ts'
import type { KubeObject } from './object.ts'
import type { Resource } from './resource.ts'
import type { SecretKey } from './secret-key.ts'

/** Where the logs of pods are sent, line by line, as they are written. */
export interface LogSink extends KubeObject {
  spec: LogSinkSpec
  status?: LogSinkStatus
}

/** What is sent, and where. Of `fluentd`, `loki` and `file` the one is set that `type` names. */
export interface LogSinkSpec {
  type: 'fluentd' | 'loki' | 'file'
  /** Only pods of these namespaces; absent or empty: of all. */
  namespaces?: string[]
  /** Only pods with these labels; absent: all. */
  selector?: LabelSelector
  /** Nothing is sent while it is true; afterwards it goes on where it stopped, as far as the nodes still have it. */
  suspend?: boolean
  fluentd?: FluentdSink
  loki?: LokiSink
  file?: FileSink
}

/** Fluentd's or Fluent Bit's forward input. */
export interface FluentdSink {
  host: string
  /** Default 24224. */
  port?: number
  /** What a line's tag begins with; default `toque`. Namespace, pod and container follow. */
  tag?: string
  /** Set, even to {}: over TLS. */
  tls?: { caSecret?: SecretKey; serverName?: string }
  sharedKeySecret?: SecretKey
}

/** Grafana Loki's push API, or whatever speaks it. */
export interface LokiSink {
  /** Its base: `https://loki.example.com`. */
  url: string
  /** The X-Scope-OrgID of a Loki with several tenants. */
  tenant?: string
  /** Labels of every stream beside namespace, pod, container and node. */
  labels?: Record<string, string>
  /** A bearer token, or with `username` its password. */
  tokenSecret?: SecretKey
  username?: string
  caSecret?: SecretKey
}

/** Files on the engine's machine: `NAME.log`, and older ones `NAME.log.1` and so on. */
export interface FileSink {
  directory: string
  /** A file that is as long is put aside; default 10 MiB. */
  maxBytes?: number
  /** Files kept, the present one counted; default 5. */
  maxFiles?: number
}

export interface LogSinkStatus {
  observedGeneration?: number
  /** `Delivering`: False says why it is not, and what to do. */
  conditions?: ConditionLike[]
  /** Containers that are read. */
  containers?: number
  /** Lines that the other side has acknowledged. */
  sentLines?: number
  /** Lines that it refused for good. */
  droppedLines?: number
  /** How often a node no longer had the line at which reading was to go on: older lines may be missing. */
  gaps?: number
  /** Lines that were read and are not acknowledged yet. */
  waitingLines?: number
  /** When the oldest of them was written: so far behind it is. */
  oldestWaitingTime?: string
  lastSentTime?: string
}

export const LogSinks: Resource<LogSink> = { group: 'toque.dev', version: 'v1', kind: 'LogSink', plural: 'logsinks', namespaced: false }

/** How far the lines of one pod have been acknowledged by one sink. The engine's own. */
export interface LogPosition extends KubeObject {
  /** By the container's name. */
  containers: Record<string, LinePosition>
}

/** The last acknowledged line. */
export interface LinePosition {
  /** Docker's ID of the container that wrote it. */
  id: string
  /** RFC 3339 with nine digits, as the node wrote it. */
  time: string
  /** How many lines of that same time are acknowledged. */
  lines: number
}

export const LogPositions: Resource<LogPosition> = { group: 'toque.dev', version: 'v1', kind: 'LogPosition', plural: 'logpositions', namespaced: false }
