import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { MoveReason } from '../../common/kube/rebalance.ts'
import type { Board, Placed } from './board.ts'
import { changeOf, improvement, isOpen, shareOn, weigh } from './cost.ts'
import type { Cost, Weights } from './cost.ts'
import { excesses } from './crowding.ts'

/** One pod that is better elsewhere. */
export interface Move {
  readonly pod: Frozen<Pod>
  readonly from: string
  /** Where the scheduler may put its replacement; any of them improves the same. The first is taken in a plan. */
  readonly to: readonly string[]
  readonly reason: MoveReason
}

/** A node is used too little below this part of the average, and takes pods from those above the average. Nothing moves for less. */
const LITTLE = 0.75

/**
 * The next move that improves the placement, the gravest fault first; undefined: there is none. `mayMove` says which pods may be touched. Nothing is
 * moved for what the scheduler would not do by itself: its replacement goes where the scheduler puts it, or the pod stays. Leaves the board as it was.
 */
export function nextMove(board: Board, mayMove: (pod: Frozen<Pod>) => boolean): Move | undefined {
  const weights = weigh(board)
  for (const candidates of [faulty(board), crowded(board, weights), onFullNodes(board, weights)]) {
    for (const { placed, reason, aim } of candidates) {
      if (!mayMove(placed.pod)) continue
      const { uid } = placed.pod.metadata
      const to = board.landings(uid)
      if (to.length > 0 && to.every((node) => improvement(changeOf(board, weights, placed, node)) === aim && (aim !== 'unevenness' || isLittleUsed(board, weights, placed, node)))) {
        return { pod: placed.pod, from: placed.node, to, reason }
      }
    }
  }
  return undefined
}

/** All moves, one after the other, as they would be made (at most `limit`); a pod that would move on is there once. Moves the board's pods. */
export function planMoves(board: Board, mayMove: (pod: Frozen<Pod>) => boolean, limit = 100): Move[] {
  return eachOnce([...makeMoves(board, mayMove, limit)])
}

/** As `planMoves`, a move at a time, for whoever has something else to do in between. */
export function* makeMoves(board: Board, mayMove: (pod: Frozen<Pod>) => boolean, limit = 100): Generator<Move> {
  for (let i = 0; i < limit; i++) {
    const move = nextMove(board, mayMove)
    if (move === undefined) return
    board.move(move.pod.metadata.uid, move.to[0] ?? '')
    yield move
  }
}

/** A pod that moves on goes to where it ends in one move. */
export function eachOnce(moves: readonly Move[]): Move[] {
  const byPod = new Map<string, Move>()
  for (const move of moves) {
    const earlier = byPod.get(move.pod.metadata.uid)
    byPod.set(move.pod.metadata.uid, earlier === undefined ? move : { ...move, from: earlier.from, reason: earlier.reason })
  }
  return [...byPod.values()].filter((move) => move.from !== move.to[0])
}

interface Candidate {
  readonly placed: Placed
  readonly reason: MoveReason
  /** What must become better. */
  readonly aim: keyof Cost
}

function faulty(board: Board): Candidate[] {
  return byName(board.pods).flatMap((placed) => {
    const [first] = board.objections(placed.pod.metadata.uid)
    return first === undefined ? [] : [{ placed, reason: first.kind, aim: 'violations' as const }]
  })
}

/** Pods in a domain with at least two more of theirs than another that takes pods. From the most crowded first. */
function crowded(board: Board, { groups }: Weights): Candidate[] {
  const open = board.nodes.filter(isOpen).map((n) => n.metadata.name)
  const worst = new Map<string, number>()
  for (const { counts, pods, domainOf } of groups) {
    const excess = excesses(counts, open.map(domainOf).filter((domain) => domain !== undefined))
    for (const { pod, node } of board.pods) {
      const { uid } = pod.metadata
      const domain = domainOf(node)
      const here = pods.has(uid) && domain !== undefined ? excess.get(domain) : undefined
      if (here !== undefined) worst.set(uid, Math.max(here, worst.get(uid) ?? 0))
    }
  }
  const of = ({ pod }: Placed): number => worst.get(pod.metadata.uid) ?? 0
  return byName(board.pods).filter((p) => of(p) > 0).sort((a, b) => of(b) - of(a)).map((placed) => ({ placed, reason: 'Crowded', aim: 'crowding' }))
}

/** Pods of the nodes that are fuller than the average, while another is used little. From the fullest first. */
function onFullNodes(board: Board, { shares }: Weights): Candidate[] {
  const average = averageOf(board, shares)
  const of = ({ node }: Placed): number => shares.get(node) ?? 0
  if (!board.nodes.some((n) => isOpen(n) && (shares.get(n.metadata.name) ?? Infinity) < LITTLE * average)) return []
  return byName(board.pods).filter((p) => of(p) > average).sort((a, b) => of(b) - of(a)).map((placed) => ({ placed, reason: 'Uneven', aim: 'unevenness' }))
}

/** Is the node used so little that a pod is worth moving there, and still no fuller than the pod's own afterwards? */
function isLittleUsed(board: Board, { shares }: Weights, { pod, node }: Placed, to: string): boolean {
  const now = shares.get(to) ?? Infinity
  return now < LITTLE * averageOf(board, shares) && now + shareOn(board, pod, to) <= (shares.get(node) ?? 0)
}

function averageOf(board: Board, shares: ReadonlyMap<string, number>): number {
  const open = board.nodes.filter(isOpen).flatMap((n) => shares.get(n.metadata.name) ?? [])
  return open.length === 0 ? 0 : open.reduce((sum, share) => sum + share, 0) / open.length
}

/** The same order whatever order the cache has. */
function byName(pods: readonly Placed[]): Placed[] {
  const key = ({ pod: { metadata } }: Placed): string => `${metadata.namespace ?? ''}/${metadata.name}`
  return [...pods].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}
