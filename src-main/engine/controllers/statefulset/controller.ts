import { templateOf } from '../../../common/kube/controller-revision.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { StatefulSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { ControllerRevisions, PersistentVolumeClaims, Pods, StatefulSets } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import type { Lister } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { podRevision } from '../history/history.ts'
import { Revisions } from '../history/revisions.ts'
import { claimPods } from '../owned-pods/claim-pods.ts'
import { followPods } from '../owned-pods/follow-pods.ts'
import { TurnedAway, turnedAwayWords } from '../owned-pods/turned-away.ts'
import { OwnWrites } from '../own-writes.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { StatefulSetEffects } from './effects.ts'
import { ordinalOf } from './identity.ts'
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
  readonly #turnedAway: TurnedAway
  readonly #recorder: EventRecorder
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
    this.#turnedAway = new TurnedAway(context.clock)
    this.#recorder = context.recorder(this.name)
    this.#effects = new StatefulSetEffects(client, this.#recorder, this.#writes)
    this.#revisions = new Revisions(client, informers.for(ControllerRevisions).lister, StatefulSets)
    sets.addHandler({
      onAdd: (set) => this.#controller.enqueue(keyOf(set)),
      onUpdate: (set) => this.#controller.enqueue(keyOf(set)),
      onDelete: (set) => {
        this.#writes.forget(set.metadata.uid)
        this.#turnedAway.forget(keyOf(set))
      },
    })
    pods.addHandler({ onDelete: (pod) => this.#writes.gone(controllerOf(pod)?.uid, pod) })
    followPods(pods, {
      owners: sets.lister, selectorOf: (set) => set.spec.selector, changed: (set) => this.#controller.enqueue(keyOf(set)),
      ended: (set, pod) => this.#turnedAway.note(set, set.spec.template, pod),
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

  async #reconcile(key: string): Promise<Again | void> {
    const set = this.#sets.getByKey(key)
    if (set === undefined) return
    const behindMs = this.#writes.behindMs(set.metadata.uid)
    if (behindMs > 0) return { requeueAfterMs: behindMs }
    const pods = await claimPods(this.#context.client, this.#pods, StatefulSets, set, { isNamed: (pod) => ordinalOf(set, pod) !== undefined })
    if (set.metadata.deletionTimestamp !== undefined) {
      const { currentRevision: current = '', updateRevision: update = '', collisionCount = 0 } = set.status ?? {}
      await this.#writeStatus(set, { pods, current, update, collisionCount })
      return
    }
    const sorted = await this.#revisions.of(set)
    const { revision: update, collisions } = await this.#revisions.newest(set, sorted, set.status?.collisionCount ?? 0)
    const current = sorted.find((r) => r.metadata.name === set.status?.currentRevision) ?? update
    const names = { current: current.metadata.name, update: update.metadata.name }
    const planned = planSteps(set, { pods, ...names, now: this.#context.clock.now() })
    const waitMs = planned.some((step) => step.do === 'create') ? this.#turnedAway.waitMs(set) : 0
    if (waitMs > 0) this.#recorder.event(set, 'Warning', 'PodsTurnedAway', turnedAwayWords(set.spec.template))
    const steps = waitMs > 0 ? planned.filter((step) => step.do !== 'create') : planned
    // What fails is told first, and then tried again.
    const failure = await this.#effects.run(set, pods, steps, { current: { name: names.current, template: templateOf(current) }, update: { name: names.update, template: set.spec.template } })
    const again = await this.#writeStatus(set, { pods, ...names, collisionCount: collisions })
    if (failure !== undefined) throw failure
    await this.#revisions.cleanUp(set, sorted, new Set([names.current, names.update, ...pods.flatMap((pod) => podRevision(pod) ?? [])]))
    return waitMs > 0 ? { requeueAfterMs: Math.min(waitMs, again?.requeueAfterMs ?? Infinity) } : again
  }

  async #writeStatus(set: Frozen<StatefulSet>, of: { pods: readonly Pod[]; current: string; update: string; collisionCount: number }): Promise<Again | undefined> {
    const { status, lookAgainMs } = computeStatus(set, { ...of, now: this.#context.clock.now() })
    if (!semanticEqual(status, set.status)) await this.#context.client.updateStatus(StatefulSets, { ...set, status })
    return lookAgainMs === undefined ? undefined : { requeueAfterMs: lookAgainMs }
  }
}
