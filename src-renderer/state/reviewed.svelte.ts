import type { Cluster, Plan } from '../../src-main/common/contract/index.ts'
import { sentenceOf } from '../lib/errors.ts'

/** Documents that are looked at as a plan before they are applied. */
export class Reviewed {
  /** What applying them would do; undefined: nothing was asked yet. */
  plan = $state.raw<Plan>()
  busy = $state(false)
  #text = ''
  #asked = 0
  readonly #cluster: Pick<Cluster, 'plan'>

  constructor(cluster: Pick<Cluster, 'plan'>) {
    this.#cluster = cluster
  }

  get blocked(): boolean {
    return this.plan === undefined || this.plan.problems.some((p) => p.severity === 'error')
  }

  /** Works out what the text would do. Why it cannot be told is in the plan. Never rejects. */
  async review(text: string): Promise<void> {
    const asked = ++this.#asked
    this.#text = text
    this.busy = true
    const plan = await this.#cluster.plan(text).catch((error: unknown): Plan => ({ changes: [], problems: [{ severity: 'error', message: sentenceOf(error) }] }))
    if (asked !== this.#asked) return
    this.plan = plan
    this.busy = false
  }

  /** Back to where the text was made. */
  back(): void {
    this.#asked++
    this.plan = undefined
    this.busy = false
  }

  /** Applies what was reviewed. True: it is done; else the plan says what is wrong. */
  async apply(apply: (text: string) => Promise<Plan | undefined>): Promise<boolean> {
    this.busy = true
    const done = await apply(this.#text)
    this.busy = false
    if (done === undefined) return false
    if (done.problems.some((p) => p.severity === 'error')) this.plan = done
    return this.plan !== done
  }
}
