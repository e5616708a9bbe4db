import { timestamp } from '../../../common/clock.ts'
import type { Node, Taint } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'

/**
 * When NoExecute taints that do not say it themselves were first seen: those that people set. tolerationSeconds count from then, as upstream's do. Held in
 * memory alone: an engine that starts gives them their whole time again.
 */
export class TaintTimes {
  /** By node, then by taint; RFC 3339. */
  readonly #seen = new Map<string, ReadonlyMap<string, string>>()

  /** The taints of a node as it is at `now` (milliseconds since the epoch), each NoExecute one with a time; what the node has no longer is forgotten. */
  dated({ metadata: { name }, spec }: Frozen<Node>, now: number): readonly Taint[] {
    const before = this.#seen.get(name)
    const seen = new Map<string, string>()
    const taints = (spec?.taints ?? []).map((taint): Taint => {
      if (taint.effect !== 'NoExecute' || taint.timeAdded !== undefined) return taint
      const id = `${taint.key}=${taint.value ?? ''}`
      const timeAdded = before?.get(id) ?? timestamp(now)
      seen.set(id, timeAdded)
      return { ...taint, timeAdded }
    })
    if (seen.size > 0) this.#seen.set(name, seen)
    else this.#seen.delete(name)
    return taints
  }

  /** The node is gone. */
  forget(name: string): void {
    this.#seen.delete(name)
  }
}
