import type { SwarmNode, SwarmService, SwarmTask } from '../docker/types.ts'

/** What the extras see of a swarm. Services are written back whole, from a fresh read. */
export interface SwarmPicture {
  services(): readonly SwarmService[]
  tasks(): readonly SwarmTask[]
  nodes(): readonly SwarmNode[]
  /** Calls `listener` after anything changed; the returned function ends that. */
  onChange(listener: () => void): () => void
}
