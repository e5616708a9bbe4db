import { timestamp } from '../../../common/clock.ts'
import { hasReason, messageOf, StatusError } from '../../../common/errors.ts'
import { DISRUPTION_BUDGET } from '../../../common/kube/disruption.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import { Nodes, PodDisruptionBudgets, Pods, ReplicaSets, ReplicationControllers, StatefulSets } from '../../../common/kube/kinds.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { isPodActive, isPodReady } from '../../../common/kube/pods.ts'
import { isSilent, SERVER_LOST_TAINT } from '../../../common/kube/node-conditions.ts'
import { isRebalanceOver, Rebalances } from '../../../common/kube/rebalance.ts'
import type { MoveDone, MoveUnderWay, Rebalance, RebalanceStatus } from '../../../common/kube/rebalance.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Board } from '../../../policy/rebalance/board.ts'
import type { Kept } from '../../../policy/rebalance/kept.ts'
import { nextMove } from '../../../policy/rebalance/plan.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { MOVE_PATIENCE_MS, patienceLeft, progressOf } from './under-way.ts'

/** What a rebalance decides on: the scheduler's rules, which controllers do not know. */
export interface RebalanceRules {
  board(): Board
  /** Why a pod must stay; undefined: it may move. */
  keeper(): (pod: Frozen<Pod>) => Kept | undefined
}

/** All share the cluster's nodes, so one key stands for all: one after the other. */
const KEY = 'cluster'
/** A refused eviction is asked for again after so long, unless the refusal says when, or the budget changes before. */
const AGAIN_MS = 5_000
const DEFAULT_SETTLE_S = 60
const KEPT_MOVES = 100
const OWNERS: readonly Resource[] = [ReplicaSets, StatefulSets, ReplicationControllers] as readonly Resource[]

/**
 * Spreads pods anew where a Rebalance asks for it: one move (or `atOnce`) at a time, by eviction, the next only when the replacement is Ready. What is under
 * way stands in the status before it is done, so another engine goes on where this one ended.
 */
export class RebalanceController implements Runnable {
  readonly name = 'rebalance-controller'
  readonly #context: ControllerContext
  readonly #rules: RebalanceRules | undefined
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  /** When the nodes last changed in what matters to where pods go; by the monotonic clock. */
  #nodesChangedAt: number
  /** Those that act `Always` and have looked at the nodes as they are, by UID. */
  readonly #looked = new Set<string>()
  /** Some pods would be better elsewhere, but their apps are not ready yet: whatever becomes of pods is a reason to look again. */
  #postponed = false

  constructor(context: ControllerContext, rules?: RebalanceRules) {
    this.#context = context
    this.#rules = rules
    this.#recorder = context.recorder(this.name)
    this.#nodesChangedAt = context.clock.monotonic()
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: () => this.#reconcile() })
    const { informers } = context
    const nodesChanged = (): void => {
      this.#nodesChangedAt = context.clock.monotonic()
      this.#looked.clear()
      this.#wake()
    }
    informers.for(Nodes).addHandler({ onAdd: nodesChanged, onDelete: nodesChanged, onUpdate: (node, old) => { if (placementOf(node) !== placementOf(old)) nodesChanged() } })
    informers.for(Rebalances).addHandler({ onAdd: () => this.#controller.enqueue(KEY), onUpdate: () => this.#controller.enqueue(KEY) })
    // While nothing is under way, what becomes of pods is nobody's business here.
    const moved = (): void => { if (this.#isBusy()) this.#controller.enqueue(KEY) }
    informers.for(Pods).addHandler({ onAdd: moved, onUpdate: (pod, old) => { if (isPodReady(pod) !== isPodReady(old) || isPodActive(pod) !== isPodActive(old)) moved() }, onDelete: moved })
    informers.for(PodDisruptionBudgets).addHandler({ onUpdate: moved, onDelete: moved })
    for (const resource of OWNERS) informers.for(resource)
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #list(): Frozen<Rebalance>[] {
    return this.#context.informers.for(Rebalances).lister.list().filter((r) => r.metadata.deletionTimestamp === undefined)
  }

  #isBusy(): boolean {
    return this.#postponed || this.#list().some((r) => !isRebalanceOver(r))
  }

  #wake(): void {
    if (this.#list().length > 0) this.#controller.enqueue(KEY)
  }

  async #reconcile(): Promise<Again | void> {
    const waits: number[] = []
    for (const rebalance of this.#inTurn()) {
      const { when, settleSeconds = DEFAULT_SETTLE_S } = rebalance.spec
      if (isRebalanceOver(rebalance)) {
        if (when !== 'Always' || this.#looked.has(rebalance.metadata.uid)) continue
      }
      const settles = when !== 'Always' || isUnderWay(rebalance) ? 0 : this.#nodesChangedAt + settleSeconds * 1000 - this.#context.clock.monotonic()
      if (settles > 0) {
        waits.push(settles)
        continue
      }
      const again = await this.#advance(rebalance)
      // One that goes on is alone until it is over.
      if (again !== undefined) return again
    }
    if (waits.length > 0) return { requeueAfterMs: Math.min(...waits) }
  }

  /** Those that are under way first, then the eldest. */
  #inTurn(): Frozen<Rebalance>[] {
    const rank = (r: Frozen<Rebalance>): string => `${isUnderWay(r) ? '0' : '1'} ${r.metadata.creationTimestamp} ${r.metadata.name}`
    return this.#list().sort((a, b) => (rank(a) < rank(b) ? -1 : 1))
  }

  /** One step; undefined when there is nothing (more) to do for it. */
  async #advance(rebalance: Frozen<Rebalance>): Promise<Again | undefined> {
    const now = this.#context.clock.now()
    const pods = this.#context.informers.for(Pods).lister.list()
    const begun = isRebalanceOver(rebalance) ? {} : (rebalance.status ?? {})
    const moves = [...(begun.moves ?? [])]
    const current: MoveUnderWay[] = []
    for (const move of begun.current ?? []) {
      const progress = progressOf(move, pods, this.#wantedOf(move, pods))
      if (progress.is === 'over') moves.push(progress.done)
      else if (patienceLeft(move, now) <= 0) return this.#finish(rebalance, { ...begun, moves, current: [] }, 'Stopped', tooLong(move, progress.is === 'to ask'))
      else current.push(move)
    }
    const silent = this.#context.informers.for(Nodes).lister.list().filter(isSuspect).map((n) => n.metadata.name)
    // While a server does not answer nobody knows what runs where; what is under way goes on.
    const added = silent.length > 0 ? [] : this.#choose(rebalance, current, moves, now)
    if (current.length + added.length === 0 && silent.length > 0) {
      await this.#write(rebalance, { ...begun, phase: 'Waiting', current: [], moves: moves.slice(-KEPT_MOVES), message: `Server ${silent.join(', ')} does not answer at the moment: it goes on when it does, or when it is known to be lost.` })
      // The node's own change wakes it.
      return { requeueAfterMs: MOVE_PATIENCE_MS }
    }
    if (current.length + added.length === 0) {
      this.#postponed = rebalance.spec.when === 'Always' && this.#waitsForApps(rebalance, moves)
      if (!this.#postponed) this.#looked.add(rebalance.metadata.uid)
      return this.#finish(rebalance, { ...begun, moves, current: [] }, 'Done', moves.length === 0 ? 'Nothing would be better elsewhere.' : `${String(moves.length)} of the pods were moved; nothing else would be better elsewhere.`)
    }
    const next = [...current, ...added]
    if (added.length > 0 || current.length !== (begun.current ?? []).length) {
      // Written first: from its own event it goes on, or another engine does.
      await this.#write(rebalance, { ...withoutMessage(begun), phase: 'Running', current: next, moves: moves.slice(-KEPT_MOVES) })
      return { requeueAfterMs: patienceLeft(next[0] as MoveUnderWay, now) }
    }
    return this.#ask(rebalance, next, pods, now)
  }

  /** Evicts those of the moves under way whose pod is still there. */
  async #ask(rebalance: Frozen<Rebalance>, current: readonly MoveUnderWay[], pods: readonly Frozen<Pod>[], now: number): Promise<Again> {
    const refusals: { text: string; againMs: number }[] = []
    for (const move of current) {
      if (progressOf(move, pods, this.#wantedOf(move, pods)).is !== 'to ask') continue
      const refused = await this.#evict(rebalance, move)
      if (refused !== undefined) refusals.push(refused)
    }
    const [first] = refusals
    const status: RebalanceStatus = { ...withoutMessage(rebalance.status ?? {}), phase: first === undefined ? 'Running' : 'Waiting', ...(first === undefined ? {} : { message: first.text }) }
    await this.#write(rebalance, status)
    return { requeueAfterMs: Math.max(1, Math.min(...current.map((m) => patienceLeft(m, now)), ...refusals.map((r) => r.againMs))) }
  }

  async #evict(rebalance: Frozen<Rebalance>, move: MoveUnderWay): Promise<{ text: string; againMs: number } | undefined> {
    const { namespace, pod, uid, from, to } = move
    try {
      await this.#context.client.evict(namespace, pod, { preconditions: { uid } })
      this.#recorder.event(rebalance, 'Normal', 'PodEvicted', `${namespace}/${pod} leaves ${from} for ${to.join(' or ')}: ${REASONS[move.reason]}`)
      return undefined
    } catch (error) {
      // Gone, or another one of that name: the cache shows it in a moment.
      if (hasReason(error, 'NotFound', 'Conflict')) return undefined
      if (!hasReason(error, 'TooManyRequests')) throw error
      const { causes = [], retryAfterSeconds = 0 } = (error as StatusError).details
      const why = causes.find((c) => c.reason === DISRUPTION_BUDGET)?.message ?? messageOf(error)
      return { text: `${namespace}/${pod} may not go at the moment. ${why}`, againMs: retryAfterSeconds > 0 ? retryAfterSeconds * 1000 : AGAIN_MS }
    }
  }

  /** Moves to begin now, beside those under way. */
  #choose(rebalance: Frozen<Rebalance>, current: readonly MoveUnderWay[], moves: readonly MoveDone[], now: number): MoveUnderWay[] {
    if (this.#rules === undefined) return []
    const room = (rebalance.spec.atOnce ?? 1) - current.length
    if (room <= 0) return []
    const board = this.#rules.board()
    for (const { uid, to: [first = ''] } of current) board.move(uid, first)
    const kept = this.#rules.keeper()
    const busy = new Set([...current.map((m) => m.owner), ...inVain(moves)])
    const added: MoveUnderWay[] = []
    while (added.length < room) {
      const move = nextMove(board, (pod) => isMeant(rebalance, pod) && !busy.has(controllerOf(pod)?.uid ?? '') && kept(pod) === undefined)
      if (move === undefined) break
      const { uid, name, namespace = '' } = move.pod.metadata
      const owner = controllerOf(move.pod)?.uid ?? ''
      const ready = board.pods.filter(({ pod }) => controllerOf(pod)?.uid === owner && isPodReady(pod)).length
      added.push({ namespace, pod: name, uid, owner, from: move.from, to: [...move.to], reason: move.reason, ready, since: timestamp(now) })
      busy.add(owner)
      board.move(uid, move.to[0] ?? '')
    }
    return added
  }

  /** Would pods be moved, if their apps were ready? */
  #waitsForApps(rebalance: Frozen<Rebalance>, moves: readonly MoveDone[]): boolean {
    if (this.#rules === undefined) return false
    const kept = this.#rules.keeper()
    const vain = new Set(inVain(moves))
    return nextMove(this.#rules.board(), (pod) => isMeant(rebalance, pod) && !vain.has(controllerOf(pod)?.uid ?? '') && kept(pod)?.reason === 'NotReady') !== undefined
  }

  /** How many pods the move's owner is to have. */
  #wantedOf({ namespace, owner }: MoveUnderWay, pods: readonly Frozen<Pod>[]): number {
    for (const resource of OWNERS) {
      const found = this.#context.informers.for(resource).lister.list({ namespace }).find((o) => o.metadata.uid === owner) as (Frozen<KubeObject> & { spec?: { replicas?: number } }) | undefined
      if (found !== undefined) return found.spec?.replicas ?? 1
    }
    // Of a kind that is not known here: as many as there are.
    return pods.filter((p) => controllerOf(p)?.uid === owner && isPodActive(p)).length
  }

  async #finish(rebalance: Frozen<Rebalance>, status: RebalanceStatus, phase: 'Done' | 'Stopped', message: string): Promise<undefined> {
    const moves = (status.moves ?? []).slice(-KEPT_MOVES)
    // One that found nothing to do keeps what it says of its last run.
    if (phase === 'Done' && moves.length === 0 && isRebalanceOver(rebalance)) return undefined
    await this.#write(rebalance, { phase, message, current: [], moves })
    this.#recorder.event(rebalance, phase === 'Done' ? 'Normal' : 'Warning', phase === 'Done' ? 'Rebalanced' : 'RebalanceStopped', message)
    return undefined
  }

  async #write(rebalance: Frozen<Rebalance>, status: RebalanceStatus): Promise<void> {
    const next = { ...status, ...(rebalance.metadata.generation === undefined ? {} : { observedGeneration: rebalance.metadata.generation }) }
    if (!semanticEqual(next, rebalance.status)) await this.#context.client.updateStatus(Rebalances, { ...rebalance, status: next })
  }
}

const REASONS: Record<MoveUnderWay['reason'], string> = {
  NotAllowed: 'its rules speak against that server by now', Spread: 'its spread constraints are not kept', Crowded: 'too many of its app are together', Uneven: 'that server is fuller than the others',
}

function tooLong(move: MoveUnderWay, stillThere: boolean): string {
  const what = `${move.namespace}/${move.pod}`
  return stillThere ? `${what} was not allowed to go for five minutes; nothing else is moved. See its PodDisruptionBudget, and rebalance again.` : `The replacement of ${what} was not ready after five minutes; nothing else is moved. See why on the pod's page, and rebalance again.`
}

function isMeant({ spec: { namespaces } }: Frozen<Rebalance>, pod: Frozen<Pod>): boolean {
  return namespaces === undefined || namespaces.includes(pod.metadata.namespace ?? '')
}

/** Owners whose pods did not go where they should have: to try again would be ping-pong. */
function inVain(moves: readonly MoveDone[]): string[] {
  return moves.flatMap((m) => (m.inVain === true ? [m.owner] : []))
}

function isUnderWay({ status }: Frozen<Rebalance>): boolean {
  return (status?.current ?? []).length > 0
}

function withoutMessage({ message: _, ...status }: RebalanceStatus): RebalanceStatus {
  return status
}

/** What of a node decides where pods go, as a text. */
function placementOf(node: Frozen<Node>): string {
  const { metadata: { labels }, spec, status } = node
  return JSON.stringify([labels, spec?.taints, spec?.unschedulable, isConditionTrue(status?.conditions, 'Ready'), isSuspect(node), status?.allocatable])
}

/** Does it not answer, with nobody knowing yet whether it is lost? */
function isSuspect(node: Frozen<Node>): boolean {
  return isSilent(node) && isConditionTrue(node.status?.conditions, 'Ready') && !(node.spec?.taints ?? []).some((t) => t.key === SERVER_LOST_TAINT)
}
