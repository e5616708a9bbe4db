import type { Autoscaling, AutoscalerSettings, Cluster, ObjectRef, Plan, ScalingTrial } from '../../src-main/common/contract/index.ts'
import type { Clock, Timer } from '../../src-main/common/clock.ts'
import { systemClock } from '../../src-main/common/clock.ts'
import type { AutoscalerField, AutoscalerForm, AutoscalerProblem } from '../lib/autoscaler-form.ts'
import { formOf, problemsOf, settingsFrom } from '../lib/autoscaler-form.ts'
import { sentenceOf } from '../lib/errors.ts'

/** A form is tried on the record when the hand rests; milliseconds. */
const REST_MS = 400

/** Setting an autoscaler: the form, what it would have done over the last hour, and the plan before it is applied. */
export class AutoscalerEdit {
  form = $state<AutoscalerForm>(formOf(undefined, 1))
  /** Someone wanted to go on: from then on problems are shown. */
  tried = $state(false)
  trial = $state.raw<ScalingTrial>()
  /** Why there is no trial: a sentence. */
  trialError = $state('')
  /** What applying it would do; undefined: the form is being filled in. */
  plan = $state.raw<Plan>()
  busy = $state(false)
  readonly #app: ObjectRef
  readonly #autoscaling: Pick<Autoscaling, 'draft' | 'tryOut'>
  readonly #cluster: Pick<Cluster, 'plan'>
  readonly #clock: Clock
  #timer: Timer | undefined
  #asked = 0
  #text = ''

  constructor(app: ObjectRef, parts: { autoscaling: Pick<Autoscaling, 'draft' | 'tryOut'>; cluster: Pick<Cluster, 'plan'> }, clock: Clock = systemClock) {
    this.#app = app
    this.#autoscaling = parts.autoscaling
    this.#cluster = parts.cluster
    this.#clock = clock
  }

  /** Problems by field, once they are to be shown. */
  get problems(): Partial<Record<AutoscalerField, AutoscalerProblem>> {
    return this.tried ? problemsOf(this.form) : {}
  }

  /** Begins with what is set now, or with a proposal around so many replicas. */
  begin(settings: AutoscalerSettings | undefined, replicas: number): void {
    this.form = formOf(settings, replicas)
    this.tried = false
    this.plan = undefined
    this.trial = undefined
    this.trialError = ''
  }

  /** Tries the form on the record of the last hour, when nothing is typed for a moment. The last answer stands meanwhile. */
  tryOut(): void {
    this.#timer?.cancel()
    const settings = settingsFrom(this.form)
    const asked = ++this.#asked
    if (settings === undefined) {
      this.trial = undefined
      return
    }
    this.#timer = this.#clock.setTimeout(() => {
      this.#autoscaling.tryOut(this.#app, settings, 'hour').then(
        (trial) => {
          if (asked !== this.#asked) return
          this.trial = trial
          this.trialError = ''
        },
        (error: unknown) => {
          if (asked === this.#asked) this.trialError = sentenceOf(error)
        },
      )
    }, REST_MS)
  }

  /** Shows what applying the form would do. False: something is wrong with the form, which says where. */
  async review(): Promise<boolean> {
    this.tried = true
    const settings = settingsFrom(this.form)
    if (settings === undefined) return false
    this.busy = true
    try {
      this.#text = await this.#autoscaling.draft(this.#app, { type: 'autoscaler', settings })
      this.plan = await this.#cluster.plan(this.#text)
    } catch (error) {
      this.plan = { changes: [], problems: [{ severity: 'error', message: sentenceOf(error) }] }
    } finally {
      this.busy = false
    }
    return true
  }

  /** Back to the form; nothing typed is lost. */
  back(): void {
    this.plan = undefined
  }

  /** Applies what was reviewed. True: it is done. `apply` gives the plan with problems, or undefined, when it is not. */
  async apply(apply: (yaml: string) => Promise<Plan | undefined>): Promise<boolean> {
    this.busy = true
    const done = await apply(this.#text)
    this.busy = false
    if (done !== undefined && done.problems.length > 0) this.plan = done
    return done !== undefined && done.problems.length === 0
  }

  stop(): void {
    this.#timer?.cancel()
    this.#asked++
  }
}
