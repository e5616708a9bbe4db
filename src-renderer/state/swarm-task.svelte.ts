import type { SwarmChange, SwarmMembership, SwarmPlan, SwarmProgress } from '../../src-main/common/contract/index.ts'
import { sentenceOf } from '../lib/errors.ts'
import { Answer } from './answer.svelte.ts'

/** Where a step of the plan stands. `asked`: nobody waits for it any more, but Docker was asked for it and goes on by itself. */
export type StepState = 'waiting' | 'now' | 'done' | 'failed' | 'asked'

/** What has no end at which it is "so already". */
const ANEW: ReadonlySet<SwarmChange['type']> = new Set(['rotateCa', 'rotateToken', 'rotateUnlockKey'])

/** One change of the swarm as its dialog follows it: what it would do, then how it is done, step by step. It is not begun again by itself. */
export class SwarmTask {
  readonly plan = new Answer<SwarmPlan>()
  progress = $state.raw<SwarmProgress>()
  state = $state<'planned' | 'running' | 'done' | 'failed' | 'stopped'>('planned')
  /** Why it failed: a sentence. */
  error = $state('')
  readonly #service: SwarmMembership
  #change: SwarmChange | undefined
  #iterator: AsyncIterator<SwarmProgress> | undefined

  constructor(service: SwarmMembership) {
    this.#service = service
  }

  /** There is something to do, and nothing against it. */
  get isReady(): boolean {
    const plan = this.plan.value
    return this.state === 'planned' && plan !== undefined && plan.refused === undefined && plan.steps.length > 0
  }

  /** A look may find something left to do. Not where a stopped one is done anew each time: that would ask for a second one beside what goes on by itself. */
  get hasRest(): boolean {
    return this.state === 'failed' || (this.state === 'stopped' && (this.progress === undefined || !ANEW.has(this.#change?.type ?? 'init')))
  }

  /** The plan's steps with where each stands. While it runs there may be more to say of the one that is under way. */
  get steps(): { message: string; state: StepState; part?: { done: number; total: number } }[] {
    const at = this.progress?.step ?? 0
    return (this.plan.value?.steps ?? []).map(({ message }, i) => {
      if (this.state === 'planned') return { message, state: 'waiting' }
      if (this.state === 'done' || i < at) return { message, state: 'done' }
      if (i > at) return { message, state: 'waiting' }
      if (this.state === 'stopped') return { message, state: this.progress === undefined ? 'waiting' : 'asked' }
      const { part } = this.progress ?? {}
      return { message, state: this.state === 'failed' ? 'failed' : 'now', ...(part === undefined ? {} : { part }) }
    })
  }

  /** Works out what a change would do as things are now. */
  async look(change: SwarmChange): Promise<void> {
    this.leave()
    this.#change = change
    this.state = 'planned'
    await this.plan.ask(() => this.#service.plan(change))
  }

  /** Does what was planned. True: all of it is done. */
  async start(): Promise<boolean> {
    if (!this.isReady || this.#change === undefined) return false
    this.state = 'running'
    this.error = ''
    const iterator = this.#service.run(this.#change)[Symbol.asyncIterator]()
    this.#iterator = iterator
    try {
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
        if (this.#iterator !== iterator) return false
        this.progress = next.value
      }
      if (this.#iterator !== iterator) return false
      this.state = 'done'
      return true
    } catch (error) {
      if (this.#iterator !== iterator) return false
      this.state = 'failed'
      this.error = sentenceOf(error)
      return false
    }
  }

  /** Nothing more is begun; what is done stays done. */
  stop(): void {
    if (this.state !== 'running') return
    this.#drop()
    this.state = 'stopped'
  }

  /** Nobody looks any more. */
  leave(): void {
    this.plan.leave()
    this.#drop()
    this.progress = undefined
    this.error = ''
  }

  #drop(): void {
    const iterator = this.#iterator
    this.#iterator = undefined
    // The source may be waiting for its next item: nobody waits for it to end.
    void iterator?.return?.().catch(() => undefined)
  }
}
