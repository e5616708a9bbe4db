import type { Cluster, Plan, Problem } from '../../src-main/common/contract/index.ts'
import { systemClock, type Clock, type Timer } from '../../src-main/common/clock.ts'
import { sentenceOf } from '../lib/errors.ts'

const CHECK_AFTER_MS = 600

/** A text that is edited, checked by the server as it is typed, reviewed, and then applied. */
export class Draft {
  text = $state('')
  original = $state('')
  ready = $state(false)
  checking = $state(false)
  reviewing = $state(false)
  /** The plan of this very text has been shown. */
  reviewed = $state(false)
  /** Why the server could not be asked: a sentence, or ''. */
  checkFailed = $state('')
  plan = $state.raw<Plan>()
  problems = $state.raw<readonly Problem[]>([])
  readonly dirty = $derived(this.text !== this.original)
  readonly #cluster: Pick<Cluster, 'plan'>
  readonly #keep: (text: string, original: string) => void
  readonly #clock: Clock
  #timer: Timer | undefined
  #run = 0

  /** `keep` is told of each change, so that nothing typed is lost. */
  constructor(cluster: Pick<Cluster, 'plan'>, keep: (text: string, original: string) => void, clock: Clock = systemClock) {
    this.#cluster = cluster
    this.#keep = keep
    this.#clock = clock
  }

  /** Begins with `text`; `original` is what the server has. */
  open(original: string, text: string): void {
    this.original = original
    this.text = text
    this.ready = true
    this.#later(0)
  }

  edit(text: string): void {
    if (text === this.text) return
    this.text = text
    this.reviewed = false
    this.#keep(text, this.original)
    this.#later(CHECK_AFTER_MS)
  }

  /** Asks now and shows what an apply would do. */
  async review(): Promise<void> {
    this.reviewing = true
    await this.#check()
    this.reviewing = false
    this.reviewed = this.checkFailed === '' && !this.problems.some((p) => p.severity === 'error')
  }

  /** What the text means has changed, though the text has not. */
  recheck(): void {
    this.reviewed = false
    this.#later(0)
  }

  closeReview(): void {
    this.reviewed = false
  }

  /** What the server said to an apply. */
  answered(plan: Plan): void {
    this.plan = plan
    this.problems = plan.problems
  }

  stop(): void {
    this.#timer?.cancel()
    this.#run++
  }

  #later(ms: number): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.setTimeout(() => void this.#check(), ms)
  }

  async #check(): Promise<void> {
    this.#timer?.cancel()
    const run = ++this.#run
    this.checking = true
    try {
      const plan = await this.#cluster.plan(this.text)
      // Typed on meanwhile: another check is coming.
      if (run !== this.#run) return
      this.checkFailed = ''
      this.answered(plan)
    } catch (error) {
      if (run === this.#run) this.checkFailed = sentenceOf(error)
    } finally {
      if (run === this.#run) this.checking = false
    }
  }
}
