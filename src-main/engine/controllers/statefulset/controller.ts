import { semanticEqual } from '../../../common/kube/equal.ts'
import type { StatefulSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { ControllerRevisions, PersistentVolumeClaims, Pods, StatefulSets } from '../../../common/kube/kinds.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import type { Lister } from '../../client/informer.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { podRevision, templateOf } from '../history/history.ts'
import { Revisions } from '../history/revisions.ts'
import { OwnWrites } from '../own-writes.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { computeClaims } from './claim.ts'
import { StatefulSetEffects } from './effects.ts'
import { planSteps } from './plan.ts'
import { computeStatus } from './status.ts'

/** Keeps the pods of each StatefulSet: one for each ordinal, always under the same name, never two. */
export class StatefulSetController implements Runnable {
  readonly name = 'statefulset-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #sets: Lister<StatefulSet>
  readonly #pods: Lister<Pod>
  readonly #writes: OwnWrites<Pod>
  readonly #effects: StatefulSetEffects
  readonly #revisions: Revisions<StatefulSet>

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const { client, informers } = context
    const sets = informers.for(StatefulSets)
    const pods = informers.for(Pods)
    this.#sets = sets.lister
    this.#pods = pods.lister
    this.#writes = new OwnWrites(context.clock, pods.lister)
    this.#effects = new StatefulSetEffects(client, context.recorder(this.name), this.#writes)
    this.#revisions = new Revisions(client, informers.for(ControllerRevisions).lister, StatefulSets)
    sets.addHandler({
      onAdd: (set) => this.#controller.enqueue(keyOf(set)),
      onUpdate: (set) => this.#controller.enqueue(keyOf(set)),
      onDelete: (set) => this.#writes.forget(set.metadata.uid),
    })
    pods.addHandler({
      onAdd: (pod) => this.#podChanged(pod),
      onUpdate: (pod, old) => {
        if (controllerOf(old)?.uid !== controllerOf(pod)?.uid) this.#podChanged(old)
        this.#podChanged(pod)
      },
      onDelete: (pod) => {
        this.#writes.gone(controllerOf(pod)?.uid, pod)
        this.#podChanged(pod)
      },
    })
    // A pod waits for the end of a claim that goes with the pod before it.
    if (context.resources.includes(PersistentVolumeClaims)) {
      informers.for(PersistentVolumeClaims).addHandler({
        onDelete: ({ metadata: { namespace = '' } }) => {
          for (const set of this.#sets.list({ namespace })) if ((set.spec.volumeClaimTemplates ?? []).length > 0) this.#controller.enqueue(keyOf(set))
        },
      })
    }
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #podChanged(pod: Frozen<Pod>): void {
    const owner = controllerOf(pod)
    const { namespace = '' } = pod.metadata
    if (owner === undefined) {
      for (const set of this.#sets.list({ namespace })) if (matchesSelector(pod.metadata.labels, set.spec.selector)) this.#controller.enqueue(keyOf(set))
      return
    }
    const set = this.#sets.get(namespace, owner.name)
    if (set?.metadata.uid === owner.uid) this.#controller.enqueue(keyOf(set))
  }

  async #reconcile(key: string): Promise<Again | void> {
    const set = this.#sets.getByKey(key)
    if (set === undefined) return
    const behindMs = this.#writes.behindMs(set.metadata.uid)
    if (behindMs > 0) return { requeueAfterMs: behindMs }
    const pods = await this.#claim(set)
    if (set.metadata.deletionTimestamp !== undefined) {
      const { currentRevision: current = '', updateRevision: update = '', collisionCount = 0 } = set.status ?? {}
      await this.#writeStatus(set, { pods, current, update, collisionCount })
      return
    }
    const sorted = await this.#revisions.of(set)
    const { revision: update, collisions } = await this.#revisions.newest(set, sorted, set.status?.collisionCount ?? 0)
    const current = sorted.find((r) => r.metadata.name === set.status?.currentRevision) ?? update
    const names = { current: current.metadata.name, update: update.metadata.name }
    const steps = planSteps(set, { pods, ...names, now: this.#context.clock.now() })
    // What fails is told first, and then tried again.
    const failure = await this.#effects.run(set, pods, steps, { current: { name: names.current, template: templateOf(current) }, update: { name: names.update, template: set.spec.template } })
    const again = await this.#writeStatus(set, { pods, ...names, collisionCount: collisions })
    if (failure !== undefined) throw failure
    await this.#revisions.cleanUp(set, sorted, new Set([names.current, names.update, ...pods.flatMap((pod) => podRevision(pod) ?? [])]))
    return again
  }

  async #claim(set: Frozen<StatefulSet>): Promise<Frozen<Pod>[]> {
    const { client } = this.#context
    const free = this.#pods.ownedBy('').filter((pod) => pod.metadata.namespace === set.metadata.namespace)
    const { owned, adopt, release } = computeClaims(set, [...this.#pods.ownedBy(set.metadata.uid), ...free])
    if (adopt.length > 0) {
      // The cache may show a set that is gone.
      const now = await client.get(StatefulSets, set.metadata.namespace ?? '', set.metadata.name)
      if (now.metadata.uid !== set.metadata.uid || now.metadata.deletionTimestamp !== undefined) return owned
    }
    for (const pod of adopt) owned.push(await this.#effects.setOwner(set, pod, true))
    for (const pod of release) await this.#effects.setOwner(set, pod, false)
    return owned
  }

  async #writeStatus(set: Frozen<StatefulSet>, of: { pods: readonly Pod[]; current: string; update: string; collisionCount: number }): Promise<Again | undefined> {
    const { status, lookAgainMs } = computeStatus(set, { ...of, now: this.#context.clock.now() })
    if (!semanticEqual(status, set.status)) await this.#context.client.updateStatus(StatefulSets, { ...set, status })
    return lookAgainMs === undefined ? undefined : { requeueAfterMs: lookAgainMs }
  }
}
