import type { Node } from '../../../common/kube/generated/core-v1.ts'
import { GPU_RESOURCE, GPUS_ANNOTATION } from '../../../common/kube/gpus.ts'
import type { Frozen } from '../../../common/kube/object.ts'

/** What a pool of GPUs is made of. */
export interface GpuPoolOptions {
  /** UUIDs of the node's GPUs, at this moment. */
  devices(): readonly string[]
  /** A person declared the node's GPUs, and nobody knows of devices: the number is all there is. */
  declaredOnly(): boolean
  /** Has the pod ended for good, so that its containers use nothing any more? */
  isOver(podUid: string): boolean
}

/** Under which name a pod's init containers hold theirs: they run one after the other, and before the others. */
const INIT = '.init'

/** Gives each container GPUs of its own: no two pods on a node ever share one. What runs already is told by `adopt`. */
export class GpuPool {
  readonly #o: GpuPoolOptions
  /** Who holds a device. */
  readonly #held = new Map<string, { pod: string; container: string }>()

  constructor(options: GpuPoolOptions) {
    this.#o = options
  }

  /** A container that is on the node already, by its label. */
  adopt(pod: string, container: string, devices: readonly string[]): void {
    for (const device of devices) this.#held.set(device, { pod, container })
  }

  /**
   * So many devices for a container; those that it has, it keeps. An init container may use its pod's. Throws an Error with a sentence when there
   * are not enough. None where they are only declared: as upstream does without a device plugin, the container starts all the same.
   */
  take(pod: string, container: string, count: number, isInit = false): string[] {
    if (count === 0) return []
    const known = this.#o.devices()
    if (known.length === 0 && this.#o.declaredOnly()) return []
    const name = isInit ? INIT : container
    if (!isInit) this.#release((holder) => holder.pod === pod && holder.container === INIT)
    if (known.filter((d) => !this.#held.has(d)).length < count) this.#release((holder) => holder.pod !== pod && this.#o.isOver(holder.pod))
    const own = known.filter((d) => this.#held.get(d)?.pod === pod && (isInit || this.#held.get(d)?.container === name))
    const chosen = [...own, ...known.filter((d) => !this.#held.has(d))].slice(0, count)
    if (chosen.length < count) throw new Error(`it needs ${String(count)} of this server's GPUs, and ${String(chosen.length)} of ${String(known.length)} are free: wait until another pod ends, or ask for fewer`)
    for (const device of chosen) if (!this.#held.has(device)) this.#held.set(device, { pod, container: name })
    return chosen
  }

  /** Nothing of the pod is on the node any more. */
  release(pod: string): void {
    this.#release((holder) => holder.pod === pod)
  }

  #release(whose: (holder: { pod: string; container: string }) => boolean): void {
    for (const [device, holder] of this.#held) if (whose(holder)) this.#held.delete(device)
  }
}

/** UUIDs of a node's GPUs, as its own object has them. */
export function devicesOf(node: Frozen<Node> | undefined): string[] {
  return (node?.metadata.annotations?.[GPUS_ANNOTATION] ?? '').split(',').filter((id) => id !== '')
}

/** Has a person declared that a node has GPUs, or did we find some? */
export function declaresGpus(node: Frozen<Node> | undefined): boolean {
  return Number(node?.status?.allocatable?.[GPU_RESOURCE] ?? 0) > 0
}
