import type { Guide, PresentCluster, Recommendation } from '../../src-main/common/contract/index.ts'
import { LEAST, type Needs } from '../../src-main/common/which-mode.ts'
import { Answer } from './answer.svelte.ts'

type Numeric = { [K in keyof Needs]: Needs[K] extends number ? K : never }[keyof Needs]

/** The questions of the guide that are numbers. */
export const NUMBERS = (Object.keys(LEAST) as (keyof Needs)[]).filter((id): id is Numeric => typeof LEAST[id] === 'number')

/** A talk about which mode fits: answers, and what they come to, anew at each answer. What can be read of the present cluster is answered already. */
export class GuideTalk {
  /** As typed; '' is no answer. */
  readonly typed: Record<Numeric, string> = $state({ people: '', servers: '', services: '', users: '' })
  chosen: Partial<Needs> = $state.raw({})
  readonly recommendation = new Answer<Recommendation>()
  readonly present = new Answer<PresentCluster>()
  readonly #guide: Guide

  constructor(guide: Guide) {
    this.#guide = guide
  }

  /** What counts: the choices, and numbers that are ones. */
  get answers(): Partial<Needs> {
    const numbers = NUMBERS.flatMap((id): [Numeric, number][] => (this.#isNumber(id) ? [[id, Number(this.typed[id])]] : []))
    return { ...this.chosen, ...Object.fromEntries(numbers) }
  }

  /** Something is typed there that is no number. */
  isWrong(id: Numeric): boolean {
    return this.typed[id].trim() !== '' && !this.#isNumber(id)
  }

  /** Reads the present cluster once and begins with what it answers. */
  async begin(): Promise<void> {
    await this.present.ask(() => this.#guide.present({}))
    const { servers, services, ...choices } = this.present.value?.answers ?? {}
    // An empty cluster says nothing of what somebody wants.
    if (servers !== undefined && servers > 0) this.typed.servers = String(servers)
    if (services !== undefined && services > 0) this.typed.services = String(services)
    const told = Object.entries(choices).filter(([id, answer]) => answer !== undefined && answer !== LEAST[id as keyof Needs])
    this.chosen = Object.fromEntries(told)
    await this.ask()
  }

  async ask(): Promise<void> {
    const { answers } = this
    await Promise.all([this.recommendation.ask(() => this.#guide.recommend(answers), { stay: true }), this.present.ask(() => this.#guide.present(answers), { stay: true })])
  }

  choose<K extends keyof Needs>(id: K, answer: Needs[K]): Promise<void> {
    this.chosen = { ...this.chosen, [id]: answer }
    return this.ask()
  }

  #isNumber(id: Numeric): boolean {
    return /^[1-9]\d{0,8}$/.test(this.typed[id].trim())
  }
}
