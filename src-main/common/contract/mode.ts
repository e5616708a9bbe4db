import type { Stream } from '../rpc/stream.ts'

/** Which of the two worlds the screens speak of: the pods of Toque's own engine, or a real Docker Swarm. Both go on running whichever is shown. */
export type ClusterMode = 'kubernetes' | 'swarm'

/** The mode of this desk, and how it is changed. */
export interface Modes {
  /** The present mode, then each change, whoever made it. */
  watch(): Stream<ClusterMode>
  /** From its answer on `cluster` is the other one; no container is touched. Open streams go on as they were: open them anew. */
  choose(mode: ClusterMode): Promise<void>
}
