import { toStatusError } from '../../../common/errors.ts'
import type { StatusError } from '../../../common/errors.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { ControllerRevision, DaemonSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import { ControllerRevisions, DaemonSets, Nodes, Pods } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { REVISION_HASH } from '../../../common/kube/well-known.ts'
import type { Lister } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { podRevision } from '../history/history.ts'
import { Revisions } from '../history/revisions.ts'
import { OwnWrites } from '../own-writes.ts'
import { claimPods } from '../owned-pods/claim-pods.ts'
import { Expectations } from '../owned-pods/expectations.ts'
import { FailedBackoff } from '../owned-pods/failed-backoff.ts'
import { followPods } from '../owned-pods/follow-pods.ts'
import { PodBatches } from '../owned-pods/pod-batches.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { daemonsByNode, planNodes, planRollout } from './plan.ts'
import type { Daemons } from './plan.ts'
import { daemonFor, nodeOf } from './pod-template.ts'
import { computeStatus } from './status.ts'

/** At most so many pods are made or deleted in one go. */
const BURST = 250

/** Keeps one pod of each DaemonSet on each node that it is for. */
export class DaemonSetController implements Runnable {
  readonly name = 'daemonset-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  readonly #expectations: Expectations
  readonly #batches: PodBatches
  readonly #revisions: Revisions<DaemonSet>
  readonly #written: OwnWrites<ControllerRevision>
  readonly #failed = new FailedBackoff()
  readonly #sets: Lister<DaemonSet>
  readonly #pods: Lister<Pod>
  readonly #nodes: Lister<Node>

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#expectations = new Expectations(context.clock)
    this.#batches = new PodBatches(context.client, this.#recorder, this.#expectations)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const sets = context.informers.for(DaemonSets)
    const pods = context.informers.for(Pods)
    const nodes = context.informers.for(Nodes)
    const revisions = context.informers.for(ControllerRevisions)
    this.#sets = sets.lister
    this.#pods = pods.lister
    this.#nodes = nodes.lister
    this.#revisions = new Revisions(context.client, revisions.lister, DaemonSets)
    this.#written = new OwnWrites(context.clock, revisions.lister)
    sets.addHandler({
      onAdd: (set) => this.#controller.enqueue(keyOf(set)),
      onUpdate: (set) => this.#controller.enqueue(keyOf(set)),
      onDelete: (set) => {
        this.#expectations.forget(keyOf(set))
        this.#written.forget(set.metadata.uid)
        this.#failed.forget(set.metadata.uid)
      },
    })
    followPods(pods, { owners: sets.lister, selectorOf: (set) => set.spec.selector, changed: (set) => this.#controller.enqueue(keyOf(set)), expectations: this.#expectations })
    const all = (): void => {
      for (const set of this.#sets.list()) this.#controller.enqueue(keyOf(set))
    }
    // Heartbeats change nothing here.
    const matters = ({ metadata, spec }: Node): unknown => [metadata.labels, spec?.taints]
    nodes.addHandler({ onAdd: all, onUpdate: (node, old) => !semanticEqual(matters(node), matters(old)) && all(), onDelete: all })
    const revisionChanged = (revision: Frozen<ControllerRevision>): void => {
      const owner = controllerOf(revision)
      const set = owner?.kind === DaemonSets.kind ? this.#sets.get(revision.metadata.namespace ?? '', owner.name) : undefined
      if (set !== undefined) this.#controller.enqueue(keyOf(set))
    }
    revisions.addHandler({
      onAdd: revisionChanged, onUpdate: revisionChanged,
      onDelete: (revision) => {
        this.#written.gone(controllerOf(revision)?.uid, revision)
        revisionChanged(revision)
      },
    })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<Again | void> {
    const set = this.#sets.getByKey(key)
    if (set === undefined || set.metadata.deletionTimestamp !== undefined) return
    const behindMs = Math.max(this.#written.behindMs(set.metadata.uid), this.#expectations.pendingMs(key))
    if (behindMs > 0) return { requeueAfterMs: behindMs }
    const now = this.#context.clock.now()
    const sorted = await this.#revisions.of(set)
    const { revision, collisions } = await this.#revisions.newest(set, sorted, set.status?.collisionCount ?? 0)
    if (!sorted.includes(revision)) this.#written.record(set.metadata.uid, revision)
    const hash = revision.metadata.labels?.[REVISION_HASH] ?? ''
    const pods = await claimPods(this.#context.client, this.#pods, DaemonSets, set)
    const daemons: Daemons = { set, hash, nodes: this.#nodes.list(), byNode: daemonsByNode(pods, nodeOf), now }
    const { waitMs, error } = await this.#converge(set, daemons)
    const { status, lookAgainMs } = computeStatus(daemons, collisions)
    if (!semanticEqual(status, set.status)) await this.#context.client.updateStatus(DaemonSets, { ...set, status })
    if (error !== undefined) throw error
    const live = new Set(sorted.filter((r) => r.metadata.name === revision.metadata.name || pods.some((pod) => podRevision(pod) === r.metadata.labels?.[REVISION_HASH])).map((r) => r.metadata.name))
    await this.#revisions.cleanUp(set, sorted, live)
    const waits = [waitMs, lookAgainMs].filter((ms): ms is number => ms !== undefined && ms > 0)
    return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined
  }

  /** Nodes first; only when there is nothing to do for them, the next step of a rollout. A failure is told after the status. */
  async #converge(set: Frozen<DaemonSet>, daemons: Daemons): Promise<{ waitMs: number | undefined; error: Error | undefined }> {
    let waitMs: number | undefined
    try {
      const { create, remove, ended } = planNodes(daemons)
      for (const pod of ended) {
        const ms = this.#failed.next(`${set.metadata.uid}/${nodeOf(pod) ?? ''}`, this.#context.clock.monotonic())
        if (ms > 0) {
          waitMs = Math.min(waitMs ?? Infinity, ms)
          continue
        }
        this.#tellEnded(set, pod)
        remove.push(pod)
      }
      await this.#sync(set, create, remove, daemons.hash)
      if (create.length + remove.length === 0 && set.spec.updateStrategy?.type === 'RollingUpdate') {
        const step = planRollout(daemons)
        await this.#sync(set, step.create, step.remove, daemons.hash)
      }
      return { waitMs, error: undefined }
    } catch (error) {
      return { waitMs, error: toStatusError(error) }
    }
  }

  #tellEnded(set: Frozen<DaemonSet>, pod: Frozen<Pod>): void {
    const where = `${keyOf(pod)} on node ${nodeOf(pod) ?? ''}`
    if (pod.status?.phase === 'Failed') this.#recorder.event(set, 'Warning', 'FailedDaemonPod', `Found failed daemon pod ${where}, will try to kill it`)
    else this.#recorder.event(set, 'Normal', 'SucceededDaemonPod', `Found succeeded daemon pod ${where}, will try to delete it`)
  }

  /** Both are tried; throws the first failure. */
  async #sync(set: Frozen<DaemonSet>, create: readonly string[], remove: readonly Pod[], hash: string): Promise<void> {
    const [nodes, going] = [create.slice(0, BURST), remove.slice(0, BURST)]
    let failure: StatusError | undefined
    const note = (error: unknown): void => void (failure ??= toStatusError(error))
    await this.#batches.create(set, nodes.length, (i) => daemonFor(set, nodes[i] ?? '', hash)).catch(note)
    await this.#batches.delete(set, going).catch(note)
    if (failure !== undefined) throw failure
  }
}
