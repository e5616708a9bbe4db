import type { MovePlan, MoveProgress, MoveRequest, Moves, MoveState, MoveStepName } from '../../common/contract/index.ts'
import { badRequest, StatusError } from '../../common/errors.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Push } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import { watchValue } from '../../common/rpc/watches.ts'
import { ClusterSide } from './cluster-side.ts'
import type { MoveParts } from './move-parts.ts'
import { planMove } from './plan-move.ts'
import { MoveRecords } from './record.ts'
import type { MoveRecord } from './record.ts'
import { Runner } from './runner.ts'
import { lastStep } from './steps.ts'
import { SwarmSide } from './swarm-side.ts'

const INTERVAL_MS = 100

/** Moves apps between the two modes, for the screens. */
export class MoveService implements Moves {
  readonly #parts: MoveParts
  readonly #records: MoveRecords
  /** Those that this engine is at; a record that says it is under way, and is not here, was left by one that ended. */
  readonly #running = new Set<string>()
  readonly #listeners = new Set<() => void>()

  constructor(parts: MoveParts) {
    this.#parts = parts
    this.#records = new MoveRecords(parts.client, parts.informers)
  }

  watch(): Stream<MoveState[]> {
    const changes = { synced: this.#records.synced, onChange: (listener: () => void) => {
      const deafen = this.#records.onChange(listener)
      this.#listeners.add(listener)
      return () => {
        deafen()
        this.#listeners.delete(listener)
      }
    } }
    return watchValue(changes, this.#parts.clock, INTERVAL_MS, () => this.#records.list().map((record) => this.#stateOf(record)))
  }

  async plan(what: MoveRequest): Promise<MovePlan> {
    const { plan, record } = await planMove(this.#parts, what)
    const before = await this.#records.get(record.stack)
    return before === undefined || isOver(before) ? plan : { ...plan, problems: [...plan.problems, { severity: 'error', message: underWay(record.stack) }] }
  }

  run(what: MoveRequest): Stream<MoveProgress> {
    return makeStream(async (push, signal) => {
      const { plan, record } = await planMove(this.#parts, what)
      const errors = plan.problems.filter(({ severity }) => severity === 'error')
      if (errors.length > 0) throw badRequest(errors.map(({ message }) => message).join('\n'))
      await this.#alone(record.stack, async () => {
        const before = await this.#records.get(record.stack)
        if (before !== undefined && !isOver(before)) throw new StatusError('Conflict', underWay(record.stack))
        signal.throwIfAborted()
        await this.#runner(record, push).forward('make', signal)
      })
    })
  }

  goOn(id: string): Stream<MoveProgress> {
    return makeStream((push, signal) => this.#alone(id, async () => {
      const record = await this.#recordOf(id)
      if (isOver(record)) throw badRequest(`The move of ${id} is over: there is nothing to go on with.`)
      if (record.phase === 'takingBack') throw badRequest(`The move of ${id} was being taken back: it can only be taken back on.`)
      await this.#runner(record, push).forward(record.step, signal)
    }))
  }

  takeBack(id: string): Stream<MoveProgress> {
    return makeStream((push) => this.#alone(id, async () => {
      const record = await this.#recordOf(id)
      if (record.phase === 'takenBack') throw badRequest(`The move of ${id} is taken back already.`)
      const from: MoveStepName = record.phase === 'moved' ? lastStep(record.parts) : record.step
      await this.#runner({ ...record, step: from }, push).back(record.problem)
    }))
  }

  async finish(id: string): Promise<void> {
    await this.#alone(id, async () => {
      const record = await this.#recordOf(id)
      if (!isOver(record)) throw badRequest(`The move of ${id} is not over: go on with it, or take it back.`)
      if (record.phase === 'moved') {
        const keep = (): Promise<void> => Promise.resolve()
        if (record.what.to === 'kubernetes') await new SwarmSide(this.#parts, record, keep).remove()
        else await new ClusterSide(this.#parts, record, keep, () => Promise.resolve([])).remove(record.old)
      }
      await this.#records.remove(id)
    })
  }

  #runner(record: MoveRecord, push: Push<MoveProgress>): Runner {
    // Nobody need be there to hear it.
    return new Runner(this.#parts, this.#records, record, (progress) => void push(progress))
  }

  async #recordOf(id: string): Promise<MoveRecord> {
    const record = await this.#records.get(id)
    if (record === undefined) throw new StatusError('NotFound', `There is no move of ${id}.`)
    return record
  }

  /** One at a time of each app. */
  async #alone(id: string, work: () => Promise<void>): Promise<void> {
    if (this.#running.has(id)) throw new StatusError('Conflict', underWay(id))
    this.#running.add(id)
    try {
      // What is asked of both sides is asked of the swarm as it is.
      await this.#parts.swarm().state.synced
      await work()
    } finally {
      this.#running.delete(id)
      for (const listener of [...this.#listeners]) listener()
    }
  }

  #stateOf({ stack, what, phase, step, message, problem }: MoveRecord): MoveState {
    const left = (phase === 'moving' || phase === 'takingBack') && !this.#running.has(stack)
    return { id: stack, what, phase: left ? 'interrupted' : phase, step, message, ...(problem === undefined ? {} : { problem }) }
  }
}

function isOver({ phase }: MoveRecord): boolean {
  return phase === 'moved' || phase === 'takenBack'
}

function underWay(id: string): string {
  return `A move of ${id} is under way, or was left in the middle: go on with it, or take it back.`
}
