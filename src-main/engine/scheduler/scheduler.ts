import { channel } from 'node:diagnostics_channel'
import type { Clock } from '../../common/clock.ts'
import { hasReason, messageOf } from '../../common/errors.ts'
import { findCondition } from '../../common/kube/conditions.ts'
import { semanticEqual } from '../../common/kube/equal.ts'
import type { Namespace, Node, Pod } from '../../common/kube/generated/core-v1.ts'
import type { PodDisruptionBudget } from '../../common/kube/generated/policy-v1.ts'
import { Namespaces, Nodes, PodDisruptionBudgets, Pods } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isPodTerminated } from '../../common/kube/pods.ts'
import { groupReasons, unschedulableMessage } from '../../common/kube/unschedulable.ts'
import { seededRandom } from '../../common/seeded-random.ts'
import { TELEMETRY } from '../../common/telemetry.ts'
import type { AttemptTold } from '../../common/telemetry.ts'
import type { Client } from '../client/client.ts'
import type { Informers } from '../client/informer.ts'
import type { EventRecorder } from '../client/recorder.ts'
import { SchedulerCache } from './cache.ts'
import { schedule } from './framework.ts'
import type { BindingStep, ClusterEvent, No, Plugins, Reservation } from './framework.ts'
import { dataOn } from './plugins/local-data.ts'
import { podInfo } from './pod-info.ts'
import type { PodInfo } from './pod-info.ts'
import { PodNews } from './pod-news.ts'
import type { Unplaced } from './pod-news.ts'
import { findPreemption, mayPreempt } from './preemption.ts'
import type { Preemption } from './preemption.ts'
import { SchedulingQueue } from './queue.ts'
import type { QueuedPod } from './queue.ts'

/** The name in `spec.schedulerName` of the pods that are ours. */
const SCHEDULER_NAME = 'default-scheduler'
/** The event loop is given back at least this often. */
const SLICE_MS = 8
/** Bindings under way at a time. */
const BINDINGS = 128
const told = channel(TELEMETRY.attempt)

export interface SchedulerOptions {
  client: Client
  informers: Informers
  clock: Clock
  recorder: EventRecorder
  /** Hears what went wrong and is tried again. */
  onError: (error: unknown, what: string) => void
  plugins: Plugins
  /** What must be done for a pod before it is bound to its node. Default: nothing. */
  steps?: readonly BindingStep[]
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
  readonly #news: PodNews
  readonly #effects = new Set<Promise<void>>()
  readonly #removeHandlers: (() => void)[]
  readonly #abort = new AbortController()
  #running = false
  #pumping = false
  /** In a big cluster not all nodes are looked at: the next pod goes on where the last one ended. */
  #next = 0

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#news = new PodNews(options)
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
    this.#abort.abort(new Error('the scheduler is stopping'))
    for (const remove of this.#removeHandlers) remove()
    this.#queue.stop()
    await Promise.all(this.#effects)
  }

  #setNamespace(namespace: Frozen<Namespace>): void {
    this.#cache.setNamespace(namespace)
    this.wake('pod-placed')
  }

  #setNode(node: Frozen<Node>): void {
    this.#cache.setNode(node)
    this.wake('node')
  }

  #setPod(pod: Frozen<Pod>, old: Frozen<Pod> | undefined): void {
    if (pod.spec.nodeName) {
      this.#forget(pod.metadata.uid)
      const placed = old === undefined || !old.spec.nodeName || !semanticEqual(pod.metadata.labels, old.metadata.labels)
      this.#cache.setPod(pod)
      if (isPodTerminated(pod) && old !== undefined && !isPodTerminated(old)) this.wake('pod-gone')
      else if (placed) this.wake('pod-placed')
      return
    }
    if (!isOurs(pod)) return this.#forget(pod.metadata.uid)
    const nominatedNode = pod.status?.nominatedNodeName
    if (nominatedNode !== old?.status?.nominatedNodeName) {
      if (nominatedNode) this.#cache.nominate(podInfo(pod), nominatedNode)
      else this.#cache.withdraw(pod.metadata.uid)
    }
    const changed = old !== undefined && !(semanticEqual(pod.spec, old.spec) && semanticEqual(pod.metadata.labels, old.metadata.labels))
    this.#queue.set(pod, changed)
  }

  /** It waits no more. */
  #forget(uid: string): void {
    this.#queue.delete(uid)
    // What was kept free for it is free.
    if (this.#cache.withdraw(uid)) this.wake('pod-gone')
  }

  #removePod(pod: Frozen<Pod>): void {
    this.#forget(pod.metadata.uid)
    if (this.#cache.removePod(pod.metadata.uid)) this.wake('pod-gone')
  }

  /** Something happened that may make pods fit. */
  wake(event: ClusterEvent): void {
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
    const { uid } = queued.pod.metadata
    const { nodes } = this.#cache
    const begin = this.#options.clock.monotonic()
    const verdict = schedule(info, this.#cache, this.#options.plugins, this.#random, this.#next, this.#cache.nominationOf(uid))
    if (told.hasSubscribers) {
      told.publish({ result: verdict.node === undefined ? 'unschedulable' : 'scheduled', seconds: (this.#options.clock.monotonic() - begin) / 1000 } satisfies AttemptTold)
    }
    if (verdict.node !== undefined) {
      this.#next = (this.#next + verdict.visited) % nodes.length
      this.#cache.withdraw(uid)
      this.#cache.assume(info, verdict.node)
      return this.#run(this.#bind(queued, verdict.node, this.#reserve(queued.pod, verdict.node)))
    }
    this.#queue.park(queued, new Set([...verdict.noes.values()].map((no) => no.plugin)))
    this.#run(this.#makeRoom(info, verdict.noes, nodes.length))
  }

  #run(effect: Promise<void>): void {
    const tracked = effect.finally(() => {
      this.#effects.delete(tracked)
      this.#pump()
    })
    this.#effects.add(tracked)
  }

  #reserve(pod: Frozen<Pod>, name: string): Reservation[] {
    const node = this.#cache.node(name)?.node
    return node === undefined ? [] : (this.#options.steps ?? []).flatMap((step) => step.reserve(pod, node) ?? [])
  }

  async #bind(queued: QueuedPod, node: string, reserved: readonly Reservation[]): Promise<void> {
    const { pod } = queued
    const { namespace = '', name } = pod.metadata
    try {
      for (const { before } of reserved) await before(this.#abort.signal)
      await this.#options.client.bind(namespace, name, node)
    } catch (error) {
      for (const { undo } of reserved) undo()
      this.#cache.removePod(pod.metadata.uid)
      if (this.#abort.signal.aborted) return
      // What was kept free for it is so still.
      const { nominatedNodeName } = queued.pod.status ?? {}
      if (nominatedNodeName && this.#queue.has(pod.metadata.uid)) this.#cache.nominate(podInfo(queued.pod), nominatedNodeName)
      // Gone, or bound by someone else: the watch says so in a moment.
      if (!hasReason(error, 'NotFound')) this.#queue.failed(queued)
      if (hasReason(error, 'NotFound', 'Conflict')) return
      this.#options.recorder.event(pod, 'Warning', 'FailedScheduling', `It could not be put on ${node}: ${messageOf(error)}`)
      this.#options.onError(error, `binding pod ${namespace}/${name} to ${node}`)
      return
    }
    await this.#news.placed(pod, node)
  }

  /** No node fits: lets less important pods go where that helps, and says why the pod waits. */
  async #makeRoom(info: PodInfo, noes: ReadonlyMap<string, No>, total: number): Promise<void> {
    const { pod } = info
    const reasons = new Map([...noes].map(([node, no]) => [node, no.reasons]))
    const message = unschedulableMessage(total, groupReasons(reasons))
    const place = dataOn(pod, this.#cache.nodes)
    const { lowestPriority } = this.#cache
    const nominatedTo = this.#cache.nominationOf(pod.metadata.uid)
    if (lowestPriority >= info.priority || !mayPreempt(info, this.#cache, nominatedTo, noes)) return this.#news.unplaced(pod, { message, reasons, dataOn: place })
    const budgets = await this.#budgets()
    // While the budgets were read the pod may have got its place, or gone.
    if (!this.#queue.has(pod.metadata.uid) || this.#cache.placed(pod.metadata.uid) !== undefined) return
    const outcome = findPreemption(info, this.#cache, this.#options.plugins.filters, noes, budgets, this.#next)
    if (outcome.found === undefined) {
      const nominatedNode = this.#cache.withdraw(pod.metadata.uid) ? '' : undefined
      const why = unschedulableMessage(total, groupReasons(outcome.reasons))
      return this.#news.unplaced(pod, { message: `${message} preemption: ${why}`, reasons, dataOn: place, nominatedNode })
    }
    await this.#preempt(info, outcome.found, { message, reasons, dataOn: place })
  }

  async #preempt(info: PodInfo, { node, victims }: Preemption, why: Unplaced): Promise<void> {
    const displaced = this.#cache.nominated(node).filter((other) => other.priority < info.priority)
    for (const other of displaced) this.#cache.withdraw(other.pod.metadata.uid)
    this.#cache.nominate(info, node)
    await this.#news.unplaced(info.pod, { ...why, nominatedNode: node })
    await Promise.all([
      ...displaced.map((other) => this.#news.notNominated(other.pod)),
      ...victims.map(async ({ pod: victim }) => {
        try {
          await this.#news.preempt(victim, info.pod, node)
        } catch (error) {
          this.#options.onError(error, `preempting pod ${victim.metadata.namespace ?? ''}/${victim.metadata.name}`)
        }
      }),
    ])
  }

  /** Asked for seldom, so not watched; an API without the kind has none. */
  async #budgets(): Promise<readonly PodDisruptionBudget[]> {
    try {
      return (await this.#options.client.list(PodDisruptionBudgets)).items
    } catch (error) {
      if (!hasReason(error, 'NotFound')) this.#options.onError(error, 'reading the disruption budgets')
      return []
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
