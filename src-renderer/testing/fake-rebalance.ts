import type { PlannedMove, Rebalancing, RebalancePlan, RebalanceRun, RebalanceState } from '../../src-main/common/contract/index.ts'
import { StatusError } from '../../src-main/common/errors.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'
import { Signal, values } from './fake-streams.ts'
import type { FakeWorld } from './fake-world.ts'

const CROWDED = { reason: 'Crowded', message: 'Too many of its app are together.' }
const UNEVEN = { reason: 'Uneven', message: 'That server is fuller than the others.' }

/** A rebalance of the fake world: one pod of each of two apps would move, one step each `stepMs`. `fails`: nothing can be asked. */
export class FakeRebalance implements Rebalancing {
  readonly #world: FakeWorld
  readonly #stepMs: number
  readonly #fails: boolean
  readonly #signal = new Signal()
  #state: RebalanceState = { always: false }
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(world: FakeWorld, { stepMs = 900, fails = false }: { stepMs?: number; fails?: boolean } = {}) {
    this.#world = world
    this.#stepMs = stepMs
    this.#fails = fails
  }

  async plan(): Promise<RebalancePlan> {
    await new Promise((resolve) => setTimeout(resolve, 60))
    if (this.#fails) throw new StatusError('InternalError', 'The disk that holds /home/chef/.toque is full. Nothing was changed; make room there and try again.')
    if (this.#state.run?.phase === 'Done') return { moves: [], kept: [] }
    const of = (app: string, why: PlannedMove['why']): PlannedMove[] => this.#world.pods.filter((p) => p.app?.name === app && p.node === 'kitchen-1').slice(0, 1).map(({ ref, node }) => ({ ref, from: node, to: 'kitchen-2', why }))
    return {
      moves: [...of('my-website-deployment', CROWDED), ...of('menu-api', CROWDED), ...of('cache', UNEVEN)],
      kept: [...of('orders-db', UNEVEN).map((move) => ({ ...move, because: { reason: 'LocalData', message: 'The data of its claim "orders" is on this server. Move that volume, and the pod goes with it.' } })), ...of('pdf-export', UNEVEN).map((move) => ({ ...move, because: { reason: 'OnlyOne', message: 'It is the only one of its app, which would be away meanwhile; toque.dev/rebalance: "true" lets it.' } }))],
    }
  }

  async start(): Promise<void> {
    const { phase } = this.#state.run ?? {}
    if (phase === 'Running' || phase === 'Pending') throw new StatusError('AlreadyExists', 'A rebalance is under way already. Wait until it is over, or stop it.')
    const { moves } = await this.plan()
    this.#set({ phase: 'Pending', moves: [] })
    this.#step(moves, 0)
  }

  async stop(): Promise<void> {
    await Promise.resolve()
    clearTimeout(this.#timer)
    const { run: _, ...state } = this.#state
    this.#state = state
    this.#signal.fire()
  }

  async keep(on: boolean): Promise<void> {
    await Promise.resolve()
    this.#state = { ...this.#state, always: on }
    this.#signal.fire()
  }

  watch(): Stream<RebalanceState> {
    return values(this.#signal, () => this.#state)
  }

  #step(moves: PlannedMove[], i: number): void {
    this.#timer = setTimeout(() => {
      const list = moves.slice(0, i + 1).map(({ ref, from, to }, k) => ({ ref, from, to, over: k < i }))
      if (i < moves.length) this.#set({ phase: 'Running', moves: list })
      else this.#set({ phase: 'Done', message: `${String(moves.length)} of the pods were moved; nothing else would be better elsewhere.`, moves: list })
      if (i < moves.length) this.#step(moves, i + 1)
    }, this.#stepMs)
  }

  #set(run: RebalanceRun): void {
    this.#state = { ...this.#state, run }
    this.#signal.fire()
  }
}
