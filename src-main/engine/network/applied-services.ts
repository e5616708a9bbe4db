import type { Service } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { keyOf } from '../../common/kube/object.ts'

/** What one node's kernel was last given: the revisions of Services (by `namespace/name`), and the addresses that new connections go to. */
interface Given {
  readonly revisions: ReadonlyMap<string, number>
  readonly serving: ReadonlySet<string>
}

/** Knows what the nodes' kernels have, for who must not go on before they do. */
export class AppliedServices {
  readonly #nodes = new Map<string, Given>()
  readonly #waiting = new Set<() => void>()

  /** A node's kernel has the rules of these Services. */
  applied(node: string, services: readonly Frozen<Service>[], serving: ReadonlySet<string>): void {
    this.#nodes.set(node, { revisions: new Map(services.map((service) => [keyOf(service), Number(service.metadata.resourceVersion)])), serving })
    this.look()
  }

  /** A node is not kept any more. */
  forget(node: string): void {
    this.#nodes.delete(node)
    this.look()
  }

  /** Other nodes may be silent now. */
  look(): void {
    for (const wake of [...this.#waiting]) wake()
  }

  /** Resolves when all these nodes have rules of the Services at these revisions or later, and lead connections to the addresses. Rejects with the signal's reason. */
  until(nodes: () => readonly string[], services: ReadonlyMap<string, string>, addresses: readonly string[], signal: AbortSignal): Promise<void> {
    const has = (node: string): boolean => {
      const given = this.#nodes.get(node)
      return given !== undefined && [...services].every(([key, revision]) => (given.revisions.get(key) ?? -1) >= Number(revision)) && addresses.every((address) => given.serving.has(address))
    }
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(look)
        signal.removeEventListener('abort', abort)
      }
      const abort = (): void => {
        end()
        reject(signal.reason as Error)
      }
      const look = (): void => {
        if (!nodes().every(has)) return
        end()
        resolve()
      }
      if (signal.aborted) return reject(signal.reason as Error)
      signal.addEventListener('abort', abort, { once: true })
      this.#waiting.add(look)
      look()
    })
  }
}
