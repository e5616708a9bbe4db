import { StatusError } from '../../../common/errors.ts'

/** A webhook that could not be called, or did not answer as it must; the message says why. Whoever calls decides what that means. */
export class WebhookError extends Error {
  override readonly name = 'WebhookError'
}

/** Nobody is there to be called. */
export function serviceUnavailable(message: string): WebhookError {
  return new WebhookError(message)
}

/** What becomes of a request that needed a webhook which failed: upstream's InternalError. `what`: `conversion webhook for example.com/v1, Kind=Foo`. */
export function failedCall(what: string, error: unknown): StatusError {
  return new StatusError('InternalError', `${what} failed: ${error instanceof Error ? error.message : String(error)}`)
}
