import type { Clock } from '../../common/clock.ts'
import { timestamp } from '../../common/clock.ts'
import { hasReason, toStatusError } from '../../common/errors.ts'
import { findCondition, withCondition } from '../../common/kube/conditions.ts'
import { semanticEqual } from '../../common/kube/equal.ts'
import type { Namespace, Node, Pod, PodCondition } from '../../common/kube/generated/core-v1.ts'
import { Namespaces, Nodes, Pods } from '../../common/kube/kinds.ts'
import { DATA_ON } from '../../common/kube/local-data.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isPodTerminated } from '../../common/kube/pods.ts'
import { groupReasons, UNSCHEDULABLE_ANNOTATION, unschedulableMessage } from '../../common/kube/unschedulable.ts'
import { seededRandom } from '../../common/seeded-random.ts'
import type { Client } from '../client/client.ts'
import type { Informers } from '../client/informer.ts'
import type { EventRecorder } from '../client/recorder.ts'
import { changeStatus } from '../client/retry.ts'
import { SchedulerCache } from './cache.ts'
import { schedule } from './framework.ts'
import type { ClusterEvent, Plugins, Verdict } from './framework.ts'
import { dataOn } from './plugins/local-data.ts'
import { podInfo } from './pod-info.ts'
import { SchedulingQueue } from './queue.ts'
import type { QueuedPod } from './queue.ts'

/** The name in `spec.schedulerName` of the pods that are ours. */
const SCHEDULER_NAME = 'default-scheduler'
/** The event loop is given back at least this often. */
const SLICE_MS = 8
/** Bindings under way at a time. */
const BINDINGS = 128

export interface SchedulerOptions {
  client: Client
  informers: Informers
  clock: Clock
  recorder: EventRecorder
  /** Hears what went wrong and is tried again. */
  onError: (error: unknown, what: string) => void
  plugins: Plugins
  /** Breaks ties; the same seed and the same events give the same places. */
  seed: number
}

/** Gives every pod that has none a node. Deciding is synchronous against the cache; only binding and reporting wait. */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #cache = new SchedulerCache()
  readonly #queue: SchedulingQueue
  readonly #random: () => number
  readonly #wokenBy: Map<string, readonly ClusterEvent[]>
  readonly #effects = new Set<Promise<void>>()
  readonly #removeHandlers: (() => void)[]
  #running = false
  #pumping = false
  /** In a big cluster not all nodes are looked at: the next pod goes on where the last one ended. */
  #next = 0

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#random = seededRandom(options.seed)
    this.#wokenBy = new Map(options.plugins.filters.map((f) => [f.name, f.wokenBy]))
    this.#queue = new SchedulingQueue(options.clock, () => this.#pump())
    this.#removeHandlers = [
      options.informers.for(Namespaces).addHandler({
        onAdd: (ns) => this.#setNamespace(ns), onUpdate: (ns, old) => semanticEqual(ns.metadata.labels, old.metadata.labels) || this.#setNamespace(ns),
        onDelete: (ns) => this.#cache.removeNamespace(ns.metadata.name),
      }),
      options.informers.for(Nodes).addHandler({
        onAdd: (node) => this.#setNode(node),
        onUpdate: (node, old) => (matters(node, old) ? this.#setNode(node) : this.#cache.setNode(node)),
        onDelete: (node) => this.#cache.removeNode(node.metadata.name),
      }),
      options.informers.for(Pods).addHandler({
        onAdd: (pod) => this.#setPod(pod, undefined), onUpdate: (pod, old) => this.#setPod(pod, old), onDelete: (pod) => this.#removePod(pod),
      }),
    ]
  }

  /** Pods that wait, by how. */
  get depth(): { active: number; backoff: number; unschedulable: number } {
    return this.#queue.depth
  }

  /** Call when the informers are synced: before, the cache would show nodes emptier than they are. */
  start(): void {
    this.#running = true
    this.#pump()
  }

  async stop(): Promise<void> {
    this.#running = false
    for (const remove of this.#removeHandlers) remove()
    this.#queue.stop()
    await Promise.all(this.#effects)
  }

  #setNamespace(namespace: Frozen<Namespace>): void {
    this.#cache.setNamespace(namespace)
    this.#wake('pod-placed')
  }

  #setNode(node: Frozen<Node>): void {
    this.#cache.setNode(node)
    this.#wake('node')
  }

  #setPod(pod: Frozen<Pod>, old: Frozen<Pod> | undefined): void {
    if (pod.spec.nodeName) {
      this.#queue.delete(pod.metadata.uid)
      const placed = old === undefined || !old.spec.nodeName || !semanticEqual(pod.metadata.labels, old.metadata.labels)
      this.#cache.setPod(pod)
      if (isPodTerminated(pod) && old !== undefined && !isPodTerminated(old)) this.#wake('pod-gone')
      else if (placed) this.#wake('pod-placed')
      return
    }
    if (!isOurs(pod)) return this.#queue.delete(pod.metadata.uid)
    const changed = old !== undefined && !(semanticEqual(pod.spec, old.spec) && semanticEqual(pod.metadata.labels, old.metadata.labels))
    this.#queue.set(pod, changed)
  }

  #removePod(pod: Frozen<Pod>): void {
    this.#queue.delete(pod.metadata.uid)
    if (this.#cache.removePod(pod.metadata.uid)) this.#wake('pod-gone')
  }

  #wake(event: ClusterEvent): void {
    this.#queue.wake((blocker) => this.#wokenBy.get(blocker)?.includes(event) ?? true)
  }

  #pump(): void {
    if (this.#pumping || !this.#running) return
    this.#pumping = true
    // Not in the handler's stack: what arrives in one batch is decided together.
    setImmediate(() => this.#slice())
  }

  #slice(): void {
    this.#pumping = false
    const until = this.#options.clock.monotonic() + SLICE_MS
    while (this.#running) {
      if (this.#options.clock.monotonic() > until) return this.#pump()
      // A binding that ends pumps again.
      if (this.#effects.size >= BINDINGS) return
      const queued = this.#queue.pop()
      if (queued === undefined) return
      this.#schedule(queued)
    }
  }

  #schedule(queued: QueuedPod): void {
    const info = podInfo(queued.pod)
    const { nodes } = this.#cache
    const verdict = schedule(info, this.#cache, this.#options.plugins, this.#random, this.#next)
    if (verdict.node !== undefined) {
      this.#next = (this.#next + verdict.visited) % nodes.length
      this.#cache.assume(info, verdict.node)
      return this.#run(this.#bind(queued, verdict.node))
    }
    this.#queue.park(queued, new Set([...verdict.noes.values()].map((no) => no.plugin)))
    this.#run(this.#report(queued.pod, verdict, nodes.length, dataOn(queued.pod, nodes)))
  }

  #run(effect: Promise<void>): void {
    const tracked = effect.finally(() => {
      this.#effects.delete(tracked)
      this.#pump()
    })
    this.#effects.add(tracked)
  }

  async #bind(queued: QueuedPod, node: string): Promise<void> {
    const { pod } = queued
    const { namespace = '', name, annotations } = pod.metadata
    try {
      await this.#options.client.bind(namespace, name, node)
    } catch (error) {
      this.#cache.removePod(pod.metadata.uid)
      // Gone, or bound by someone else: the watch says so in a moment.
      if (!hasReason(error, 'NotFound')) this.#queue.failed(queued)
      if (!hasReason(error, 'NotFound', 'Conflict')) this.#options.onError(error, `binding pod ${namespace}/${name} to ${node}`)
      return
    }
    this.#options.recorder.event(pod, 'Normal', 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`)
    if (annotations?.[UNSCHEDULABLE_ANNOTATION] !== undefined) await this.#clearReasons(pod)
  }

  async #report(pod: Frozen<Pod>, verdict: Extract<Verdict, { node: undefined }>, total: number, place: string | undefined): Promise<void> {
    const { namespace = '', name, uid } = pod.metadata
    const reasons = groupReasons(new Map([...verdict.noes].map(([node, no]) => [node, no.reasons])))
    const message = unschedulableMessage(total, reasons)
    this.#options.recorder.event(pod, 'Warning', 'FailedScheduling', message)
    const annotation = JSON.stringify(reasons)
    try {
      const condition: PodCondition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime: timestamp(this.#options.clock.now()) }
      const old = findCondition(pod.status?.conditions, 'PodScheduled')
      if (old?.status === 'False' && old.message === message && pod.metadata.annotations?.[UNSCHEDULABLE_ANNOTATION] === annotation) return
      await changeStatus(this.#options.client, Pods, { namespace, name, uid }, (copy) => {
        if (copy.spec.nodeName) return false
        copy.metadata.annotations = { ...copy.metadata.annotations, [UNSCHEDULABLE_ANNOTATION]: annotation, ...(place === undefined ? {} : { [DATA_ON]: place }) }
        copy.status = { ...copy.status, phase: copy.status?.phase ?? 'Pending', conditions: withCondition(copy.status?.conditions, condition) }
        return true
      })
    } catch (error) {
      if (!hasReason(error, 'NotFound', 'Conflict')) this.#options.onError(toStatusError(error), `saying why pod ${namespace}/${name} has no node`)
    }
  }

  async #clearReasons(pod: Frozen<Pod>): Promise<void> {
    const { namespace = '', name, uid } = pod.metadata
    const body = { metadata: { uid, annotations: { [UNSCHEDULABLE_ANNOTATION]: null } } }
    try {
      await this.#options.client.patch(Pods, namespace, name, 'application/merge-patch+json', body)
    } catch (error) {
      if (!hasReason(error, 'NotFound', 'Conflict')) this.#options.onError(error, `annotating pod ${namespace}/${name}`)
    }
  }
}

function isOurs(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isPodTerminated(pod) && (pod.spec.schedulingGates ?? []).length === 0
    && (pod.spec.schedulerName ?? SCHEDULER_NAME) === SCHEDULER_NAME
}

/** Could the change make a pod fit? A heartbeat does not. */
function matters(node: Node, old: Node): boolean {
  const ready = (n: Node): string | undefined => findCondition(n.status?.conditions, 'Ready')?.status
  return !semanticEqual(node.spec, old.spec) || !semanticEqual(node.metadata.labels, old.metadata.labels)
    || !semanticEqual(node.status?.allocatable, old.status?.allocatable) || ready(node) !== ready(old)
}
