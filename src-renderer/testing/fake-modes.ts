import type { ClusterMode, Modes } from '../../src-main/common/contract/index.ts'
import { LiveValue } from '../../src-main/common/rpc/live-value.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'

/** The mode, kept in memory; the cluster behind it stays the same. */
export class FakeModes implements Modes {
  readonly #mode: LiveValue<ClusterMode>

  constructor(mode: ClusterMode = 'kubernetes') {
    this.#mode = new LiveValue(mode)
  }

  watch(): Stream<ClusterMode> {
    return this.#mode.stream()
  }

  choose(mode: ClusterMode): Promise<void> {
    this.#mode.set(mode)
    return Promise.resolve()
  }
}
