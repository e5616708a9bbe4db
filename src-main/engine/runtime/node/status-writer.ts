import { isDeepStrictEqual } from 'node:util'
import { sleep } from '../../../common/clock.ts'
import type { Clock } from '../../../common/clock.ts'
import type { Pod, PodCondition, PodStatus } from '../../../common/kube/generated/core-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { Client } from '../../client/client.ts'
import { changeStatus } from '../../client/retry.ts'

const RETRY_MS = 500
/** The conditions that a node writes; all others are left as they are. */
const OWN = new Set(['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'])

/** Writes pods' statuses: only what differs from what is stored, the newest only, one write at a time for each pod. */
export class StatusWriter {
  readonly #client: Client
  readonly #clock: Clock
  readonly #onError: (error: unknown) => void
  readonly #waiting = new Map<string, { pod: Frozen<Pod>; status: PodStatus }>()
  readonly #writing = new Map<string, Promise<void>>()
  readonly #abort = new AbortController()

  constructor(client: Client, clock: Clock, onError: (error: unknown) => void) {
    this.#client = client
    this.#clock = clock
    this.#onError = onError
  }

  /** `pod` is the object as the caller knows it, which may be a little old. */
  write(pod: Frozen<Pod>, status: PodStatus): void {
    const { uid } = pod.metadata
    const busy = this.#writing.has(uid)
    if (!busy && isDeepStrictEqual(mergedStatus(pod.status ?? {}, status), pod.status)) return
    this.#waiting.set(uid, { pod, status })
    // Begun in a microtask, so that the entry is there before the run can take it away.
    if (!busy) this.#writing.set(uid, Promise.resolve().then(() => this.#run(uid)))
  }

  /** Resolves when all that was asked for until now is written. */
  async written(): Promise<void> {
    await Promise.all(this.#writing.values())
  }

  /** Waits for the writes under way. */
  async stop(): Promise<void> {
    this.#abort.abort(new Error('the node agent stops'))
    await Promise.all(this.#writing.values())
  }

  async #run(uid: string): Promise<void> {
    for (let next = this.#take(uid); next !== undefined; next = this.#take(uid)) {
      const { pod, status } = next
      const { namespace = '', name } = pod.metadata
      try {
        await changeStatus(this.#client, Pods, { namespace, name, uid }, (copy) => {
          const merged = mergedStatus(copy.status ?? {}, status)
          if (isDeepStrictEqual(merged, copy.status)) return false
          copy.status = merged
          return true
        })
      } catch (error) {
        if (this.#abort.signal.aborted) return
        this.#onError(error)
        if (!this.#waiting.has(uid)) this.#waiting.set(uid, next)
        await sleep(this.#clock, RETRY_MS, this.#abort.signal).catch(() => this.#waiting.delete(uid))
      }
    }
    // In the same turn as the look that found nothing: what is written from now on starts a run of its own.
    this.#writing.delete(uid)
  }

  #take(uid: string): { pod: Frozen<Pod>; status: PodStatus } | undefined {
    const next = this.#waiting.get(uid)
    this.#waiting.delete(uid)
    return next
  }
}

/** What is stored, with the node's own part replaced. Times of what did not change stay. Pure. */
function mergedStatus(stored: PodStatus, own: PodStatus): PodStatus {
  const conditions = (own.conditions ?? []).filter((c) => OWN.has(c.type)).map((c): PodCondition => {
    const old = stored.conditions?.find((o) => o.type === c.type)
    const lastTransitionTime = old?.status === c.status ? old.lastTransitionTime ?? c.lastTransitionTime : c.lastTransitionTime
    return { ...c, ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }) }
  })
  const others = (stored.conditions ?? []).filter((c) => !OWN.has(c.type))
  return {
    ...stored, ...own,
    ...(stored.startTime === undefined ? {} : { startTime: stored.startTime }),
    conditions: [...conditions, ...others],
  }
}
