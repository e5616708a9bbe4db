import type { Clock } from '../../common/clock.ts'
import type { PlannedMove, Rebalancing, RebalancePlan, RebalanceRun, RebalanceState } from '../../common/contract/index.ts'
import { StatusError } from '../../common/errors.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isRebalanceOver, Rebalances } from '../../common/kube/rebalance.ts'
import type { MoveReason, Rebalance, RebalanceSpec } from '../../common/kube/rebalance.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import type { Client } from '../../engine/client/client.ts'
import type { Informers } from '../../engine/client/informer.ts'
import { deleteIfThere, getIfThere } from '../../engine/client/retry.ts'
import { RebalanceTable } from '../../engine/scheduler/rebalance.ts'
import { watchValue } from '../../common/rpc/watches.ts'
import { refOf } from '../views/refs.ts'

/** What it is made with. */
export interface RebalanceServiceOptions {
  client: Client
  informers: Informers
  clock: Clock
}

/** The names of the objects that the screens write: the one that is begun by hand, and the one that acts by itself. */
const NOW = 'now'
const ALWAYS = 'always'
const WATCH_MS = 200

const WHY: Record<MoveReason, string> = {
  NotAllowed: 'Its own rules speak against that server by now.', Spread: 'Its spread constraints are not kept.',
  Crowded: 'Too many of its app are together.', Uneven: 'That server is fuller than the others.',
}

/** What the screens ask of a rebalance: the plan by the scheduler's rules, and the objects that the controller acts upon. */
export class RebalanceService implements Rebalancing {
  readonly #client: Client
  readonly #informers: Informers
  readonly #clock: Clock
  readonly #table: RebalanceTable

  constructor({ client, informers, clock }: RebalanceServiceOptions) {
    this.#client = client
    this.#informers = informers
    this.#clock = clock
    this.#table = new RebalanceTable(informers)
    informers.for(Rebalances)
  }

  async plan(): Promise<RebalancePlan> {
    await this.#informers.synced()
    const { moves, kept } = await this.#table.plan()
    const planned = ({ pod, from, to: [to = ''], reason }: (typeof moves)[number]): PlannedMove => ({ ref: refOf(pod), from, to, why: { reason, message: WHY[reason] } })
    return { moves: moves.map(planned), kept: kept.map(({ move, why: { reason, message } }) => ({ ...planned(move), because: { reason, message } })) }
  }

  async start(): Promise<void> {
    const before = await getIfThere(this.#client, Rebalances, '', NOW)
    if (before !== undefined && !isRebalanceOver(before)) throw new StatusError('AlreadyExists', 'A rebalance is under way already. Wait until it is over, or stop it.')
    if (before !== undefined) await deleteIfThere(this.#client, Rebalances, before)
    await this.#make(NOW, { when: 'Once' })
  }

  async stop(): Promise<void> {
    await deleteIfThere(this.#client, Rebalances, { metadata: { name: NOW } })
  }

  async keep(on: boolean): Promise<void> {
    if (!on) return void await deleteIfThere(this.#client, Rebalances, { metadata: { name: ALWAYS } })
    if (await getIfThere(this.#client, Rebalances, '', ALWAYS) === undefined) await this.#make(ALWAYS, { when: 'Always' })
  }

  watch(): Stream<RebalanceState> {
    const informer = this.#informers.for(Rebalances)
    const onChange = (listener: () => void): (() => void) => informer.addHandler({ onAdd: listener, onUpdate: listener, onDelete: listener })
    return watchValue({ synced: informer.synced, onChange }, this.#clock, WATCH_MS, () => {
      const run = informer.lister.get('', NOW)
      return { always: informer.lister.list().some(({ spec }) => spec.when === 'Always'), ...(run === undefined ? {} : { run: runOf(run) }) }
    })
  }

  async #make(name: string, spec: RebalanceSpec): Promise<void> {
    await this.#client.create(Rebalances, { apiVersion: 'toque.dev/v1', kind: 'Rebalance', metadata: { name }, spec })
  }
}

function runOf({ status = {} }: Frozen<Rebalance>): RebalanceRun {
  const ref = ({ namespace, pod }: { namespace: string; pod: string }): RebalanceRun['moves'][number]['ref'] => ({ apiVersion: 'v1', kind: 'Pod', namespace, name: pod })
  const done = (status.moves ?? []).map((move) => ({ ref: ref(move), from: move.from, ...(move.to === undefined ? {} : { to: move.to }), over: true }))
  const current = (status.current ?? []).map((move) => ({ ref: ref(move), from: move.from, to: move.to.join(', '), over: false }))
  return { phase: status.phase ?? 'Pending', moves: [...done, ...current], ...(status.message === undefined ? {} : { message: status.message }) }
}
