/** One engine's time at the wheel of a cluster. Each take-over begins one with the next epoch. */
export interface Term {
  /** Counts take-overs, from 1. The highest drives. */
  readonly epoch: number
  /** The desk's ID, one word: no two desks have the same. */
  readonly holder: string
  /** For people: `mina@laptop`. */
  readonly name: string
}

/** How far a cluster's state has got: of two the one of the later epoch is newer, within one epoch the one of the higher revision. */
export interface StatePoint {
  readonly epoch: number
  readonly revision: number
}

/** What a node's helper keeps about who drives. */
export interface Found {
  /** Whoever took the node last. */
  readonly term?: Term
  /** How long ago the holder last renewed, ms; undefined: it gave the node back, or never renewed. */
  readonly seenAgoMs?: number
  /** The state of which the node has a copy. */
  readonly copy?: StatePoint
}

/** How long a node stays with an engine after its last renewal, ms. After that the engine changes nothing there until it has renewed. */
export const LEASE_MS = 10_000
/** How often it is renewed, ms. */
export const RENEW_MS = 3_000
/** A call that was begun in time may still take effect this long after the lease's end, ms. */
const CALL_MS = 10_000

/** After this long without a renewal an engine changes nothing any more, and nothing that it began takes effect any more, ms. */
export const OUTLAST_MS = LEASE_MS + CALL_MS

/** May an engine drive a node? */
export type Judgement =
  /** Yes. `outlast`: whoever drives it now does not know yet that its time is over: it is taken at once, and changed when that one has stopped. */
  | { readonly may: true; readonly outlast?: Term }
  /** No: another desk took over. */
  | { readonly may: false; readonly why: 'superseded'; readonly by: Term }
  /** No: this engine's state is older than the node's copy; what runs there and is not in it would be lost. */
  | { readonly may: false; readonly why: 'stale'; readonly copy: StatePoint }

/** Decides by what was found on a node. */
export function judge(own: Term & StatePoint, found: Found): Judgement {
  const { term, seenAgoMs, copy } = found
  if (term !== undefined && (term.epoch > own.epoch || (term.epoch === own.epoch && term.holder !== own.holder))) return { may: false, why: 'superseded', by: term }
  if (copy !== undefined && isNewer(copy, own)) return { may: false, why: 'stale', copy }
  if (term === undefined || term.holder === own.holder || seenAgoMs === undefined || seenAgoMs > OUTLAST_MS) return { may: true }
  return { may: true, outlast: term }
}

/** Is `a` newer than `b`? */
export function isNewer(a: StatePoint, b: StatePoint): boolean {
  return a.epoch > b.epoch || (a.epoch === b.epoch && a.revision > b.revision)
}

/** As the helper's file has it: `EPOCH HOLDER NAME`. */
export function termText({ epoch, holder, name }: Term): string {
  return `${String(epoch)} ${holder} ${name.replace(/\s+/g, ' ')}\n`
}

/** The other way round; undefined for anything else. */
export function parseTerm(text: string): Term | undefined {
  const [, epoch, holder, name] = /^(\d+) (\S+) ([^\n]*)/.exec(text) ?? []
  return epoch === undefined || holder === undefined ? undefined : { epoch: Number(epoch), holder, name: name ?? '' }
}

/** `EPOCH REVISION`. */
export function parsePoint(text: string): StatePoint | undefined {
  const [, epoch, revision] = /^(\d+) (\d+)/.exec(text) ?? []
  return epoch === undefined ? undefined : { epoch: Number(epoch), revision: Number(revision) }
}
