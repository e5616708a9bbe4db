import type { IncomingMessage, ServerResponse } from 'node:http'
import type { StatusError } from '../../../common/errors.ts'
import type { Caller } from '../rest/core.ts'

/** What is told of one request on its way, by whoever knows it. */
export interface Trail {
  /** Who sends it; undefined: nobody. */
  comesFrom(caller: Caller | undefined): void
  /** Whether it is allowed, as whom, and by what. */
  decided(who: Caller, allowed: boolean, reason: string): void
  /** Somebody else has something to add. */
  annotates(key: string, value: string): void
  /** Its body has come. */
  asked(bytes: Buffer): void
  /** An object is its answer; the first one that is told counts. */
  answers(object: unknown): void
  /** A long answer begins. */
  begins(status: number): void
  /** It is refused. */
  fails(error: StatusError): void
}

const trails = new WeakMap<object, Trail>()

/** The trail of a request, or of what answers it; undefined where nothing is written down. */
export function trailOf(message: IncomingMessage | ServerResponse): Trail | undefined {
  return trails.get(message)
}

/** From now on `trailOf` knows it. */
export function keepTrail(message: object, trail: Trail): void {
  trails.set(message, trail)
}
