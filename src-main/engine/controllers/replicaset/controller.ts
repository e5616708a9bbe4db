import type { ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { controllerOf, controllerReference } from '../../../common/kube/owners.ts'
import { isPodActive } from '../../../common/kube/pods.ts'
import { toStatusError } from '../../../common/errors.ts'
import type { Lister } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { computeClaims } from './claim.ts'
import { Expectations } from './expectations.ts'
import { computeReplicas, podFromTemplate } from './plan.ts'
import { REPLICA_SET } from './replicated-kind.ts'
import type { ReplicatedKind } from './replicated-kind.ts'
import { slowStart } from './slow-start.ts'
import { computeStatus } from './status.ts'
import type { ReplicaFailure } from './status.ts'

/** Keeps as many active pods as each ReplicaSet, or ReplicationController, wants. */
export class ReplicaSetController implements Runnable {
  readonly name: string
  readonly #kind: ReplicatedKind
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  readonly #expectations: Expectations
  readonly #sets: Lister<KubeObject>
  readonly #pods: Lister<Pod>

  constructor(context: ControllerContext, kind: ReplicatedKind = REPLICA_SET) {
    this.name = kind.name
    this.#kind = kind
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#expectations = new Expectations(context.clock)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 8, reconcile: (key) => this.#reconcile(key) })
    const sets = context.informers.for(kind.resource)
    const pods = context.informers.for(Pods)
    this.#sets = sets.lister
    this.#pods = pods.lister
    sets.addHandler({
      onAdd: (rs) => this.#controller.enqueue(keyOf(rs)),
      onUpdate: (rs) => this.#controller.enqueue(keyOf(rs)),
      onDelete: (rs) => this.#expectations.forget(keyOf(rs)),
    })
    pods.addHandler({
      onAdd: (pod) => this.#podChanged(pod, 'created'),
      onUpdate: (pod, old) => {
        const [was, is] = [controllerOf(old)?.uid, controllerOf(pod)?.uid]
        if (was !== is) this.#podChanged(old, undefined)
        this.#podChanged(pod, undefined)
      },
      onDelete: (pod) => this.#podChanged(pod, 'deleted'),
    })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #podChanged(pod: Frozen<Pod>, what: 'created' | 'deleted' | undefined): void {
    const owner = controllerOf(pod)
    if (owner === undefined) {
      for (const rs of this.#sets.list({ namespace: pod.metadata.namespace ?? '' })) {
        if (matchesSelector(pod.metadata.labels, this.#kind.asReplicaSet(rs).spec.selector)) this.#controller.enqueue(keyOf(rs))
      }
      return
    }
    const rs = this.#sets.get(pod.metadata.namespace ?? '', owner.name)
    if (rs?.metadata.uid !== owner.uid) return
    const key = keyOf(rs)
    if (what === 'created') this.#expectations.created(key)
    if (what === 'deleted' || pod.metadata.deletionTimestamp !== undefined) this.#expectations.deleted(key, pod.metadata.uid)
    this.#controller.enqueue(key)
  }

  async #reconcile(key: string): Promise<Again | void> {
    const found = this.#sets.getByKey(key)
    if (found === undefined) return
    const rs = this.#kind.asReplicaSet(found)
    const pendingMs = this.#expectations.pendingMs(key)
    const owned = await this.#claim(rs)
    const active = owned.filter(isPodActive)
    const failure = pendingMs === 0 && rs.metadata.deletionTimestamp === undefined ? await this.#converge(key, rs, active) : undefined
    const { status, lookAgainMs } = computeStatus(rs, active, failure?.reason, this.#context.clock.now())
    if (!semanticEqual(status, rs.status)) await this.#context.client.updateStatus<KubeObject & Pick<ReplicaSet, 'status'>>(this.#kind.resource, { ...rs, status })
    if (failure !== undefined) throw failure.error
    const waits = [pendingMs, lookAgainMs ?? 0].filter((ms) => ms > 0)
    return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined
  }

  async #claim(rs: Frozen<ReplicaSet>): Promise<Frozen<Pod>[]> {
    const { client } = this.#context
    // Pods of other owners are nobody else's to claim, so they are not looked at.
    const free = this.#pods.ownedBy('').filter((pod) => pod.metadata.namespace === rs.metadata.namespace)
    const { owned, adopt, release } = computeClaims(rs, [...this.#pods.ownedBy(rs.metadata.uid), ...free])
    if (adopt.length > 0) {
      const current = await client.get(this.#kind.resource, rs.metadata.namespace ?? '', rs.metadata.name)
      if (current.metadata.uid !== rs.metadata.uid || current.metadata.deletionTimestamp !== undefined) return owned
    }
    for (const pod of adopt) {
      const ownerReferences = [...(pod.metadata.ownerReferences ?? []), controllerReference(this.#kind.resource, rs)]
      owned.push(await client.update(Pods, { ...pod, metadata: { ...pod.metadata, ownerReferences } }))
    }
    for (const pod of release) {
      const ownerReferences = pod.metadata.ownerReferences?.filter((o) => o.uid !== rs.metadata.uid) ?? []
      await client.update(Pods, { ...pod, metadata: { ...pod.metadata, ownerReferences } })
    }
    return owned
  }

  async #converge(key: string, rs: Frozen<ReplicaSet>, active: Frozen<Pod>[]): Promise<{ reason: ReplicaFailure; error: unknown } | undefined> {
    const plan = computeReplicas(rs.spec.replicas ?? 1, active, () => this.#related(rs, active), this.#context.clock.now())
    try {
      if (plan.create > 0) await this.#create(key, rs, plan.create)
      if (plan.delete.length > 0) await this.#delete(key, rs, plan.delete)
      return undefined
    } catch (error) {
      const { message } = toStatusError(error)
      return { reason: { reason: plan.create > 0 ? 'FailedCreate' : 'FailedDelete', message }, error }
    }
  }

  async #create(key: string, rs: Frozen<ReplicaSet>, count: number): Promise<void> {
    this.#expectations.expectCreations(key, count)
    const draft = podFromTemplate(rs, this.#kind.resource)
    const { succeeded, error } = await slowStart(count, async () => {
      const pod = await this.#context.client.create(Pods, draft)
      this.#recorder.event(rs, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
    })
    this.#expectations.created(key, count - succeeded)
    if (error === undefined) return
    this.#recorder.event(rs, 'Warning', 'FailedCreate', `Error creating: ${toStatusError(error).message}`)
    throw toStatusError(error)
  }

  async #delete(key: string, rs: Frozen<ReplicaSet>, pods: Pod[]): Promise<void> {
    this.#expectations.expectDeletions(key, pods.map((p) => p.metadata.uid))
    const results = await Promise.allSettled(pods.map(async (pod) => {
      try {
        if (await deleteIfThere(this.#context.client, Pods, pod)) this.#recorder.event(rs, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
        else this.#expectations.deleted(key, pod.metadata.uid)
      } catch (error) {
        this.#expectations.deleted(key, pod.metadata.uid)
        throw error
      }
    }))
    const failed = results.find((r) => r.status === 'rejected')
    if (failed === undefined) return
    this.#recorder.event(rs, 'Warning', 'FailedDelete', `Error deleting: ${toStatusError(failed.reason).message}`)
    throw toStatusError(failed.reason)
  }

  /** Active pods of all ReplicaSets of the same owner: during a rollout they share the nodes. */
  #related(rs: Frozen<ReplicaSet>, own: Frozen<Pod>[]): Frozen<Pod>[] {
    const owner = controllerOf(rs)
    if (owner === undefined) return own
    return this.#sets.ownedBy(owner.uid).flatMap((sibling) => this.#pods.ownedBy(sibling.metadata.uid)).filter(isPodActive)
  }
}
