import type { Examination, SwarmDoctor } from '../../src-main/common/contract/index.ts'
import { Answer } from './answer.svelte.ts'

/** What the doctor last found. It looks only when it is asked to; what it found stays until it looks again, whichever page is open. */
export class Checkup {
  readonly exam = new Answer<Examination>()
  busy = $state(false)
  readonly #doctor: SwarmDoctor

  constructor(doctor: SwarmDoctor) {
    this.#doctor = doctor
  }

  /** Looks at everything. Nothing while it does so already. */
  async examine(): Promise<void> {
    if (this.busy) return
    this.busy = true
    await this.exam.ask(() => this.#doctor.examine(), { stay: true })
    this.busy = false
  }

  /** Keeps a service where its data is, then looks again. Rejects with why it could not. */
  async pin(service: string, node: string): Promise<void> {
    await this.#doctor.pinService(service, node)
    void this.examine()
  }
}
