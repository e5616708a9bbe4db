import type { ConditionLike } from './conditions.ts'
import type { KubeObject } from './object.ts'
import type { Resource } from './resource.ts'
import type { SecretKey } from './secret-key.ts'

/** Tells somebody else's server of Events, by POST. */
export interface Notification extends KubeObject {
  spec: NotificationSpec
  status?: NotificationStatus
}

/** Which Events are told, and to whom. An Event must meet all filters that are set. */
export interface NotificationSpec {
  /** Where to; or `urlSecret`, for URLs that are secrets themselves, as chat programs' are. */
  url?: string
  urlSecret?: SecretKey
  /** Default json. */
  format?: 'json' | 'slack' | 'alertmanager'
  /** Default: Warning. */
  types?: ('Normal' | 'Warning')[]
  reasons?: string[]
  /** Kinds of what the Events are about. */
  kinds?: string[]
  namespaces?: string[]
  /** The same of the same object is told again only after so long; default 300. */
  repeatSeconds?: number
  /** More than so many a minute wait for the next one; default 20. */
  perMinute?: number
  /** Signs each POST. */
  signatureSecret?: SecretKey
  /** The authority of the server's certificate, PEM. */
  caSecret?: SecretKey
  suspend?: boolean
}

export interface NotificationStatus {
  observedGeneration?: number
  /** `Delivering`: False says why it is not, and what to do. */
  conditions?: ConditionLike[]
  /** Notifications that were taken. */
  sent?: number
  /** Those that were given up, and those for which there was no room while others waited. */
  failed?: number
  dropped?: number
  /** Events that told nothing new and were not sent for themselves. */
  repeated?: number
  waiting?: number
  lastSentTime?: string
  /** Events up to this revision of the store are dealt with: an engine that begins goes on after it. */
  observedRevision?: string
}

export const Notifications: Resource<Notification> = { group: 'toque.dev', version: 'v1', kind: 'Notification', plural: 'notifications', namespaced: false }
