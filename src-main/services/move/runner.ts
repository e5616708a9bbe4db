import { sleep } from '../../common/clock.ts'
import { messageOf } from '../../common/errors.ts'
import type { MovePhase, MoveProgress, MoveStepName } from '../../common/contract/index.ts'
import { ClusterSide } from './cluster-side.ts'
import type { MoveParts, Side } from './move-parts.ts'
import { readSecrets } from './read-stack.ts'
import type { MoveRecord, MoveRecords } from './record.ts'
import type { Act } from './steps.ts'
import { actsOf, lastStep, stepsFor, undoActsOf, undoFrom } from './steps.ts'
import { SwarmSide } from './swarm-side.ts'
import { stepText } from './step-text.ts'

/** Connections that were open when the traffic was switched get so long to end by themselves; after that their programs are asked to end, and finish what they are at. */
const OPEN_MS = 3_000
/** What cannot be taken back at once is tried again: a server that is away comes back. */
const UNDO_TRIES = 3
const UNDO_PAUSE_MS = 2_000

/** One move while it is under way here: writes down each step before it begins. */
export class Runner {
  readonly #parts: MoveParts
  readonly #records: MoveRecords
  readonly #tell: (progress: MoveProgress) => void
  #record: MoveRecord

  constructor(parts: MoveParts, records: MoveRecords, record: MoveRecord, tell: (progress: MoveProgress) => void) {
    this.#parts = parts
    this.#records = records
    this.#record = record
    this.#tell = tell
  }

  /** From a step to the end. When one fails, or the signal is aborted, all is taken back, and what it was is thrown. */
  async forward(from: MoveStepName, signal: AbortSignal): Promise<void> {
    const steps = stepsFor(this.#record.parts)
    try {
      for (const step of steps.slice(steps.indexOf(from))) {
        signal.throwIfAborted()
        await this.#note('moving', step, stepText(step, this.#record).message)
        for (const act of actsOf(step, this.#record.parts)) await this.#do(act, 'moving', signal)
      }
      // Its last step is done: from here on taking back is a person's wish.
      await this.#note('moved', lastStep(this.#record.parts), 'The app is moved. What is left at the old place is at rest, until you finish the move.')
    } catch (error) {
      const problem = signal.aborted ? 'It was broken off.' : messageOf(error)
      await this.back(problem)
      throw error
    }
  }

  /** Takes back from the step that the record names. `problem`: why. */
  async back(problem: string | undefined): Promise<void> {
    const never = new AbortController().signal
    for (const step of undoFrom(this.#record.step, this.#record.parts)) {
      await this.#note('takingBack', step, stepText(step, this.#record).undo, problem)
      for (const act of undoActsOf(step, this.#record.parts)) await this.#again(() => this.#do(act, 'takingBack', never))
    }
    await this.#note('takenBack', 'make', 'The old one serves, as before the move.', problem)
  }

  async #again(work: () => Promise<void>): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await work()
      } catch (error) {
        if (tries === UNDO_TRIES) throw error
        await sleep(this.#parts.clock, UNDO_PAUSE_MS)
      }
    }
  }

  async #do(act: Act, phase: MovePhase, signal: AbortSignal): Promise<void> {
    const tell = (message: string): void => this.#say(phase, message)
    const { to } = this.#record.what
    if (act.do === 'traffic') return await this.#cluster().publish((act.to === 'there') === (to === 'kubernetes'), signal)
    const side = this.#side((act.side === 'there') === (to === 'kubernetes'))
    switch (act.do) {
      case 'make':
        // A volume that the engine made would go with its claim.
        await this.#cluster().keepVolumes()
        return await side.make(tell, signal)
      case 'unmake': return await side.unmake(tell, signal)
      case 'start': return await side.start(act.parts, tell, signal)
      case 'stop':
        if (act.side === 'here' && act.parts === this.#record.parts.stateless) await sleep(this.#parts.clock, OPEN_MS, signal)
        return await side.stop(act.parts, tell, signal)
    }
  }

  #side(isCluster: boolean): Side {
    return isCluster ? this.#cluster() : new SwarmSide(this.#parts, this.#record, (made) => this.#made(made))
  }

  #cluster(): ClusterSide {
    return new ClusterSide(this.#parts, this.#record, (made) => this.#made(made), () => readSecrets(this.#parts, this.#record))
  }

  async #made(made: MoveRecord['made']): Promise<void> {
    this.#record = { ...this.#record, made }
    await this.#records.save(this.#record)
  }

  async #note(phase: MovePhase, step: MoveStepName, message: string, problem?: string): Promise<void> {
    const { problem: _, cluster, swarm, ...record } = this.#record
    // What was to be made is needed no more once it is over: secrets may be in it.
    const isOver = phase === 'moved' || phase === 'takenBack'
    this.#record = { ...record, ...(isOver || cluster === undefined ? {} : { cluster }), ...(isOver || swarm === undefined ? {} : { swarm }), phase, step, message, ...(problem === undefined ? {} : { problem }) }
    await this.#records.save(this.#record)
    this.#say(phase, message)
  }

  #say(phase: MovePhase, message: string): void {
    const steps = stepsFor(this.#record.parts)
    const { step } = this.#record
    this.#tell({ phase, step, at: steps.indexOf(step), of: steps.length, message })
  }
}
