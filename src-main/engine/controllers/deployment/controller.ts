import { findCondition, withoutCondition } from '../../../common/kube/conditions.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Deployments, Pods, ReplicaSets } from '../../../common/kube/kinds.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { isPodTerminated } from '../../../common/kube/pods.ts'
import { rolloutOf, Rollouts } from '../../../common/kube/rollout.ts'
import type { Rollout } from '../../../common/kube/rollout.ts'
import type { Lister } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { OwnWrites } from '../own-writes.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { DeploymentEffects } from './effects.ts'
import { heldCondition, heldScales, heldSizes, isHeldReason } from './held.ts'
import type { HeldSizes } from './held.ts'
import { computeRecreateStep } from './recreate.ts'
import { revisionOf, splitReplicaSets } from './revisions.ts'
import { computeRollingStep } from './rolling.ts'
import { computeScaling, isScaling } from './scaling.ts'
import { computeProgress, computeStatus, conditionOf, isComplete, setCondition } from './status.ts'

type RS = Frozen<ReplicaSet>

/** Moves each deployment's ReplicaSets from what runs to what its template says, at the pace its strategy allows. */
export class DeploymentController implements Runnable {
  readonly name = 'deployment-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  readonly #deployments: Lister<Deployment>
  readonly #sets: Lister<ReplicaSet>
  readonly #pods: Lister<Pod>
  readonly #rollouts: Lister<Rollout>
  readonly #writes: OwnWrites<ReplicaSet>
  readonly #effects: DeploymentEffects

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const deployments = context.informers.for(Deployments)
    const sets = context.informers.for(ReplicaSets)
    const pods = context.informers.for(Pods)
    this.#deployments = deployments.lister
    this.#sets = sets.lister
    this.#pods = pods.lister
    const rollouts = context.informers.for(Rollouts)
    this.#rollouts = rollouts.lister
    this.#writes = new OwnWrites(context.clock, sets.lister)
    this.#effects = new DeploymentEffects(context.client, this.#recorder, this.#writes)
    deployments.addHandler({
      onAdd: (d) => this.#controller.enqueue(keyOf(d)),
      onUpdate: (d) => this.#controller.enqueue(keyOf(d)),
      onDelete: (d) => this.#writes.forget(d.metadata.uid),
    })
    sets.addHandler({
      onAdd: (rs) => this.#setChanged(rs),
      onUpdate: (rs, before) => {
        if (controllerOf(before)?.uid !== controllerOf(rs)?.uid) this.#setChanged(before)
        this.#setChanged(rs)
      },
      onDelete: (rs) => {
        this.#writes.gone(controllerOf(rs)?.uid, rs)
        this.#setChanged(rs)
      },
    })
    const led = (r: Frozen<Rollout>): void => this.#controller.enqueue(`${r.metadata.namespace ?? ''}/${r.spec.deployment}`)
    rollouts.addHandler({ onAdd: led, onUpdate: (r, before) => { if (!semanticEqual(said(r), said(before))) led(r) }, onDelete: led })
    // Recreate waits for the last old pod; nobody else needs to know about pods.
    pods.addHandler({ onUpdate: (pod) => isPodTerminated(pod) && this.#podGone(pod), onDelete: (pod) => this.#podGone(pod) })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #setChanged(rs: RS): void {
    const owner = controllerOf(rs)
    for (const d of this.#deployments.list({ namespace: rs.metadata.namespace ?? '' })) {
      if (owner === undefined ? matchesSelector(rs.metadata.labels, d.spec.selector) : d.metadata.uid === owner.uid) this.#controller.enqueue(keyOf(d))
    }
  }

  #podGone(pod: Frozen<Pod>): void {
    const rs = this.#sets.get(pod.metadata.namespace ?? '', controllerOf(pod)?.name ?? '')
    const d = rs && this.#deployments.get(rs.metadata.namespace ?? '', controllerOf(rs)?.name ?? '')
    if (d?.spec.strategy?.type === 'Recreate') this.#controller.enqueue(keyOf(d))
  }

  async #reconcile(key: string): Promise<Again | void> {
    const d = this.#deployments.getByKey(key)
    if (d === undefined) return
    const behindMs = this.#writes.behindMs(d.metadata.uid)
    if (behindMs > 0) return { requeueAfterMs: behindMs }
    const sets = await this.#claim(d)
    if (d.metadata.deletionTimestamp !== undefined) return this.#finish(d, sets)
    const { current, old } = splitReplicaSets(d, sets)
    const rollout = rolloutOf(this.#rollouts.list({ namespace: d.metadata.namespace ?? '' }), d.metadata.name)
    const sizes = heldSizes(d, rollout, current, old)
    if (rollout !== undefined && sizes !== undefined) return this.#obey(d, rollout, current, old, sizes)
    const shown = await this.#showPaused(d)
    if (shown.spec.paused === true || isScaling(shown, sets)) return this.#scale(shown, sets)
    return this.#rollOut(shown, sets)
  }

  /** Paused, or another number of replicas: sizes follow, nothing is rolled out. */
  async #scale(d: Frozen<Deployment>, sets: readonly RS[]): Promise<Again | void> {
    const { current, old } = splitReplicaSets(d, sets)
    const refreshed = current === undefined ? undefined : await this.#effects.refreshCurrent(d, current, old)
    await this.#effects.scale(d, computeScaling(d, refreshed, old))
    if (d.spec.paused === true) await this.#effects.cleanUp(d, old)
    return this.#finish(d, sets)
  }

  /** A Rollout leads: its sizes, and its word on the progress. */
  async #obey(deployment: Frozen<Deployment>, rollout: Frozen<Rollout>, there: RS | undefined, old: RS[], sizes: HeldSizes): Promise<void> {
    let d = deployment
    let current = there
    if (d.spec.paused !== true) {
      current = there === undefined ? await this.#effects.createCurrent(d, old, sizes(undefined)) : await this.#effects.refreshCurrent(d, there, old)
      d = await this.#effects.writeRevision(d, revisionOf(current))
    }
    const sets = current === undefined ? old : [...old, current]
    await this.#effects.scale(d, heldScales(d, sets, sizes))
    const now = this.#context.clock.now()
    const status = computeStatus(d, current, old, now)
    const next = heldCondition(rollout, now)
    const before = findCondition(status.conditions, 'Progressing')
    // The same reason with other words is news, too.
    const changed = before === undefined || before.reason !== next.reason || before.message !== next.message
    const conditions = changed ? setCondition(withoutCondition(status.conditions, 'Progressing'), { ...next, ...(before?.status === next.status && before.lastTransitionTime !== undefined ? { lastTransitionTime: before.lastTransitionTime } : {}) }) : (status.conditions ?? [])
    await this.#effects.writeStatus(d, { ...status, conditions })
  }

  async #rollOut(deployment: Frozen<Deployment>, sets: readonly RS[]): Promise<Again | void> {
    let d = deployment
    const { current: there, old } = splitReplicaSets(d, sets)
    const recreate = d.spec.strategy?.type === 'Recreate'
    if (recreate) {
      const step = computeRecreateStep(old, there, this.#podsOf(sets))
      if (await this.#effects.scale(d, step.scales)) return this.#finish(d, sets)
      if (step.wait) return this.#finish(d, sets)
    }
    const current = there === undefined ? await this.#effects.createCurrent(d, old) : await this.#effects.refreshCurrent(d, there, old)
    d = await this.#effects.writeRevision(d, revisionOf(current))
    const scales = computeRollingStep(d, current, old)
    await this.#effects.scale(d, scales)
    if (scales.length === 0 && isComplete(d, d.status)) await this.#effects.cleanUp(d, old)
    return this.#finish(d, [...old, current], there === undefined ? 'NewReplicaSetCreated' : 'FoundNewReplicaSet')
  }

  /** Writes the status; `found`: how the current ReplicaSet was come by, for a deployment whose progress is not followed yet. */
  async #finish(d: Frozen<Deployment>, sets: readonly RS[], found?: 'NewReplicaSetCreated' | 'FoundNewReplicaSet'): Promise<Again | void> {
    const now = this.#context.clock.now()
    const { current, old } = splitReplicaSets(d, sets)
    let status: DeploymentStatus = computeStatus(d, current, old, now)
    if (d.spec.paused === true || d.metadata.deletionTimestamp !== undefined) {
      await this.#effects.writeStatus(d, status)
      return
    }
    const known = findCondition(status.conditions, 'Progressing')
    if (current !== undefined && d.spec.progressDeadlineSeconds !== undefined && (found === 'NewReplicaSetCreated' || (found !== undefined && known === undefined))) {
      const message = found === 'NewReplicaSetCreated' ? `Created new replica set "${current.metadata.name}"` : `Found new replica set "${current.metadata.name}"`
      status = { ...status, conditions: setCondition(status.conditions, conditionOf('Progressing', true, found, message, now)) }
      await this.#effects.writeStatus(d, status)
      return
    }
    // What a Rollout led may have stood still for long: its own way begins now.
    if (isHeldReason(known?.reason)) status = { ...status, conditions: setCondition(status.conditions, conditionOf('Progressing', true, 'ReplicaSetUpdated', 'The Rollout leads no more; the Deployment goes its own way.', now)) }
    const progress = computeProgress(d, status, current, old, now)
    await this.#effects.writeStatus(d, progress.status)
    return progress.lookAgainMs === undefined ? undefined : { requeueAfterMs: progress.lookAgainMs }
  }

  async #showPaused(d: Frozen<Deployment>): Promise<Frozen<Deployment>> {
    if (d.spec.progressDeadlineSeconds === undefined) return d
    const progressing = findCondition(d.status?.conditions, 'Progressing')
    // A rollout that ran out of time stays so, paused or not.
    if (progressing?.reason === 'ProgressDeadlineExceeded') return d
    const shown = progressing?.reason === 'DeploymentPaused'
    if ((d.spec.paused ?? false) === shown) return d
    const [reason, message] = d.spec.paused === true ? ['DeploymentPaused', 'Deployment is paused'] : ['DeploymentResumed', 'Deployment is resumed']
    const condition = conditionOf('Progressing', undefined, reason, message, this.#context.clock.now())
    return this.#effects.writeStatus(d, { ...d.status, conditions: setCondition(d.status?.conditions, condition) })
  }

  async #claim(d: Frozen<Deployment>): Promise<RS[]> {
    const going = d.metadata.deletionTimestamp !== undefined
    const mine: RS[] = []
    for (const rs of this.#sets.list({ namespace: d.metadata.namespace ?? '' })) {
      const owner = controllerOf(rs)
      const matches = matchesSelector(rs.metadata.labels, d.spec.selector)
      if (owner?.uid === d.metadata.uid) {
        if (matches || going) mine.push(rs)
        else await this.#effects.setOwner(d, rs, false)
      } else if (owner === undefined && matches && !going && rs.metadata.deletionTimestamp === undefined) mine.push(await this.#effects.setOwner(d, rs, true))
    }
    return mine
  }

  #podsOf(sets: readonly RS[]): Map<string, Frozen<Pod>[]> {
    return new Map(sets.map((rs) => [rs.metadata.uid, this.#pods.ownedBy(rs.metadata.uid)]))
  }
}

/** What of a Rollout a Deployment goes by. */
function said({ status, metadata, spec }: Frozen<Rollout>): unknown {
  return [spec.deployment, metadata.deletionTimestamp, status === undefined, status?.phase, status?.message, status?.traffic]
}
