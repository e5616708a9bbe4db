import type { Clock } from '../../../common/clock.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodTerminated } from '../../../common/kube/pods.ts'
import { volumeName } from '../../runtime/pod/names.ts'
import { countedVolumes, limitsContainers, overLimit } from './storage-limits.ts'

export interface LocalStorageOptions {
  clock: Clock
  /** The node's pods. */
  pods(): readonly Frozen<Pod>[]
  /** Docker volumes of the node by name, with the bytes that each takes; those not counted yet are left out. */
  volumeSizes(names: readonly string[]): Promise<ReadonlyMap<string, number>>
  /** What each container of a pod wrote outside of volumes, bytes, by the container's name. Docker counts it file by file. */
  containerSizes(podUid: string): Promise<ReadonlyMap<string, number>>
  /** Ends a pod for good, for this reason. */
  evict(podUid: string, message: string): void
  onError(error: unknown): void
}

/** As often as upstream's kubelet looks. */
const LOOK_MS = 10_000

/**
 * Evicts pods that take more of their node's disk than they may. Has no timer of its own: it is told in each round of the metrics, and asks nobody where no pod has a limit.
 * What Docker keeps of logs is not counted: it bounds that itself.
 */
export class LocalStorage {
  readonly #o: LocalStorageOptions
  #lookedAt = -Infinity
  #work: Promise<void> | undefined
  #stopped = false

  constructor(options: LocalStorageOptions) {
    this.#o = options
  }

  /** A round has come. One that comes while the last is still worked on is left out. */
  look(): void {
    const now = this.#o.clock.monotonic()
    if (this.#stopped || this.#work !== undefined || now - this.#lookedAt < LOOK_MS) return
    const bounded = this.#o.pods().filter((pod) => !isPodTerminated(pod) && pod.metadata.deletionTimestamp === undefined && (limitsContainers(pod) || countedVolumes(pod).length > 0))
    if (bounded.length === 0) return
    this.#lookedAt = now
    this.#work = this.#judge(bounded).catch((error: unknown) => {
      if (!this.#stopped) this.#o.onError(error)
    }).finally(() => (this.#work = undefined))
  }

  /** Resolves when the last look is over. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#work
  }

  async #judge(pods: readonly Frozen<Pod>[]): Promise<void> {
    const sizes = await this.#o.volumeSizes(pods.flatMap((pod) => countedVolumes(pod).map((volume) => volumeName(pod, volume))))
    for (const pod of pods) {
      const volumes = new Map(countedVolumes(pod).flatMap((volume) => {
        const bytes = sizes.get(volumeName(pod, volume))
        return bytes === undefined ? [] : [[volume, bytes] as const]
      }))
      const containers = limitsContainers(pod) ? await this.#o.containerSizes(pod.metadata.uid) : new Map<string, number>()
      const why = overLimit(pod, { volumes, containers })
      if (why !== undefined && !this.#stopped) this.#o.evict(pod.metadata.uid, why)
    }
  }
}
