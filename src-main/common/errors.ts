import type { Status, StatusCause } from './kube/generated/meta-v1.ts'

/** Kubernetes' machine-readable reasons that Toque answers with. */
export type StatusReason =
  | 'Unauthorized' | 'Forbidden' | 'NotFound' | 'AlreadyExists' | 'Conflict' | 'Gone' | 'Expired' | 'Invalid' | 'BadRequest'
  | 'MethodNotAllowed' | 'NotAcceptable' | 'UnsupportedMediaType' | 'RequestEntityTooLarge' | 'Timeout' | 'ServerTimeout'
  | 'TooManyRequests' | 'InternalError' | 'ServiceUnavailable'

const CODES: Record<StatusReason, number> = {
  Unauthorized: 401, Forbidden: 403, NotFound: 404, AlreadyExists: 409, Conflict: 409, Gone: 410, Expired: 410, Invalid: 422,
  BadRequest: 400, MethodNotAllowed: 405, NotAcceptable: 406, UnsupportedMediaType: 415, RequestEntityTooLarge: 413,
  Timeout: 504, ServerTimeout: 500, TooManyRequests: 429, InternalError: 500, ServiceUnavailable: 503,
}

/** What more a `StatusError` may say. */
export interface StatusErrorDetails {
  name?: string
  group?: string
  kind?: string
  causes?: StatusCause[]
  retryAfterSeconds?: number
}

/** An error that crosses the wire as a Kubernetes Status object and comes back as the same error. */
export class StatusError extends Error {
  override readonly name = 'StatusError'
  readonly reason: StatusReason
  readonly details: StatusErrorDetails
  /** With a list that cannot go on as it was: the token by which the rest can be had nevertheless. */
  readonly continue: string | undefined

  constructor(reason: StatusReason, message: string, details: StatusErrorDetails = {}, { continue: next }: { continue?: string } = {}) {
    super(message)
    this.reason = reason
    this.details = details
    this.continue = next
  }

  /** The HTTP status. */
  get code(): number {
    return CODES[this.reason]
  }

  toStatus(): Status & { apiVersion: 'v1'; kind: 'Status' } {
    const details = Object.keys(this.details).length > 0 ? { details: this.details } : {}
    return { apiVersion: 'v1', kind: 'Status', metadata: this.continue === undefined ? {} : { continue: this.continue }, status: 'Failure', message: this.message, reason: this.reason, ...details, code: this.code }
  }

  /** The error that a Status object from a server stands for. An unknown reason becomes InternalError. */
  static fromStatus(status: Status): StatusError {
    const reason = status.reason !== undefined && status.reason in CODES ? (status.reason as StatusReason) : 'InternalError'
    return new StatusError(reason, status.message ?? reason, status.details ?? {}, status.metadata?.continue === undefined ? {} : { continue: status.metadata.continue })
  }
}

/** Is `error` a Status error with this reason? */
export function hasReason(error: unknown, ...reasons: StatusReason[]): boolean {
  return error instanceof StatusError && reasons.includes(error.reason)
}

/** `kind` is the plural resource (`pods`, `deployments.apps`), as Kubernetes words it. */
export function notFound(kind: string, name: string): StatusError {
  return new StatusError('NotFound', `${kind} "${name}" not found`, detailsOf(kind, name))
}

/** The name is taken. */
export function alreadyExists(kind: string, name: string): StatusError {
  return new StatusError('AlreadyExists', `${kind} "${name}" already exists`, detailsOf(kind, name))
}

/** The object changed since the caller read it; read again and retry. */
export function conflict(kind: string, name: string, message?: string): StatusError {
  const why = message ?? 'the object has been modified; please apply your changes to the latest version and try again'
  return new StatusError('Conflict', `Operation cannot be fulfilled on ${kind} "${name}": ${why}`, detailsOf(kind, name))
}

/** The caller sent something that is not a valid request. */
export function badRequest(message: string): StatusError {
  return new StatusError('BadRequest', message)
}

/** Fields that are not valid; each cause names its field (`spec.replicas`). `kind` is the object's kind. */
export function invalid(group: string, kind: string, name: string, causes: StatusCause[]): StatusError {
  const listed = causes.map((c) => `${c.field ?? ''}: ${c.message ?? ''}`)
  const text = listed.length === 1 ? listed[0] : `[${listed.join(', ')}]`
  const qualified = group === '' ? kind : `${kind}.${group}`
  return new StatusError('Invalid', `${qualified} "${name}" is invalid: ${text ?? ''}`, { name, group, kind, causes })
}

/** Any thrown thing as an error a caller may see: a Status error as it is, the rest as InternalError with its message. */
export function toStatusError(error: unknown): StatusError {
  if (error instanceof StatusError) return error
  return new StatusError('InternalError', error instanceof Error ? error.message : String(error))
}

function detailsOf(groupResource: string, name: string): StatusErrorDetails {
  const dot = groupResource.indexOf('.')
  return dot < 0 ? { name, kind: groupResource } : { name, group: groupResource.slice(dot + 1), kind: groupResource.slice(0, dot) }
}

/** What went wrong, as a sentence: an Error's message, anything else as text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
