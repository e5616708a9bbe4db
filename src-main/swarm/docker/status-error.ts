import { messageOf, StatusError } from '../../common/errors.ts'
import type { StatusReason } from '../../common/errors.ts'
import { dockerMessage, dockerStatus } from '../../hosts/docker-error.ts'
import { DockerUnreachableError } from '../../hosts/host.ts'

const REASONS: Readonly<Record<number, StatusReason>> = { 400: 'BadRequest', 401: 'Forbidden', 403: 'Forbidden', 404: 'NotFound', 409: 'Conflict', 503: 'ServiceUnavailable' }

/** Somebody else wrote the object since it was read: read it again and retry. */
export function isOutOfSequence(error: unknown): boolean {
  return dockerStatus(error) !== undefined && /update out of sequence/i.test(dockerMessage(error))
}

/** The managers are choosing a leader; nothing was done. */
export function hasNoLeader(error: unknown): boolean {
  return dockerStatus(error) !== undefined && /does not have a leader/i.test(dockerMessage(error))
}

/** The manager stopped being the leader in the midst of a change: it may have been made, or not. */
export function hasLostLeader(error: unknown): boolean {
  return dockerStatus(error) !== undefined && /lost leader status/i.test(dockerMessage(error))
}

/** The managers did not agree in time, as when one of them has just gone: it may have been made, or not. */
export function hasTimedOut(error: unknown): boolean {
  return dockerStatus(error) !== undefined && /context deadline exceeded/i.test(dockerMessage(error))
}

/** A manager's own words, without those of the layers that they came through. */
export function saidByManager(error: unknown): string {
  return withoutRpc(dockerMessage(error))
}

/** Docker's words without what gRPC put into them, once for each manager that passed them on. Pure. */
export function withoutRpc(text: string): string {
  return text.replace(/rpc error: code = \w+ desc = /g, '')
}

/** Docker's refusal as a StatusError with Docker's own words, without those of the layers that it came through. */
export function swarmError(error: unknown): StatusError {
  if (error instanceof StatusError) return error
  if (error instanceof DockerUnreachableError) return new StatusError('ServiceUnavailable', error.message)
  const status = dockerStatus(error)
  if (status === undefined) return new StatusError('InternalError', messageOf(error))
  const said = saidByManager(error)
  if (isOutOfSequence(error)) return new StatusError('Conflict', 'Others change this at the same time, again and again. Try it once more.')
  // Swarm's own refusals come as server errors with a code in their words.
  const invalid = /code = InvalidArgument|code = FailedPrecondition/.test(dockerMessage(error))
  return new StatusError(invalid ? 'BadRequest' : REASONS[status] ?? 'InternalError', `Docker says: ${said}`)
}

/** Runs a call of Docker's; its failures come out as StatusErrors. */
export async function asking<T>(call: Promise<T>): Promise<T> {
  try {
    return await call
  } catch (error) {
    throw swarmError(error)
  }
}
