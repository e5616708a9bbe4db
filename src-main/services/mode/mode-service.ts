import type { Cluster, ClusterMode, Modes } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { LiveValue } from '../../common/rpc/live-value.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import type { KeptMode } from './kept-mode.ts'

export interface ModeOptions {
  readonly kubernetes: Cluster
  /** The swarm of the known servers; it is followed from the first time it is asked for. */
  swarm(): Cluster
  /** Where the choice is kept. */
  readonly kept: KeptMode
}

/** Which cluster the screens are served from. Both run on in either mode. */
export class ModeService implements Modes {
  readonly #o: ModeOptions
  readonly #mode: LiveValue<ClusterMode>

  constructor(options: ModeOptions) {
    this.#o = options
    const mode = options.kept.read()
    this.#mode = new LiveValue(mode ?? 'kubernetes')
    // A desk that has shown its swarm once looks after it from then on.
    if (mode !== undefined) options.swarm()
  }

  /** The cluster of the present mode. */
  get current(): Cluster {
    return this.#mode.get() === 'swarm' ? this.#o.swarm() : this.#o.kubernetes
  }

  watch(): Stream<ClusterMode> {
    return this.#mode.stream()
  }

  choose(mode: ClusterMode): Promise<void> {
    // The page is a program of its own: its word is checked.
    if (mode !== 'kubernetes' && mode !== 'swarm') return Promise.reject(badRequest(`There is no mode "${String(mode)}": it is kubernetes or swarm.`))
    if (mode !== this.#mode.get()) {
      this.#o.kept.write(mode)
      this.#mode.set(mode)
    }
    return Promise.resolve()
  }
}

/** An object whose methods are at each call those of whatever `current` gives then. */
export function switched<T extends object>(current: () => T): T {
  return new Proxy({} as T, {
    get: (_, name) => {
      const target = current()
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value as (...args: unknown[]) => unknown).bind(target) : value
    },
  })
}
