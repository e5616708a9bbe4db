import { toStatusError } from '../../../common/errors.ts'
import type { StatusError } from '../../../common/errors.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Draft, Frozen, KubeObject } from '../../../common/kube/object.ts'
import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { Expectations } from './expectations.ts'
import { slowStart } from './slow-start.ts'
import { withoutName } from './without-name.ts'

/** Makes and deletes pods of an owner, many at a time: what is expected of the cache is noted, and each is told as an Event of the owner. */
export class PodBatches {
  readonly #client: Client
  readonly #recorder: EventRecorder
  readonly #expectations: Expectations

  constructor(client: Client, recorder: EventRecorder, expectations: Expectations) {
    this.#client = client
    this.#recorder = recorder
    this.#expectations = expectations
  }

  /** Makes `count` pods; `draftOf` is asked for each, from 0. Throws when one could not be made, after its Event. */
  async create(owner: Frozen<KubeObject>, count: number, draftOf: (i: number) => Draft<Pod>): Promise<void> {
    const key = keyOf(owner)
    this.#expectations.expectCreations(key, count)
    let next = 0
    const { succeeded, error } = await slowStart(count, async () => {
      const pod = await this.#client.create(Pods, draftOf(next++))
      this.#recorder.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
    })
    this.#expectations.created(key, count - succeeded)
    if (error === undefined) return
    this.#recorder.event(owner, 'Warning', 'FailedCreate', `Error creating: ${withoutName(toStatusError(error).message, owner)}`)
    throw toStatusError(error)
  }

  /** Deletes pods, after `before` for each. Throws when one could not be deleted, after its Event where it is worth one. */
  async delete(owner: Frozen<KubeObject>, pods: readonly Frozen<Pod>[], { before, isTold = () => true }: { before?: (pod: Frozen<Pod>) => Promise<void>; isTold?: (error: StatusError) => boolean } = {}): Promise<void> {
    const key = keyOf(owner)
    this.#expectations.expectDeletions(key, pods.map((pod) => pod.metadata.uid))
    const results = await Promise.allSettled(pods.map(async (pod) => {
      try {
        await before?.(pod)
        if (await deleteIfThere(this.#client, Pods, pod)) this.#recorder.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
        else this.#expectations.deleted(key, pod.metadata.uid)
      } catch (error) {
        this.#expectations.deleted(key, pod.metadata.uid)
        throw error
      }
    }))
    const failed = results.find((r) => r.status === 'rejected')
    if (failed === undefined) return
    const error = toStatusError(failed.reason)
    if (isTold(error)) this.#recorder.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${error.message}`)
    throw error
  }
}
