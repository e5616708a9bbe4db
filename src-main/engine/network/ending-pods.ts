import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { newlyDrained } from './drained.ts'
import type { Applied } from './drained.ts'

/** The pods whose deletion has begun, and which of them have been called drained. */
export class EndingPods {
  readonly #pods = new Map<string, Frozen<Pod>>()
  readonly #told = new Set<string>()

  /** True: its deletion is news, and the rules have to change. */
  note(pod: Frozen<Pod>): boolean {
    if (pod.metadata.deletionTimestamp === undefined) return false
    const news = !this.#pods.has(pod.metadata.uid)
    this.#pods.set(pod.metadata.uid, pod)
    return news
  }

  /** Its object is gone. */
  forget(pod: Frozen<Pod>): void {
    this.#pods.delete(pod.metadata.uid)
    this.#told.delete(pod.metadata.uid)
  }

  list(): Frozen<Pod>[] {
    return [...this.#pods.values()]
  }

  /** Those that have left the rules of all nodes (see `newlyDrained`), each once. Without nodes, none. */
  drained(nodes: readonly (Applied | undefined)[]): Frozen<Pod>[] {
    if (nodes.length === 0) return []
    const news = newlyDrained(this.list(), nodes).filter((pod) => !this.#told.has(pod.metadata.uid))
    for (const pod of news) this.#told.add(pod.metadata.uid)
    return news
  }
}
