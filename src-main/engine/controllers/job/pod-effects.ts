import { hasReason, toStatusError } from '../../../common/errors.ts'
import type { Job } from '../../../common/kube/generated/batch-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { JOB_TRACKING } from '../../../common/kube/job.ts'
import { Jobs, Pods } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import type { Lister } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { ControllerContext } from '../context.ts'
import { computeClaims } from '../replicaset/claim.ts'
import type { Expectations } from '../replicaset/expectations.ts'
import { slowStart } from '../replicaset/slow-start.ts'
import { hasTracking } from './job-pods.ts'
import { podFromJob } from './pod-template.ts'
import type { Tally } from './tally.ts'

/** Finalizers taken away at a time. */
const WIDTH = 16

/** What the Job controller does to pods. */
export class PodEffects {
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #expectations: Expectations
  readonly #pods: Lister<Pod>
  /** UIDs of pods whose finalizer was taken away, until the cache shows it: what is counted must not be counted again. */
  readonly #released = new Set<string>()

  constructor(context: ControllerContext, recorder: EventRecorder, expectations: Expectations, pods: Lister<Pod>) {
    this.#context = context
    this.#recorder = recorder
    this.#expectations = expectations
    this.#pods = pods
  }

  /** The cache shows the pod so, or (`gone`) not any more. */
  seen(pod: Frozen<Pod>, gone = false): void {
    if (gone || !hasTracking(pod)) this.#released.delete(pod.metadata.uid)
  }

  /** Is the pod kept for its end to be counted, as far as this engine knows? */
  readonly isTracked = (pod: Pod): boolean => hasTracking(pod) && !this.#released.has(pod.metadata.uid)

  /** The Job's pods; adopts what its selector picks and nobody owns, and lets go of what it does not pick any more. */
  async claim(job: Frozen<Job>): Promise<Frozen<Pod>[]> {
    const { client } = this.#context
    const free = this.#pods.ownedBy('').filter((pod) => pod.metadata.namespace === job.metadata.namespace)
    const { owned, adopt, release } = computeClaims(job, [...this.#pods.ownedBy(job.metadata.uid), ...free])
    if (adopt.length > 0) {
      const current = await client.get(Jobs, job.metadata.namespace ?? '', job.metadata.name)
      if (current.metadata.uid !== job.metadata.uid || current.metadata.deletionTimestamp !== undefined) return owned
    }
    for (const pod of adopt) {
      const finalizers = [...new Set([...(pod.metadata.finalizers ?? []), JOB_TRACKING])]
      const ownerReferences = [...(pod.metadata.ownerReferences ?? []), controllerReference(Jobs, job)]
      owned.push(await client.update(Pods, { ...pod, metadata: { ...pod.metadata, finalizers, ownerReferences } }))
    }
    for (const pod of release) {
      const ownerReferences = pod.metadata.ownerReferences?.filter((o) => o.uid !== job.metadata.uid) ?? []
      await client.update(Pods, { ...untracked(pod), metadata: { ...untracked(pod).metadata, ownerReferences } })
    }
    return owned
  }

  /** Makes pods; returns how many. Throws when one could not be made, after its Event. */
  async create(job: Frozen<Job>, indexes: readonly (number | undefined)[], tally: Tally): Promise<void> {
    const key = keyOf(job)
    this.#expectations.expectCreations(key, indexes.length)
    const next = indexes[Symbol.iterator]()
    const { succeeded, error } = await slowStart(indexes.length, async () => {
      const index = next.next().value
      const pod = await this.#context.client.create(Pods, podFromJob(job, index, index === undefined ? undefined : tally.toReplace.get(index)))
      this.#recorder.event(job, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
    })
    this.#expectations.created(key, indexes.length - succeeded)
    if (error === undefined) return
    this.#recorder.event(job, 'Warning', 'FailedCreate', `Error creating: ${toStatusError(error).message}`)
    throw toStatusError(error)
  }

  /** Deletes pods. `uncounted`: they are let go first, so that their end is no failure. */
  async delete(job: Frozen<Job>, pods: readonly Frozen<Pod>[], uncounted: boolean): Promise<void> {
    const key = keyOf(job)
    this.#expectations.expectDeletions(key, pods.map((pod) => pod.metadata.uid))
    const results = await Promise.allSettled(pods.map(async (pod) => {
      try {
        if (uncounted) await this.#untrack(pod)
        if (await deleteIfThere(this.#context.client, Pods, pod)) this.#recorder.event(job, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
        else this.#expectations.deleted(key, pod.metadata.uid)
      } catch (error) {
        this.#expectations.deleted(key, pod.metadata.uid)
        throw error
      }
    }))
    const failed = results.find((r) => r.status === 'rejected')
    if (failed === undefined) return
    const error = toStatusError(failed.reason)
    // Somebody wrote the pod in between: its event brings us back.
    if (error.reason !== 'Conflict') this.#recorder.event(job, 'Warning', 'FailedDelete', `Error deleting: ${error.message}`)
    throw error
  }

  /** Takes the finalizer off pods; returns the UIDs of those that have it still. Throws the first failure that is more than a stale cache. */
  async release(pods: readonly Frozen<Pod>[]): Promise<Set<string>> {
    const kept = new Set<string>()
    let failure: unknown
    for (let i = 0; i < pods.length; i += WIDTH) {
      await Promise.all(pods.slice(i, i + WIDTH).map((pod) => this.#untrack(pod).catch((error: unknown) => {
        kept.add(pod.metadata.uid)
        failure ??= error
      })))
    }
    if (kept.size > 0 && kept.size === pods.length) throw failure
    return kept
  }

  async #untrack(pod: Frozen<Pod>): Promise<void> {
    if (!this.isTracked(pod)) return
    try {
      this.#released.add(pod.metadata.uid)
      await this.#context.client.update(Pods, untracked(pod))
    } catch (error) {
      this.#released.delete(pod.metadata.uid)
      if (!hasReason(error, 'NotFound')) throw error
    }
  }
}

/** The pod without the finalizer that keeps it for its Job. */
export function untracked(pod: Frozen<Pod>): Pod {
  const { finalizers = [], ...metadata } = pod.metadata
  const others = finalizers.filter((f) => f !== JOB_TRACKING)
  return { ...pod, metadata: { ...metadata, ...(others.length > 0 ? { finalizers: others } : {}) } }
}
