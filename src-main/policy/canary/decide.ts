import { microTime } from '../../common/clock.ts'
import type { AnalysisStatus, RolloutSpec, RolloutStatus } from '../../common/kube/rollout.ts'
import { analysisOf, parseOrder } from '../../common/kube/rollout.ts'
import { ANALYSIS_DEFAULTS } from './analysis.ts'
import type { Verdict } from './analysis.ts'
import { lastWeight, planOf } from '../../common/kube/rollout-plan.ts'
import type { Step } from '../../common/kube/rollout-plan.ts'
import { aimOf, lateOf, leftOf, walk } from './progress.ts'
import type { Position } from './progress.ts'
import { shareByPods, sizesFor, sizesNow } from './sizes.ts'
import type { Sharing, Sizes } from './sizes.ts'
import { messageFor } from './words.ts'

/** One of the Deployment's revisions as it is. */
export interface RevisionSeen {
  hash: string
  /** Its ReplicaSet's name. */
  replicaSet: string
  /** Pods that it shall have, and has. */
  wanted: number
  pods: number
  available: number
}

/** The Deployment as it is. */
export interface RolloutSeen {
  replicas: number
  paused: boolean
  /** All pods are of the present template, and available. */
  complete: boolean
  /** The revision of the present template; undefined: it has no ReplicaSet yet. */
  current: RevisionSeen | undefined
  others: readonly RevisionSeen[]
  /** A proxy shares the requests. */
  ingress: boolean
  /** How long pods may take to become available. */
  deadlineSeconds: number
  /** Since when somebody looks after the pods: the engine's start, milliseconds since the epoch. */
  since: number
  /** The annotation `ROLLOUT_ORDER`. */
  order: string | undefined
  /** What an analysis that is due has found, and what was counted. */
  look?: { verdict: Verdict; counts: Pick<AnalysisStatus, 'stable' | 'canary'> } | undefined
}

export interface RolloutEvent {
  type: 'Normal' | 'Warning'
  reason: 'RolloutStarted' | 'RolloutStep' | 'RolloutPromoted' | 'RolloutAborted' | 'RolledBack' | 'AnalysisFailed' | 'OrderIgnored'
  message: string
}

export interface RolloutDecision {
  status: RolloutStatus
  events: RolloutEvent[]
  /** When the step is over, or late, if nothing happens before. */
  lookAgainMs: number | undefined
}

/**
 * What comes next, of the status before and of what is seen. It has no other memory: an engine that starts anew goes on where the last one was. The revision that is
 * known to be good is the one that had everything last; until there is one the Deployment rolls in its own way.
 */
export function decideRollout(name: string, spec: RolloutSpec, before: RolloutStatus, seen: RolloutSeen, now: number): RolloutDecision {
  const { current } = seen
  if (current === undefined) {
    // The new template's ReplicaSet is about to be made; until then what was said holds.
    if (seen.others.some(({ hash }) => hash === before.stable)) return { status: before, events: [], lookAgainMs: undefined }
    return waiting(`Deployment ${spec.deployment} has no ReplicaSet of its template yet`, before, seen)
  }
  const stable = [current, ...seen.others].find(({ hash }) => hash === before.stable)
  if (stable === undefined) {
    if (seen.complete) return settled(current, before, seen, [])
    return waiting(`Deployment ${spec.deployment} rolls out in its own way, as there is no revision yet that is known to be good; its next template goes by steps`, before, seen)
  }
  if (stable === current) return settled(stable, before, seen, before.canary === undefined || before.canary === stable.hash ? [] : [
    { type: 'Normal', reason: 'RolledBack', message: `The template is that of revision ${stable.replicaSet} again: all requests go there` }])
  const begun = before.canary === current.hash
  if (!begun && seen.paused) return settled(stable, before, seen, [])
  if (seen.replicas === 0) return settled(current, before, seen, [{ type: 'Normal', reason: 'RolloutPromoted', message: `Revision ${current.replicaSet} is the good one now: with 0 replicas there is nothing to try` }])
  const course = new Course(name, spec, before, seen, { current, stable }, now)
  if (!begun) course.begin()
  course.goOn()
  return course.finish()
}

/** Is the canary at a pause whose time is over? Then it is looked at once more before it goes on. */
export function isPauseOver(spec: RolloutSpec, { step, stepStartedAt }: RolloutStatus, now: number): boolean {
  const left = leftOf(planOf(spec.strategy), { step: step ?? -1, startedAt: Date.parse(stepStartedAt ?? ''), weight: 0 }, now)
  return left !== undefined && left <= 0
}

/** One look at a canary that is under way, or was aborted. */
class Course {
  readonly #name: string
  readonly #spec: RolloutSpec
  readonly #seen: RolloutSeen
  readonly #current: RevisionSeen
  readonly #stable: RevisionSeen
  readonly #now: number
  readonly #plan: Step[]
  readonly #sharing: Sharing
  readonly #events: RolloutEvent[] = []
  #aborted: string | undefined
  #step: number
  #startedAt: number
  #weight: number
  #analysis: AnalysisStatus | undefined

  constructor(name: string, spec: RolloutSpec, before: RolloutStatus, seen: RolloutSeen, { current, stable }: { current: RevisionSeen; stable: RevisionSeen }, now: number) {
    this.#name = name
    this.#spec = spec
    this.#seen = seen
    this.#current = current
    this.#stable = stable
    this.#now = now
    this.#plan = planOf(spec.strategy)
    this.#sharing = spec.strategy.blueGreen !== undefined ? 'switch' : seen.ingress ? 'exact' : 'ratio'
    this.#aborted = before.phase === 'Aborted' ? (before.message ?? '') : undefined
    this.#step = Math.min(before.step ?? 0, this.#plan.length)
    this.#startedAt = before.stepStartedAt === undefined ? now : Date.parse(before.stepStartedAt)
    this.#weight = before.weight ?? 0
    this.#analysis = before.analysis
    // Steps that were taken away on the way end nothing: all requests are for as many pods as that takes.
    if (this.#aborted === undefined && this.#step > lastWeight(this.#plan) && this.#weight < 100) this.#goTo(lastWeight(this.#plan))
    if (before.canary === current.hash && before.order !== seen.order && seen.order !== undefined) this.#obey(seen.order)
  }

  /** The template is new. */
  begin(): void {
    this.#aborted = undefined
    this.#analysis = undefined
    this.#weight = 0
    this.#goTo(0)
    this.#tell('Normal', 'RolloutStarted', `Revision ${this.#current.replicaSet} is brought in beside ${this.#stable.replicaSet}, in ${String(this.#plan.length)} steps`)
  }

  /** Judges, then goes as many steps as are done. */
  goOn(): void {
    if (this.#aborted !== undefined) return
    this.#judge()
    if (this.#aborted === undefined && !this.#seen.paused) this.#walk()
    const late = this.#lateMs()
    if (this.#aborted === undefined && late !== undefined && late <= 0) {
      this.#abort(`${String(this.#current.available)} of ${String(this.#target().canary)} pods of revision ${this.#current.replicaSet} were available after ${String(this.#seen.deadlineSeconds)} s (progressDeadlineSeconds of the Deployment)`)
    }
  }

  #walk(): void {
    const { position, passed } = walk(this.#plan, this.#position, (weight) => this.#current.available >= sizesFor(this.#sharing, this.#seen.replicas, weight).canary, this.#now)
    for (const i of passed) {
      const step = this.#plan[i]
      if (step?.kind === 'weight') this.#tell('Normal', 'RolloutStep', `Step ${String(i + 1)} of ${String(this.#plan.length)}: ${String(step.weight)} % of the requests go to revision ${this.#current.replicaSet}`)
    }
    if (passed.length === 0) return
    this.#weight = position.weight
    this.#goTo(position.step)
  }

  finish(): RolloutDecision {
    const { current, stable } = { current: this.#current, stable: this.#stable }
    if (this.#step >= this.#plan.length && this.#aborted === undefined) {
      return settled(current, {}, this.#seen, [...this.#events, { type: 'Normal', reason: 'RolloutPromoted', message: `Revision ${current.replicaSet} is the good one now and gets all requests` }])
    }
    const { order } = this.#seen
    const sizes = this.#aborted === undefined ? sizesNow(this.#target(), this.#seen.replicas, this.#current.available) : { canary: 0, stable: this.#seen.replicas }
    const weight = this.#aborted === undefined ? this.#weight : 0
    const share = this.#sharing === 'ratio' ? shareByPods(weight, current.available, stable.available) : weight
    const step = this.#plan[this.#step]
    const status: RolloutStatus = {
      phase: this.#aborted !== undefined ? 'Aborted' : step?.kind === 'pause' ? 'Paused' : 'Progressing',
      message: this.#aborted ?? messageFor({ name: this.#name, plan: this.#plan, step: this.#step, weight, startedAt: this.#startedAt, current, wanted: this.#target().canary, paused: this.#seen.paused, share }),
      stable: stable.hash, canary: current.hash, step: this.#step, steps: this.#plan.length, stepStartedAt: microTime(this.#startedAt), weight,
      ...(order === undefined ? {} : { order }), ...(this.#analysis === undefined ? {} : { analysis: this.#analysis }),
      traffic: [
        { hash: stable.hash, replicaSet: stable.replicaSet, weight: 100 - share, replicas: sizes.stable },
        { hash: current.hash, replicaSet: current.replicaSet, weight: share, replicas: sizes.canary },
        ...straysOf(this.#seen, [stable, current]),
      ],
    }
    return { status, events: this.#events, lookAgainMs: this.#aborted !== undefined || this.#seen.paused ? undefined : (this.#leftMs() ?? this.#lateMs()) }
  }

  #obey(order: string): void {
    const parsed = parseOrder(order)
    if (parsed === undefined) return
    const { verb, words } = parsed
    const step = this.#plan[this.#step]
    if (verb === 'retry' && this.#aborted !== undefined) this.begin()
    else if (verb === 'abort' && this.#aborted === undefined) this.#abort(`by hand${words === '' ? '' : `: ${words}`}`)
    else if (verb === 'promote' && this.#aborted === undefined && step?.kind === 'pause') this.#goTo(this.#step + 1)
    else if (verb === 'promote-all' && this.#aborted === undefined) this.#goTo(this.#step < lastWeight(this.#plan) ? lastWeight(this.#plan) : step?.kind === 'pause' ? this.#plan.length : this.#step)
    else this.#tell('Warning', 'OrderIgnored', `There is nothing to ${verb}: ${this.#aborted === undefined ? (verb === 'retry' ? 'the rollout is not aborted' : 'the rollout is not at a pause') : 'the rollout is aborted; the order "retry" begins it anew'}`)
  }

  #judge(): void {
    const { look } = this.#seen
    if (look === undefined) return
    const { failure, message } = look.verdict
    const failures = (this.#analysis?.failures ?? 0) + (failure === undefined ? 0 : 1)
    this.#analysis = { failures, message, ...look.counts }
    if (failure === undefined) return
    const limit = analysisOf(this.#spec.strategy)?.failureLimit ?? ANALYSIS_DEFAULTS.failureLimit
    if (failures > limit) this.#abort(failure)
    else this.#tell('Warning', 'AnalysisFailed', `${failure}: failure ${String(failures)}, and ${String(limit)} are let pass`)
  }

  #abort(why: string): void {
    this.#aborted = `aborted: ${why}. All requests go to revision ${this.#stable.replicaSet}; a new template, or the order "retry", begins anew`
    this.#tell('Warning', 'RolloutAborted', this.#aborted)
  }

  #goTo(step: number): void {
    this.#step = step
    this.#startedAt = this.#now
  }

  get #position(): Position {
    return { step: this.#step, startedAt: this.#startedAt, weight: this.#weight }
  }

  /** The sizes that this step is for. */
  #target(): Sizes {
    return sizesFor(this.#sharing, this.#seen.replicas, aimOf(this.#plan, this.#position))
  }

  /** Until a pause is over. */
  #leftMs(): number | undefined {
    return leftOf(this.#plan, this.#position, this.#now)
  }

  /** Until its pods are late. */
  #lateMs(): number | undefined {
    return this.#seen.paused ? undefined : lateOf(this.#plan, this.#position, this.#seen, this.#now)
  }

  #tell(type: RolloutEvent['type'], reason: RolloutEvent['reason'], message: string): void {
    this.#events.push({ type, reason, message })
  }
}

/** It has no say. */
function waiting(message: string, before: RolloutStatus, { order }: RolloutSeen): RolloutDecision {
  return { status: { phase: 'Waiting', message, ...withOrder(order ?? before.order), traffic: [] }, events: [], lookAgainMs: undefined }
}

/** Everything is one revision's. Others that still have pods get nothing meanwhile. */
function settled(stable: RevisionSeen, before: RolloutStatus, seen: RolloutSeen, events: RolloutEvent[]): RolloutDecision {
  const ignored: RolloutEvent[] = before.phase === 'Healthy' && seen.order !== undefined && seen.order !== before.order
    ? [{ type: 'Warning', reason: 'OrderIgnored', message: 'There is nothing to steer: no new revision is being brought in' }] : []
  return {
    status: {
      phase: 'Healthy', message: `all requests go to revision ${stable.replicaSet}`, stable: stable.hash, ...withOrder(seen.order),
      traffic: [{ hash: stable.hash, replicaSet: stable.replicaSet, weight: 100 }, ...straysOf(seen, [stable])],
    },
    events: [...events, ...ignored], lookAgainMs: undefined,
  }
}

function withOrder(order: string | undefined): Pick<RolloutStatus, 'order'> {
  return order === undefined ? {} : { order }
}

/** Revisions of before that still have pods. */
function straysOf({ current, others }: RolloutSeen, known: readonly RevisionSeen[]): NonNullable<RolloutStatus['traffic']> {
  return [...(current === undefined ? [] : [current]), ...others].filter((revision) => !known.includes(revision) && (revision.wanted > 0 || revision.pods > 0))
    .map(({ hash, replicaSet }) => ({ hash, replicaSet, weight: 0, replicas: 0 }))
}
