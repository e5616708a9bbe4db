import { sleep } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import type { DrainingPod, DrainProgress, Explanation } from '../../common/contract/index.ts'
import { hasReason, messageOf, StatusError } from '../../common/errors.ts'
import { isConditionTrue } from '../../common/kube/conditions.ts'
import { DISRUPTION_BUDGET } from '../../common/kube/disruption.ts'
import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isPodTerminating } from '../../common/kube/pods.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import type { Client } from '../../engine/client/client.ts'
import { cordon } from './cordon.ts'
import { computeDrainPlan, fateOf } from './drain-plan.ts'
import { watchValue } from '../../common/rpc/watches.ts'
import type { Changes } from '../../common/rpc/watches.ts'

/** What a drain works on. */
export interface DrainParts {
  client: Client
  live: Changes & { podsOn(node: string): Frozen<Pod>[]; nodes(): Frozen<Node>[] }
  clock: Clock
}

/** A pod that was refused is asked again after so long, unless the refusal says when. As kubectl does. */
const AGAIN_MS = 5_000
/** Evictions asked for at a time. */
const AT_ONCE = 16
const PROGRESS_MS = 100

/** Cordons the node, evicts its pods and follows them to their end; begins anew for each reader, and stops asking when the reader leaves. */
export function drainStream(parts: DrainParts, node: string): Stream<DrainProgress> {
  return makeStream(async (push, signal) => {
    const { client, live, clock } = parts
    await live.synced
    await cordon(client, node, true)
    const drain = new Drain(parts, node, signal)
    const asking = drain.ask()
    try {
      for await (const progress of watchValue(drain.changes, clock, PROGRESS_MS, () => drain.progress())) {
        await push(progress)
        if (progress.done || signal.aborted) return
      }
    } finally {
      drain.stop()
      await asking
    }
  })
}

/** One run: who was asked, and what came of it. */
class Drain {
  readonly #parts: DrainParts
  readonly #node: string
  readonly #abort = new AbortController()
  readonly #listeners = new Set<() => void>()
  /** Every pod that had to go, by UID, and how it last was. */
  readonly #pods = new Map<string, DrainingPod>()

  constructor(parts: DrainParts, node: string, signal: AbortSignal) {
    this.#parts = parts
    this.#node = node
    signal.addEventListener('abort', () => this.stop(), { once: true })
  }

  /** Changes of the cluster and of this run; its end too, so that who waits for the next one looks up. */
  get changes(): Changes {
    const { live } = this.#parts
    return {
      synced: live.synced,
      onChange: (listener) => {
        this.#listeners.add(listener)
        const end = live.onChange(listener)
        return () => {
          this.#listeners.delete(listener)
          end()
        }
      },
    }
  }

  stop(): void {
    this.#abort.abort(new Error('the drain was left'))
    this.#tell()
  }

  progress(): DrainProgress {
    const left = new Map(this.#leaving().map((pod) => [pod.metadata.uid, pod]))
    for (const [uid, { ref }] of this.#pods) if (!left.has(uid)) this.#pods.set(uid, { ref, state: 'ended' })
    const why = this.#silence()
    for (const [uid, pod] of left) if (isPodTerminating(pod)) this.#pods.set(uid, { ref: fateOf(pod).ref, state: 'ending', ...(why === undefined ? {} : { why }) })
    return { pods: [...this.#pods.values()], done: left.size === 0 || this.#abort.signal.aborted }
  }

  /** Evicts all, and again those that were refused and those that came meanwhile; returns when nobody is left to be asked. */
  async ask(): Promise<void> {
    const { signal } = this.#abort
    const { clock } = this.#parts
    while (!signal.aborted) {
      const waiting = this.#leaving().filter((pod) => !isPodTerminating(pod))
      for (const pod of waiting) if (!this.#pods.has(pod.metadata.uid)) this.#pods.set(pod.metadata.uid, { ref: fateOf(pod).ref, state: 'asked' })
      this.#tell()
      const waits: number[] = []
      for (let i = 0; i < waiting.length && !signal.aborted; i += AT_ONCE) waits.push(...await Promise.all(waiting.slice(i, i + AT_ONCE).map((pod) => this.#evict(pod))))
      this.#tell()
      if (this.#leaving().length === 0) return
      // Also where all agreed: a pod may have been on its way here when the node was cordoned.
      await sleep(clock, Math.min(AGAIN_MS, ...waits.filter((ms) => ms > 0)), signal).catch(() => undefined)
    }
  }

  /** Resolves with the milliseconds after which to ask again; 0 when that is not needed. */
  async #evict(pod: Frozen<Pod>): Promise<number> {
    const { namespace = '', name, uid } = pod.metadata
    const { ref } = fateOf(pod)
    try {
      await this.#parts.client.evict(namespace, name, { preconditions: { uid } })
      this.#pods.set(uid, { ref, state: 'ending' })
      return 0
    } catch (error) {
      // Gone, or another one of that name by now: the watch says so in a moment.
      if (hasReason(error, 'NotFound', 'Conflict')) return 0
      this.#pods.set(uid, { ref, state: 'refused', why: refusal(error) })
      const { retryAfterSeconds = 0 } = error instanceof StatusError ? error.details : {}
      return retryAfterSeconds > 0 ? retryAfterSeconds * 1000 : AGAIN_MS
    }
  }

  /** Pods of the node that must go and are still there, in the plan's order. */
  #leaving(): Frozen<Pod>[] {
    const pods = this.#parts.live.podsOn(this.#node)
    const order = computeDrainPlan(this.#node, pods, []).pods.filter(({ fate }) => fate !== 'stays')
    const byName = new Map(pods.map((pod) => [`${pod.metadata.namespace ?? ''}/${pod.metadata.name}`, pod]))
    return order.flatMap(({ ref }) => byName.get(`${ref.namespace}/${ref.name}`) ?? [])
  }

  /** Why what was asked to end may not end soon. */
  #silence(): Explanation | undefined {
    const node = this.#parts.live.nodes().find((n) => n.metadata.name === this.#node)
    if (isConditionTrue(node?.status?.conditions, 'Ready')) return undefined
    return { reason: 'NodeNotReady', message: 'This node does not answer, so nobody can say yet that the pod has ended.' }
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

/** Why a pod may not go now: the budget that keeps it, and what that waits for, where it says so. */
function refusal(error: unknown): Explanation {
  const reason = error instanceof StatusError ? error.reason : 'InternalError'
  const budget = error instanceof StatusError ? error.details.causes?.find((c) => c.reason === DISRUPTION_BUDGET)?.message : undefined
  return { reason, message: budget === undefined ? messageOf(error) : `${budget}. This pod goes when one more of them is healthy elsewhere, or when the budget allows it.` }
}
