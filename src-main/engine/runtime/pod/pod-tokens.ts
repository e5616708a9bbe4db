import type { Clock } from '../../../common/clock.ts'
import { messageOf, StatusError } from '../../../common/errors.ts'
import type { Pod, Volume } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { IssuedToken } from '../../client/client.ts'
import { MissingSourceError } from './sources.ts'

/** A token that a volume of a pod asks for. `audience` '': the API. */
export interface WantedToken {
  readonly audience: string
  readonly seconds: number
}

/** Makes a token of the pod's service account, bound to the pod. Rejects with StatusErrors. */
export type TokenSource = (pod: Frozen<Pod>, wanted: WantedToken) => Promise<IssuedToken>

/** What upstream takes where a source does not say. */
const DEFAULT_S = 3600
const DAY_MS = 24 * 3600 * 1000
/** A token is replaced when this much of its life is over, or after a day. */
const WORN = 0.8

interface Held extends IssuedToken {
  readonly renewAt: number
}

/** The tokens that a volume's files hold. */
export function tokensIn(volume: Volume): WantedToken[] {
  return (volume.projected?.sources ?? []).flatMap(({ serviceAccountToken: source }) => (source === undefined ? [] : [wantedBy(source)]))
}

/** What one source asks for. */
export function wantedBy({ audience = '', expirationSeconds = DEFAULT_S }: { audience?: string; expirationSeconds?: number }): WantedToken {
  return { audience, seconds: expirationSeconds }
}

/** When a token made at `now` is to be replaced (milliseconds since the epoch): at 80 % of its life, a day at most. Pure. */
function renewalOf({ expiresAt }: Pick<IssuedToken, 'expiresAt'>, now: number): number {
  return now + Math.min(DAY_MS, (expiresAt - now) * WORN)
}

/** The tokens of one pod: in memory only, each replaced in time. */
export class PodTokens {
  readonly #source: TokenSource
  readonly #clock: Clock
  readonly #held = new Map<string, Held>()

  constructor(source: TokenSource, clock: Clock) {
    this.#source = source
    this.#clock = clock
  }

  /**
   * The tokens that a volume needs, fresh ones where those that are held are worn, and when the first of them is to be replaced (milliseconds since the
   * epoch). MissingSourceError where one cannot be had.
   */
  async of(pod: Frozen<Pod>, volume: Volume): Promise<{ tokens: (wanted: WantedToken) => Uint8Array; renewAt: number }> {
    const held = new Map<string, Held>()
    for (const wanted of tokensIn(volume)) held.set(keyOf(wanted), await this.#one(pod, volume.name, wanted))
    return {
      tokens: (wanted) => Buffer.from(held.get(keyOf(wanted))?.token ?? ''),
      renewAt: Math.min(...[...held.values()].map(({ renewAt }) => renewAt)),
    }
  }

  async #one(pod: Frozen<Pod>, volume: string, wanted: WantedToken): Promise<Held> {
    const now = this.#clock.now()
    const there = this.#held.get(keyOf(wanted))
    if (there !== undefined && now < there.renewAt) return there
    try {
      const issued = await this.#source(pod, wanted)
      const held = { ...issued, renewAt: renewalOf(issued, now) }
      this.#held.set(keyOf(wanted), held)
      return held
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      throw new MissingSourceError(`failed to fetch the token of volume "${volume}": ${messageOf(error)}`)
    }
  }
}

/** Stands in a volume's files for a token, where only their version matters: the same for the old one and its successor. */
export function placeholder(wanted: WantedToken): Uint8Array {
  return Buffer.from(keyOf(wanted))
}

function keyOf({ audience, seconds }: WantedToken): string {
  return `${String(seconds)} ${audience}`
}
