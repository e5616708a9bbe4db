import type { Driving, DrivingState, TakeOverPlan, TakeOverStep } from '../../src-main/common/contract/index.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'
import { LiveValue } from '../../src-main/common/rpc/live-value.ts'
import type { Scenario } from './scenario.ts'

/** Who drives the fake cluster: this desk, or in the scenario `looks-on` another one, which can be taken over. */
export class FakeDriving implements Driving {
  readonly #state: LiveValue<DrivingState>
  readonly #stepMs: number

  constructor(scenario: Scenario, stepMs = 700) {
    this.#stepMs = stepMs
    const looksOn: DrivingState = { drives: false, driver: 'mina@studio', why: { reason: 'Joined', message: 'The cluster is driven by mina@studio.' }, source: 'kitchen-2', copies: [], recoveryKey: 'kept' }
    const drives: DrivingState = { drives: true, driver: 'chef@laptop', copies: [{ node: 'kitchen-1', upToDate: true }, { node: 'kitchen-2', upToDate: true }], recoveryKey: 'made' }
    this.#state = new LiveValue(scenario === 'looks-on' ? looksOn : drives)
  }

  watch(): Stream<DrivingState> {
    return this.#state.stream()
  }

  recoveryKey(): Promise<string> {
    return Promise.resolve('K7Q2-9MZT-4R8W-XC1D-0HVN-PB6E-5JYG-A3SF-2KMQ')
  }

  recoveryKeyKept(): Promise<void> {
    this.#state.set({ ...this.#state.get(), recoveryKey: 'kept' })
    return Promise.resolve()
  }

  async takeOverPlan(): Promise<TakeOverPlan> {
    await this.#pause()
    return {
      driver: 'mina@studio', driverSeenAgoMs: 2_000, restores: false,
      servers: [{ name: 'kitchen-1', answers: true, copy: true }, { name: 'kitchen-2', answers: true, copy: true }, { name: 'pantry', answers: false, copy: false, problem: '192.168.0.20, port 22 does not answer. Is the server on, and does its firewall let this port through?' }],
    }
  }

  async *takeOver(): AsyncGenerator<TakeOverStep> {
    yield { step: 'look', message: 'Asking the servers who drives, and how new their copies are' }
    await this.#pause()
    yield { step: 'restore', message: 'Restoring the state from the copy on kitchen-1' }
    await this.#pause()
    yield { step: 'drive', message: 'Taking the servers over' }
    await this.#pause()
    this.#state.set({ drives: true, driver: 'chef@laptop', copies: [{ node: 'kitchen-1', upToDate: true }, { node: 'kitchen-2', upToDate: true }], recoveryKey: 'kept' })
    yield { step: 'done', message: 'This desk drives the cluster' }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#stepMs))
  }
}
