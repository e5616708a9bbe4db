import type { Clock, Timer } from '../../common/clock.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'

const FIRST_BACKOFF_MS = 100
const LONGEST_BACKOFF_MS = 10_000

/** A pod on its way to a node. */
export interface QueuedPod {
  pod: Frozen<Pod>
  /** Tries that found no node. */
  attempts: number
  /** Order of arrival: of equal priority, first come, first served. */
  readonly serial: number
  /** Monotonic: not to be tried again before. */
  notBefore: number
  /** The plugins that said no the last time. */
  blockers: ReadonlySet<string>
}

/**
 * Pods that wait for a node: active (to be tried now), backing off (to be tried at a time), and unschedulable (to be tried when something
 * happens that their blockers care about). Nothing is polled.
 */
export class SchedulingQueue {
  readonly #clock: Clock
  readonly #onReady: () => void
  readonly #pods = new Map<string, QueuedPod>()
  /** Highest priority first. */
  #active: QueuedPod[] = []
  readonly #backoff = new Set<QueuedPod>()
  readonly #unschedulable = new Set<QueuedPod>()
  #timer: { at: number; timer: Timer } | undefined
  #serial = 0

  /** `onReady` is called when there is something to pop. */
  constructor(clock: Clock, onReady: () => void) {
    this.#clock = clock
    this.#onReady = onReady
  }

  /** How many pods wait, by how. */
  get depth(): { active: number; backoff: number; unschedulable: number } {
    return { active: this.#active.length, backoff: this.#backoff.size, unschedulable: this.#unschedulable.size }
  }

  /** Does the pod still wait? */
  has(uid: string): boolean {
    return this.#pods.has(uid)
  }

  /** Adds a pod, or takes its newer version; `retry` when the change may make it fit. */
  set(pod: Frozen<Pod>, retry: boolean): void {
    const known = this.#pods.get(pod.metadata.uid)
    if (known === undefined) {
      const queued: QueuedPod = { pod, attempts: 0, serial: this.#serial++, notBefore: 0, blockers: new Set() }
      this.#pods.set(pod.metadata.uid, queued)
      this.#activate(queued)
      return
    }
    known.pod = pod
    if (retry && (this.#unschedulable.delete(known) || this.#backoff.delete(known))) this.#activate(known)
  }

  delete(uid: string): void {
    const queued = this.#pods.get(uid)
    if (queued === undefined) return
    this.#pods.delete(uid)
    this.#backoff.delete(queued)
    this.#unschedulable.delete(queued)
    const i = this.#active.indexOf(queued)
    if (i >= 0) this.#active.splice(i, 1)
  }

  /** The next pod to try. Give it back with `park` or `failed`, or forget it with `delete`. */
  pop(): QueuedPod | undefined {
    return this.#active.pop()
  }

  /** No node fits: wait for an event that one of the blockers cares about. */
  park(queued: QueuedPod, blockers: ReadonlySet<string>): void {
    if (this.#pods.get(queued.pod.metadata.uid) !== queued) return
    this.#penalize(queued)
    queued.blockers = blockers
    this.#unschedulable.add(queued)
  }

  /** The try failed for reasons that are no node's fault: again after the backoff. */
  failed(queued: QueuedPod): void {
    if (this.#pods.get(queued.pod.metadata.uid) !== queued) return
    this.#penalize(queued)
    this.#backoff.add(queued)
    this.#arm()
  }

  /** Something happened: pods with a blocker that cares are tried again, once their backoff is over. */
  wake(cares: (blocker: string) => boolean): void {
    const now = this.#clock.monotonic()
    for (const queued of this.#unschedulable) {
      if (queued.blockers.size > 0 && ![...queued.blockers].some(cares)) continue
      this.#unschedulable.delete(queued)
      if (queued.notBefore <= now) this.#activate(queued)
      else this.#backoff.add(queued)
    }
    this.#arm()
  }

  stop(): void {
    this.#timer?.timer.cancel()
    this.#timer = undefined
    this.#active = []
    this.#pods.clear()
    this.#backoff.clear()
    this.#unschedulable.clear()
  }

  #penalize(queued: QueuedPod): void {
    queued.notBefore = this.#clock.monotonic() + Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** queued.attempts)
    queued.attempts++
  }

  #activate(queued: QueuedPod): void {
    let low = 0
    let high = this.#active.length
    while (low < high) {
      const mid = (low + high) >> 1
      if (before(queued, this.#active[mid] as QueuedPod)) low = mid + 1
      else high = mid
    }
    this.#active.splice(low, 0, queued)
    this.#onReady()
  }

  #arm(): void {
    let first = Infinity
    for (const queued of this.#backoff) first = Math.min(first, queued.notBefore)
    if (first === Infinity || (this.#timer !== undefined && this.#timer.at <= first)) return
    this.#timer?.timer.cancel()
    this.#timer = { at: first, timer: this.#clock.setTimeout(() => this.#fire(), first - this.#clock.monotonic()) }
  }

  #fire(): void {
    this.#timer = undefined
    const now = this.#clock.monotonic()
    for (const queued of this.#backoff) {
      // A machine's timer may fire a fraction of a millisecond early.
      if (queued.notBefore > now + 1) continue
      this.#backoff.delete(queued)
      this.#activate(queued)
    }
    this.#arm()
  }
}

/** Is `a` to be tried before `b`? The array is kept with the first at its end, where `pop` takes it. */
function before(a: QueuedPod, b: QueuedPod): boolean {
  const difference = (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0)
  return difference !== 0 ? difference > 0 : a.serial < b.serial
}
