import { StatusError } from '../../../common/errors.ts'
import type { StatusReason } from '../../../common/errors.ts'
import type { Status } from '../../../common/kube/generated/meta-v1.ts'

const LEAST_CODE = 400
/** Reasons that are known inside, too. A webhook that says NotFound does not mean that the object is gone. */
const KNOWN: readonly string[] = ['Unauthorized', 'Forbidden', 'Conflict', 'Invalid', 'BadRequest', 'MethodNotAllowed', 'RequestEntityTooLarge', 'Timeout', 'TooManyRequests', 'InternalError', 'ServiceUnavailable'] satisfies StatusReason[]

/** A refusal in somebody else's words: any code from 400 on, any reason or none. */
export class DeniedError extends StatusError {
  readonly #status: Status

  constructor(status: Status) {
    const { reason = '', message = '', details } = status
    super(KNOWN.includes(reason) ? reason as StatusReason : 'BadRequest', message, details ?? {})
    this.#status = status
  }

  override get code(): number {
    return this.#status.code ?? LEAST_CODE
  }

  override toStatus(): ReturnType<StatusError['toStatus']> {
    return { ...this.#status, apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', message: this.message, code: this.code }
  }
}

/** What a webhook's refusal becomes: its own words behind its name, and never a success. */
export function deniedBy(webhook: string, result: Readonly<Status> = {}): DeniedError {
  const who = `admission webhook ${JSON.stringify(webhook)} denied the request`
  const { message = '', reason = '', code = 0 } = result
  const words = message === '' ? reason : message
  return new DeniedError({ ...result, message: words === '' ? `${who} without explanation` : `${who}: ${words}`, code: Math.max(LEAST_CODE, code) })
}
