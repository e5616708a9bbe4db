import type { Cluster, ClusterMode, Modes } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { LiveValue } from '../../common/rpc/live-value.ts'
import type { Stream } from '../../common/rpc/stream.ts'

/** A cluster that is followed, and how it is let go of. */
export interface OpenCluster {
  readonly cluster: Cluster
  close(): Promise<void>
}

export interface ModeOptions {
  readonly kubernetes: Cluster
  /** Begins to follow the swarm of the known servers. */
  openSwarm(): OpenCluster
  /** Where the choice is kept. */
  readonly kept: { read(): ClusterMode; write(mode: ClusterMode): void }
}

/** Which cluster the screens are served from. The engine's runs on in either mode; the swarm is followed only while it is shown. */
export class ModeService implements Modes {
  readonly #o: ModeOptions
  readonly #mode: LiveValue<ClusterMode>
  #swarm: OpenCluster | undefined

  constructor(options: ModeOptions) {
    this.#o = options
    const mode = options.kept.read()
    this.#mode = new LiveValue(mode)
    if (mode === 'swarm') this.#swarm = options.openSwarm()
  }

  /** The cluster of the present mode. */
  get current(): Cluster {
    return this.#swarm?.cluster ?? this.#o.kubernetes
  }

  watch(): Stream<ClusterMode> {
    return this.#mode.stream()
  }

  async choose(mode: ClusterMode): Promise<void> {
    // The page is a program of its own: its word is checked.
    if (mode !== 'kubernetes' && mode !== 'swarm') throw badRequest(`There is no mode "${String(mode)}": it is kubernetes or swarm.`)
    if (mode === this.#mode.get()) return
    this.#o.kept.write(mode)
    const before = this.#swarm
    this.#swarm = mode === 'swarm' ? this.#o.openSwarm() : undefined
    this.#mode.set(mode)
    await before?.close()
  }

  async stop(): Promise<void> {
    await this.#swarm?.close()
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
