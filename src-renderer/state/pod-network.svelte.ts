import type { NetworkMode, Servers } from '../../src-main/common/contract/index.ts'
import { sentenceOf } from '../lib/errors.ts'
import { m } from '../paraglide/messages.js'
import { withToast } from './with-toast.ts'

/** Choosing how pods on different nodes reach each other: what is asked for now, then another way. */
export class PodNetwork {
  /** What the form shows; undefined until it is read. */
  mode = $state<NetworkMode>()
  /** What stands there instead of a choice, or ''. */
  nonsense = $state('')
  /** Why it could not be read: a sentence, or ''. */
  error = $state('')
  busy = $state(false)
  readonly #servers: Pick<Servers, 'podNetwork' | 'choosePodNetwork'>
  #saved: NetworkMode | undefined

  constructor(servers: Pick<Servers, 'podNetwork' | 'choosePodNetwork'>) {
    this.#servers = servers
  }

  get changed(): boolean {
    return this.mode !== undefined && this.mode !== this.#saved
  }

  async load(): Promise<void> {
    this.error = ''
    try {
      const { mode, text = '' } = await this.#servers.podNetwork()
      this.#saved = mode
      this.nonsense = text
      this.mode = mode ?? 'auto'
    } catch (error) {
      this.error = sentenceOf(error)
    }
  }

  /** True when it is asked for. A toast tells how it ended. */
  async save(): Promise<boolean> {
    const { mode } = this
    if (this.busy || mode === undefined) return false
    this.busy = true
    const done = await withToast(() => this.#servers.choosePodNetwork(mode), m.done_pod_network())
    this.busy = false
    return done
  }
}
