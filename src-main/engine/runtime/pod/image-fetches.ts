import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { NodeImage } from '../container-runtime.ts'
import { resolveImage } from './image-resolver.ts'
import type { NodeContext } from './node-context.ts'
import type { ContainerMemory } from './pod-view.ts'

/** An image is not needed any more: its pod is being deleted, or wants another one. */
export class FetchCancelledError extends Error {
  override readonly name = 'FetchCancelledError'
}

/** One pod's images on their way. */
export class ImageFetches {
  readonly #node: NodeContext
  readonly #changed: () => void
  /** By container. */
  readonly #running = new Map<string, AbortController>()

  /** `changed` is called when what is said of a fetch changed. */
  constructor(node: NodeContext, changed: () => void) {
    this.#node = node
    this.#changed = changed
  }

  /** Gets a container's image, and says meanwhile in `known.fetching` how far it is. Rejects with what `resolveImage` does, or FetchCancelledError. */
  async fetch(pod: Frozen<Pod>, container: Container, known: ContainerMemory): Promise<NodeImage> {
    const fetch = new AbortController()
    this.#running.set(container.name, fetch)
    const say = (message: string): void => {
      known.fetching = message
      this.#changed()
    }
    try {
      const image = await resolveImage(this.#node, pod, container, known.imageDigest === '' ? undefined : known.imageDigest, { say, signal: fetch.signal })
      fetch.signal.throwIfAborted()
      return image
    } finally {
      known.fetching = undefined
      this.#running.delete(container.name)
    }
  }

  /** Gives up getting images that nobody needs any more: of one container, or all. */
  cancel(container?: string): void {
    for (const [name, fetch] of this.#running) if (container === undefined || name === container) fetch.abort(new FetchCancelledError('its image is not needed any more'))
  }
}
