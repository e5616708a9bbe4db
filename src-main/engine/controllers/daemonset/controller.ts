import { toStatusError } from '../../../common/errors.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { ControllerRevision, DaemonSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import { ControllerRevisions, DaemonSets, Nodes, Pods } from '../../../common/kube/kinds.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf, controllerReference } from '../../../common/kube/owners.ts'
import { REVISION_HASH } from '../../../common/kube/well-known.ts'
import type { Lister } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { podRevision } from '../history/history.ts'
import { Revisions } from '../history/revisions.ts'
import { OwnWrites } from '../own-writes.ts'
import { computeClaims } from '../replicaset/claim.ts'
import { Expectations } from '../replicaset/expectations.ts'
import { slowStart } from '../replicaset/slow-start.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { FailedBackoff } from './failed-backoff.ts'
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
    pods.addHandler({
      onAdd: (pod) => this.#podChanged(pod, 'created'),
      onUpdate: (pod, old) => {
        if (controllerOf(old)?.uid !== controllerOf(pod)?.uid) this.#podChanged(old, undefined)
        this.#podChanged(pod, undefined)
      },
      onDelete: (pod) => this.#podChanged(pod, 'deleted'),
    })
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

  #podChanged(pod: Frozen<Pod>, what: 'created' | 'deleted' | undefined): void {
    const owner = controllerOf(pod)
    if (owner === undefined) {
      for (const set of this.#sets.list({ namespace: pod.metadata.namespace ?? '' })) {
        if (matchesSelector(pod.metadata.labels, set.spec.selector)) this.#controller.enqueue(keyOf(set))
      }
      return
    }
    const set = owner.kind === DaemonSets.kind ? this.#sets.get(pod.metadata.namespace ?? '', owner.name) : undefined
    if (set?.metadata.uid !== owner.uid) return
    const key = keyOf(set)
    if (what === 'created') this.#expectations.created(key)
    if (what === 'deleted' || pod.metadata.deletionTimestamp !== undefined) this.#expectations.deleted(key, pod.metadata.uid)
    this.#controller.enqueue(key)
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
    const pods = await this.#claim(set)
    const daemons: Daemons = { set, hash, nodes: this.#nodes.list(), byNode: daemonsByNode(pods, nodeOf), now }
    const { waitMs, error } = await this.#converge(key, set, daemons)
    const { status, lookAgainMs } = computeStatus(daemons, collisions)
    if (!semanticEqual(status, set.status)) await this.#context.client.updateStatus(DaemonSets, { ...set, status })
    if (error !== undefined) throw error
    const live = new Set(sorted.filter((r) => r.metadata.name === revision.metadata.name || pods.some((pod) => podRevision(pod) === r.metadata.labels?.[REVISION_HASH])).map((r) => r.metadata.name))
    await this.#revisions.cleanUp(set, sorted, live)
    const waits = [waitMs, lookAgainMs].filter((ms): ms is number => ms !== undefined && ms > 0)
    return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined
  }

  async #claim(set: Frozen<DaemonSet>): Promise<Frozen<Pod>[]> {
    const { client } = this.#context
    const free = this.#pods.ownedBy('').filter((pod) => pod.metadata.namespace === set.metadata.namespace)
    const { owned, adopt, release } = computeClaims(set, [...this.#pods.ownedBy(set.metadata.uid), ...free])
    if (adopt.length > 0) {
      const current = await client.get(DaemonSets, set.metadata.namespace ?? '', set.metadata.name)
      if (current.metadata.uid !== set.metadata.uid || current.metadata.deletionTimestamp !== undefined) return owned
    }
    for (const pod of adopt) {
      const ownerReferences = [...(pod.metadata.ownerReferences ?? []), controllerReference(DaemonSets, set)]
      owned.push(await client.update(Pods, { ...pod, metadata: { ...pod.metadata, ownerReferences } }))
    }
    for (const pod of release) {
      const ownerReferences = pod.metadata.ownerReferences?.filter((o) => o.uid !== set.metadata.uid) ?? []
      await client.update(Pods, { ...pod, metadata: { ...pod.metadata, ownerReferences } })
    }
    return owned
  }

  /** Nodes first; only when there is nothing to do for them, the next step of a rollout. A failure is told after the status. */
  async #converge(key: string, set: Frozen<DaemonSet>, daemons: Daemons): Promise<{ waitMs: number | undefined; error: Error | undefined }> {
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
      await this.#sync(key, set, create, remove, daemons.hash)
      if (create.length + remove.length === 0 && set.spec.updateStrategy?.type === 'RollingUpdate') {
        const step = planRollout(daemons)
        await this.#sync(key, set, step.create, step.remove, daemons.hash)
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

  async #sync(key: string, set: Frozen<DaemonSet>, create: readonly string[], remove: readonly Pod[], hash: string): Promise<void> {
    const [nodes, going] = [create.slice(0, BURST), remove.slice(0, BURST)]
    this.#expectations.expectDeletions(key, going.map((pod) => pod.metadata.uid))
    this.#expectations.expectCreations(key, nodes.length)
    const next = nodes[Symbol.iterator]()
    const { succeeded, error } = await slowStart(nodes.length, async () => {
      const pod = await this.#context.client.create(Pods, daemonFor(set, next.next().value ?? '', hash))
      this.#recorder.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`)
    })
    this.#expectations.created(key, nodes.length - succeeded)
    if (error !== undefined) this.#recorder.event(set, 'Warning', 'FailedCreate', `Error creating: ${toStatusError(error).message}`)
    const results = await Promise.allSettled(going.map(async (pod) => {
      let deleted = false
      try {
        deleted = await deleteIfThere(this.#context.client, Pods, pod)
        if (deleted) this.#recorder.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`)
      } finally {
        if (!deleted) this.#expectations.deleted(key, pod.metadata.uid)
      }
    }))
    const failed = results.find((r) => r.status === 'rejected')
    if (failed !== undefined) this.#recorder.event(set, 'Warning', 'FailedDelete', `Error deleting: ${toStatusError(failed.reason).message}`)
    const wrong: unknown = error ?? failed?.reason
    if (wrong !== undefined) throw toStatusError(wrong)
  }
}
