import type { StatusReason } from '../../../common/errors.ts'
import { StatusError } from '../../../common/errors.ts'
import { dockerStatus } from '../../../hosts/docker-error.ts'
import { saidByManager } from '../../docker/status-error.ts'
import type { Step } from './steps.ts'
import { stepText } from './steps.ts'

const REASONS: Readonly<Record<number, StatusReason>> = { 400: 'BadRequest', 403: 'Forbidden', 404: 'NotFound', 409: 'Conflict', 503: 'ServiceUnavailable' }

/** A deploy or a removal that stopped midway: what was done stays done, and doing it again goes on from there. */
export class StackStoppedError extends StatusError {
  readonly done: readonly string[]
  readonly failed: string
  readonly left: readonly string[]
  /** Somebody wanted it to stop. */
  readonly asked: boolean

  constructor(what: string, done: readonly Step[], failed: Step, left: readonly Step[], cause: unknown, asked = false) {
    const texts = { done: done.map(stepText), failed: stepText(failed), left: left.map(stepText) }
    super(cause instanceof StatusError ? cause.reason : REASONS[dockerStatus(cause) ?? 0] ?? 'InternalError', asked ? [
      `${what} was stopped before it could ${texts.failed}.`, `Done before that: ${listed(texts.done)}.`, `Not done yet: ${listed([texts.failed, ...texts.left])}.`, 'Do it again, and it goes on from there.',
    ].join(' ') : [
      `${what} stopped: Docker could not ${texts.failed}: ${saidByManager(cause).replace(/\.?\s*$/, '.')}`,
      `Done before that: ${listed(texts.done)}.`, `Not done yet: ${listed(texts.left)}.`, 'Set right what it says, and do it again: what is done already stays.',
    ].join(' '))
    this.cause = cause
    this.done = texts.done
    this.failed = texts.failed
    this.left = texts.left
    this.asked = asked
  }
}

function listed(texts: readonly string[]): string {
  return texts.length === 0 ? 'nothing' : texts.join(', ')
}
