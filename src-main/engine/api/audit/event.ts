import type { KubeObject } from '../../../common/kube/object.ts'

/** How much is written of a request: nothing; who, what and how it ended; its body, too; and the answer's. */
export const LEVELS = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type Level = (typeof LEVELS)[number]

/** When an event is written: a request has come; a long answer has begun; it is over; the server failed. */
export const STAGES = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type Stage = (typeof STAGES)[number]

/** Somebody, as events name them. */
export interface AuditUser {
  username: string
  uid?: string
  groups?: readonly string[]
  extra?: Readonly<Record<string, readonly string[]>>
}

/** What a request is about. */
export interface ObjectReference {
  resource: string
  namespace?: string
  name?: string
  uid?: string
  apiGroup?: string
  apiVersion?: string
  resourceVersion?: string
  subresource?: string
}

/** One line of the log: an Event of audit.k8s.io/v1. Times are RFC 3339 with microseconds. */
export interface AuditEvent {
  kind: 'Event'
  apiVersion: 'audit.k8s.io/v1'
  level: Level
  auditID: string
  stage: Stage
  requestURI: string
  verb: string
  user: AuditUser
  impersonatedUser?: AuditUser
  sourceIPs?: string[]
  userAgent?: string
  objectRef?: ObjectReference
  responseStatus?: { metadata: object; status?: string; message?: string; reason?: string; details?: object; code: number }
  requestObject?: unknown
  responseObject?: KubeObject | object
  requestReceivedTimestamp: string
  stageTimestamp: string
  annotations?: Record<string, string>
}
