import type { ServerRemoval as Removal, Servers } from '../../src-main/common/contract/index.ts'
import { sentenceOf } from '../lib/errors.ts'
import { m } from '../paraglide/messages.js'
import { withToast } from './with-toast.ts'

/** Taking a server out of the cluster: first what it would do, then doing it. */
export class ServerRemoval {
  plan = $state.raw<Removal>()
  /** Why the plan could not be made: a sentence, or ''. */
  error = $state('')
  drain = $state(true)
  busy = $state(false)
  readonly name: string
  readonly #servers: Servers

  constructor(servers: Servers, name: string) {
    this.#servers = servers
    this.name = name
  }

  async load(): Promise<void> {
    this.error = ''
    try {
      this.plan = await this.#servers.removal(this.name)
    } catch (error) {
      this.error = sentenceOf(error)
    }
  }

  /** True when it is out. It goes on when nobody looks any more; a toast tells how it ended. */
  async run(): Promise<boolean> {
    if (this.busy) return false
    this.busy = true
    const drain = this.drain && (this.plan?.pods.length ?? 0) > 0
    const done = await withToast(() => this.#servers.remove(this.name, { drain }), m.done_server_removed({ name: this.name }))
    this.busy = false
    return done
  }
}
