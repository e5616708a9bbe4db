import type { Clock } from '../../common/clock.ts'
import { timestamp } from '../../common/clock.ts'
import { hasReason, toStatusError } from '../../common/errors.ts'
import { findCondition, withCondition } from '../../common/kube/conditions.ts'
import { DISRUPTION_TARGET } from '../../common/kube/disruption.ts'
import type { Pod, PodCondition } from '../../common/kube/generated/core-v1.ts'
import { Pods } from '../../common/kube/kinds.ts'
import { DATA_ON } from '../../common/kube/local-data.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { groupReasons, UNSCHEDULABLE_ANNOTATION } from '../../common/kube/unschedulable.ts'
import type { Client } from '../client/client.ts'
import type { EventRecorder } from '../client/recorder.ts'
import { changeStatus, deleteIfThere } from '../client/retry.ts'

/** Why a pod has no node, and what is known besides. */
export interface Unplaced {
  /** As kubectl shows it. */
  readonly message: string
  readonly reasons: ReadonlyMap<string, readonly string[]>
  /** Where its app's data is. */
  readonly dataOn?: string | undefined
  /** The node where room is being made for it; '' when it is nominated no more, undefined to leave it. */
  readonly nominatedNode?: string | undefined
}

/** Says what became of pods: in their status, in events and, for those that make room, by a delete. */
export class PodNews {
  readonly #client: Client
  readonly #clock: Clock
  readonly #recorder: EventRecorder
  readonly #onError: (error: unknown, what: string) => void

  constructor({ client, clock, recorder, onError }: { client: Client; clock: Clock; recorder: EventRecorder; onError: (error: unknown, what: string) => void }) {
    this.#client = client
    this.#clock = clock
    this.#recorder = recorder
    this.#onError = onError
  }

  /** The pod has its node. */
  async placed(pod: Frozen<Pod>, node: string): Promise<void> {
    const { namespace = '', name, uid, annotations } = pod.metadata
    this.#recorder.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`)
    if (annotations?.[UNSCHEDULABLE_ANNOTATION] === undefined) return
    const body = { metadata: { uid, annotations: { [UNSCHEDULABLE_ANNOTATION]: null } } }
    await this.#try(`annotating pod ${namespace}/${name}`, () => this.#client.patch(Pods, namespace, name, 'application/merge-patch+json', body))
  }

  /** No node fits. What is said already is not said again. */
  async unplaced(pod: Frozen<Pod>, { message, reasons, dataOn, nominatedNode }: Unplaced): Promise<void> {
    const { namespace = '', name, uid, annotations } = pod.metadata
    this.#recorder.event(pod, 'Warning', 'FailedScheduling', message)
    const annotation = JSON.stringify(groupReasons(reasons))
    const condition: PodCondition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime: timestamp(this.#clock.now()) }
    const old = findCondition(pod.status?.conditions, 'PodScheduled')
    const sameNode = nominatedNode === undefined || nominatedNode === (pod.status?.nominatedNodeName ?? '')
    if (old?.status === 'False' && old.message === message && annotations?.[UNSCHEDULABLE_ANNOTATION] === annotation && sameNode) return
    await this.#try(`saying why pod ${namespace}/${name} has no node`, () => changeStatus(this.#client, Pods, { namespace, name, uid }, (copy) => {
      if (copy.spec.nodeName) return false
      copy.metadata.annotations = { ...copy.metadata.annotations, [UNSCHEDULABLE_ANNOTATION]: annotation, ...(dataOn === undefined ? {} : { [DATA_ON]: dataOn }) }
      const { nominatedNodeName, ...status } = copy.status ?? {}
      const nominated = nominatedNode ?? nominatedNodeName
      copy.status = { ...status, ...(nominated ? { nominatedNodeName: nominated } : {}), phase: copy.status?.phase ?? 'Pending', conditions: withCondition(copy.status?.conditions, condition) }
      return true
    }))
  }

  /** Another pod was nominated to the same node, before this one. */
  async notNominated(pod: Frozen<Pod>): Promise<void> {
    const { namespace = '', name, uid } = pod.metadata
    await this.#try(`taking back the nomination of pod ${namespace}/${name}`, () => changeStatus(this.#client, Pods, { namespace, name, uid }, (copy) => {
      if (copy.status?.nominatedNodeName === undefined) return false
      delete copy.status.nominatedNodeName
      return true
    }))
  }

  /** Lets a pod end, gracefully, in favour of another. Rejects when it could not be told to. */
  async preempt(victim: Frozen<Pod>, by: Frozen<Pod>, node: string): Promise<void> {
    const { namespace = '', name, uid, deletionTimestamp } = victim.metadata
    if (deletionTimestamp !== undefined) return
    await changeStatus(this.#client, Pods, { namespace, name, uid }, (copy) => {
      const condition: PodCondition = {
        type: DISRUPTION_TARGET, status: 'True', reason: 'PreemptionByScheduler', lastTransitionTime: timestamp(this.#clock.now()),
        message: 'default-scheduler: preempting to accommodate a higher priority pod',
      }
      copy.status = { ...copy.status, conditions: withCondition(copy.status?.conditions, condition) }
      return true
    })
    if (await deleteIfThere(this.#client, Pods, victim)) this.#recorder.event(victim, 'Normal', 'Preempted', `Preempted by pod ${by.metadata.uid} on node ${node}`)
  }

  async #try(what: string, act: () => Promise<unknown>): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (!hasReason(error, 'NotFound', 'Conflict')) this.#onError(toStatusError(error), what)
    }
  }
}
