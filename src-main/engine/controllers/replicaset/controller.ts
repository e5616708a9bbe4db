import type { ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { isPodActive } from '../../../common/kube/pods.ts'
import { toStatusError } from '../../../common/errors.ts'
import type { Lister } from '../../client/informer.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { claimPods } from '../owned-pods/claim-pods.ts'
import { Expectations } from '../owned-pods/expectations.ts'
import { followPods } from '../owned-pods/follow-pods.ts'
import { PodBatches } from '../owned-pods/pod-batches.ts'
import { TurnedAway, turnedAwayWords } from '../owned-pods/turned-away.ts'
import { withoutName } from '../owned-pods/without-name.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { computeReplicas, podFromTemplate } from './plan.ts'
import { REPLICA_SET } from './replicated-kind.ts'
import type { ReplicatedKind } from './replicated-kind.ts'
import { computeStatus } from './status.ts'
import type { ReplicaFailure } from './status.ts'

/** What came between a set and its number of pods: `error` is tried again by itself, `waitMs` when it is over. */
interface Failed {
  reason: ReplicaFailure
  error?: unknown
  waitMs?: number
}

/** Keeps as many active pods as each ReplicaSet, or ReplicationController, wants. */
export class ReplicaSetController implements Runnable {
  readonly name: string
  readonly #kind: ReplicatedKind
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #expectations: Expectations
  readonly #batches: PodBatches
  readonly #turnedAway: TurnedAway
  readonly #sets: Lister<KubeObject>
  readonly #pods: Lister<Pod>

  constructor(context: ControllerContext, kind: ReplicatedKind = REPLICA_SET) {
    this.name = kind.name
    this.#kind = kind
    this.#context = context
    this.#expectations = new Expectations(context.clock)
    this.#turnedAway = new TurnedAway(context.clock)
    this.#batches = new PodBatches(context.client, context.recorder(this.name), this.#expectations)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 8, reconcile: (key) => this.#reconcile(key) })
    const sets = context.informers.for(kind.resource)
    const pods = context.informers.for(Pods)
    this.#sets = sets.lister
    this.#pods = pods.lister
    sets.addHandler({
      onAdd: (rs) => this.#controller.enqueue(keyOf(rs)),
      onUpdate: (rs) => this.#controller.enqueue(keyOf(rs)),
      onDelete: (rs) => {
        this.#expectations.forget(keyOf(rs))
        this.#turnedAway.forget(keyOf(rs))
      },
    })
    followPods(pods, {
      owners: sets.lister, selectorOf: (rs) => kind.asReplicaSet(rs).spec.selector, changed: (rs) => this.#controller.enqueue(keyOf(rs)), expectations: this.#expectations,
      ended: (rs, pod) => this.#turnedAway.note(rs, kind.asReplicaSet(rs).spec.template, pod),
    })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<Again | void> {
    const found = this.#sets.getByKey(key)
    if (found === undefined) return
    const rs = this.#kind.asReplicaSet(found)
    const pendingMs = this.#expectations.pendingMs(key)
    const owned = await claimPods(this.#context.client, this.#pods, this.#kind.resource, rs)
    const active = owned.filter(isPodActive)
    const failure = pendingMs === 0 && rs.metadata.deletionTimestamp === undefined ? await this.#converge(rs, active) : undefined
    const { status, lookAgainMs } = computeStatus(rs, active, failure?.reason, this.#context.clock.now())
    if (!semanticEqual(status, rs.status)) await this.#context.client.updateStatus<KubeObject & Pick<ReplicaSet, 'status'>>(this.#kind.resource, { ...rs, status })
    if (failure?.error !== undefined) throw toStatusError(failure.error)
    const waits = [pendingMs, lookAgainMs ?? 0, failure?.waitMs ?? 0].filter((ms) => ms > 0)
    return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined
  }

  async #converge(rs: Frozen<ReplicaSet>, active: Frozen<Pod>[]): Promise<Failed | undefined> {
    const plan = computeReplicas(rs.spec.replicas ?? 1, active, () => this.#related(rs, active), this.#context.clock.now())
    const waitMs = plan.create > 0 ? this.#turnedAway.waitMs(rs) : 0
    if (waitMs > 0) return { reason: { reason: 'PodsTurnedAway', message: turnedAwayWords(rs.spec.template) }, waitMs }
    try {
      if (plan.create > 0) {
        const draft = podFromTemplate(rs, this.#kind.resource)
        await this.#batches.create(rs, plan.create, () => draft)
      }
      if (plan.delete.length > 0) await this.#batches.delete(rs, plan.delete)
      return undefined
    } catch (error) {
      const message = withoutName(toStatusError(error).message, rs)
      return { reason: { reason: plan.create > 0 ? 'FailedCreate' : 'FailedDelete', message }, error }
    }
  }

  /** Active pods of all ReplicaSets of the same owner: during a rollout they share the nodes. */
  #related(rs: Frozen<ReplicaSet>, own: Frozen<Pod>[]): Frozen<Pod>[] {
    const owner = controllerOf(rs)
    if (owner === undefined) return own
    return this.#sets.ownedBy(owner.uid).flatMap((sibling) => this.#pods.ownedBy(sibling.metadata.uid)).filter(isPodActive)
  }
}
