import type { Clock } from '../../../common/clock.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import type { Node } from '../../../common/kube/generated/core-v1.ts'
import { isSilent, PEERS_REACH, RESPONDING, SERVER_LOST_TAINT } from '../../../common/kube/node-conditions.ts'
import type { Frozen } from '../../../common/kube/object.ts'

/** From suspicion (about a second of silence) to the verdict: with it, a server that hangs or is cut off for 3 s keeps its pods. */
export const LOST_MS = 2_800
/** With most of the servers silent together, it is more likely us: a verdict then takes this long. */
export const MOST_LOST_MS = 30_000
/** Looked at so much later than asked for, the engine itself slept: what it knew of silences is void. */
const OVERSLEPT_MS = 2_000

/** Whether a server is given up, or when to look again. */
export type Loss = { is: true; why: string; lookAgainMs?: undefined } | { is: false; lookAgainMs: number | undefined }

/** Knows since when servers are silent, and judges: lost is who has been silent for long enough, and whom no other server reaches either. */
export class Silence {
  readonly #clock: Clock
  readonly #silences = new Map<string, { since: number; dueAt: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Does the change of a node matter to a verdict? */
  changed(node: Frozen<Node>, old: Frozen<Node>): boolean {
    return [RESPONDING, PEERS_REACH].some((type) => findCondition(node.status?.conditions, type)?.status !== findCondition(old.status?.conditions, type)?.status)
  }

  judge(node: Frozen<Node>, all: readonly Frozen<Node>[]): Loss {
    const { name } = node.metadata
    if (!isSilent(node)) {
      this.#silences.delete(name)
      return { is: false, lookAgainMs: undefined }
    }
    const now = this.#clock.monotonic()
    const known = this.#silences.get(name)
    const since = known === undefined || now > known.dueAt + OVERSLEPT_MS ? now : known.since
    const patience = all.filter(isSilent).length * 2 > all.length ? MOST_LOST_MS : LOST_MS
    const left = since + patience - now
    this.#silences.set(name, { since, dueAt: left > 0 ? now + left : Infinity })
    if (left > 0) return { is: false, lookAgainMs: left }
    const peers = findCondition(node.status?.conditions, PEERS_REACH)
    // Who was given up stays so until it speaks: that others cannot be asked any more does not bring it back.
    const givenUp = node.spec.taints?.some(({ key }) => key === SERVER_LOST_TAINT) === true && peers?.status !== 'True'
    return givenUp || peers?.status === 'False' ? { is: true, why: peers?.message ?? '' } : { is: false, lookAgainMs: undefined }
  }
}
