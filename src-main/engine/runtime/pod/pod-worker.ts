import type { Timer } from '../../../common/clock.ts'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isDrained } from '../../../common/kube/pods.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import type { ListedContainer, ObservedContainer, RuntimeEvent } from '../container-runtime.ts'
import { statusMessage } from './admission.ts'
import type { Refusal } from './admission.ts'
import { noteChanges } from './changed-containers.ts'
import { recalled } from './container-track.ts'
import { FileWriter } from './file-writer.ts'
import { allContainers, nextActions } from './next-actions.ts'
import type { Action } from './next-actions.ts'
import { nextTermination } from './next-termination.ts'
import type { NodeContext } from './node-context.ts'
import { PodActions } from './pod-actions.ts'
import { PodObserver } from './pod-observer.ts'
import { knownOf, podAddress } from './pod-view.ts'
import type { ContainerMemory, PodMemory, PodView } from './pod-view.ts'
import { isInitialized, isOverdue } from './progress.ts'
import { retryOnRoom, retryOnSources } from './retries.ts'
import { podStatus } from './status.ts'
import { unsupportedVolume } from './volume-mounts.ts'

/** setTimeout cannot wait longer than 2^31 ms. */
const LONGEST_TIMER_MS = 3_600_000
/** How long a pod rests after something failed for no reason of its own: Docker is away, or broken. */
const REST_MS = 1_000
/** As upstream: who takes too much of the disk gets no time to take more. */
const EVICTION_GRACE_S = 1
/** Docker may give up on a restart without an event (its sandbox was down): look again. */
const RESTARTING_LOOK_MS = 2_000

/**
 * Keeps one pod of a node as its object wants it. Runtime events, probes and changes of the object wake it; then it compares what is seen with
 * what should be (`nextActions`) and does the difference. Events of its containers are taken in one after the other.
 */
export class PodWorker {
  readonly #node: NodeContext
  readonly #view: PodView = { sandbox: undefined, containers: new Map() }
  readonly #memory: PodMemory
  readonly #files: FileWriter
  readonly #actions: PodActions
  readonly #busy = new Map<string, Promise<void>>()
  readonly #observer: PodObserver
  #pod: Frozen<Pod>
  #inbox: Promise<void> = Promise.resolve()
  #timer: Timer | undefined
  /** Runs while the pod rests. */
  #rest: Timer | undefined
  /** Containers about which news may have been lost. */
  readonly #unsure = new Set<string>()
  #stepping = false
  #stopped = false
  #deletionSeen: number | undefined
  #drainedSeen: number | undefined
  #force = false
  #sourcesChanged = false

  /** `found`: the pod's containers that are on the node already; `refused`: why the node does not take it. */
  constructor(node: NodeContext, pod: Frozen<Pod>, found: readonly ObservedContainer[], refused?: Refusal) {
    this.#node = node
    this.#pod = pod
    this.#memory = recalled(pod)
    this.#files = new FileWriter({ streams: node.runtime.streams, clock: node.clock, token: node.token })
    this.#actions = new PodActions(node, this.#view, this.#memory, this.#files, () => this.#wake())
    this.#observer = new PodObserver({
      node, view: this.#view, memory: this.#memory, pod: () => this.#pod, isAbandoned: () => this.#force, changed: () => this.#wake(), filesMayBeOld: () => (this.#sourcesChanged = true),
    })
    this.#memory.failed = refused && { reason: refused.reason, message: statusMessage(refused), wasTaken: false }
    const unsupported = unsupportedVolume(pod)
    if (unsupported !== undefined) this.#memory.filesTrouble = { reason: 'FailedMount', message: unsupported, retryAt: Infinity, attempts: 1 }
    // The sandbox first: it has the address that probes need.
    const isSandbox = (c: ObservedContainer): number => (c.labels[DockerLabel.role] === 'sandbox' ? 0 : 1)
    for (const seen of [...found].sort((a, b) => isSandbox(a) - isSandbox(b))) this.#observer.adopt(seen)
    this.#wake()
  }

  get pod(): Frozen<Pod> {
    return this.#pod
  }

  /** It does not run here (any more), whatever its stored status says. */
  get hasFailed(): boolean {
    return this.#memory.failed !== undefined
  }

  get address(): string | undefined {
    return podAddress(this.#pod, this.#memory, this.#node.facts)
  }

  /** What is seen and remembered of a container, for logs and exec; undefined when the pod has none of this name. */
  container(name: string): { seen: ObservedContainer | undefined; known: ContainerMemory } | undefined {
    if (!allContainers(this.#pod).some((c) => c.name === name)) return undefined
    return { seen: this.#view.containers.get(name), known: knownOf(this.#memory, name) }
  }

  /** The object changed. */
  update(pod: Frozen<Pod>): void {
    const statusOnly = this.#pod.metadata.generation === pod.metadata.generation && this.#pod.spec === pod.spec
    if (!semanticEqual(this.#pod.metadata.labels, pod.metadata.labels) || !semanticEqual(this.#pod.metadata.annotations, pod.metadata.annotations)) this.#anotherSource()
    if (!statusOnly) noteChanges(this.#memory, this.#pod, pod, this.#node.clock.now())
    this.#pod = pod
    if (!statusOnly) for (const c of allContainers(pod)) this.#forgetOldImage(c)
    this.#wake()
  }

  /** The object is gone without a goodbye: end everything at once. */
  abandon(): void {
    this.#force = true
    this.#deletionSeen ??= this.#node.clock.monotonic()
    this.#wake()
  }

  /** A config map or secret that the pod uses, or a label of its own, changed. */
  sourcesChanged(): void {
    this.#anotherSource()
    this.#wake()
  }

  /** The node's disk has room again: what waited for that need not wait longer. */
  roomMade(): void {
    retryOnRoom(this.#memory)
    this.#wake()
  }

  /** The node cannot keep it: it ends for good, for this reason. One that has failed, or is being deleted, goes on with that. */
  evict(message: string): void {
    if (this.hasFailed || this.#deletionSeen !== undefined || this.#pod.metadata.deletionTimestamp !== undefined) return
    this.#memory.failed = { reason: 'Evicted', message, graceSeconds: EVICTION_GRACE_S }
    this.#node.recorder.event(this.#pod, 'Warning', 'Evicted', message)
    this.#wake()
  }

  onEvent(event: RuntimeEvent): void {
    this.#enqueue(() => this.#observer.takeIn(event), event.id)
  }

  /**
   * Compares with a fresh listing of the pod's containers; what differs is looked at again, or everything where a server may have been switched off:
   * what runs then may have begun anew. Resolves when that is over.
   */
  relist(listed: readonly ListedContainer[], lookAtAll = false): Promise<void> {
    // Docker answers: no need to rest any longer.
    this.#rest?.cancel()
    this.#rest = undefined
    this.#enqueue(async () => {
      const now = new Map(listed.map((c) => [c.id, c.state]))
      for (const seen of this.#observer.all()) if (lookAtAll || now.get(seen.id) !== seen.state) await this.#observer.look(seen.id)
      for (const c of listed) if (!this.#observer.all().some((seen) => seen.id === c.id)) await this.#observer.look(c.id)
    })
    return this.#inbox
  }

  /** Says what is known of the pod. */
  sayStatus(): void {
    if (!this.#force && !this.#stopped) this.#node.writeStatus(this.#pod, podStatus(this.#pod, this.#view, this.#memory, this.#node.facts.hostIP, this.#node.clock.now()))
  }

  /** Stops watching over the pod; its containers stay as they are. */
  async stop(): Promise<void> {
    this.#halt()
    this.#observer.stopProbing()
    this.#actions.stop()
    await Promise.allSettled([this.#inbox, ...this.#busy.values()])
  }

  /** What was missing may be there now. */
  #anotherSource(): void {
    this.#sourcesChanged = true
    retryOnSources(this.#memory)
  }

  #forgetOldImage(container: Container): void {
    const status = this.#pod.status?.containerStatuses?.find((s) => s.name === container.name)
    if (status === undefined || status.image === container.image) return
    this.#actions.cancelFetches(container.name)
    Object.assign(knownOf(this.#memory, container.name), { imageId: undefined, imageDigest: '', trouble: undefined })
  }

  /** `about`: the container that is looked at again when the job fails. */
  #enqueue(job: () => Promise<void>, about?: string): void {
    this.#inbox = this.#inbox.then(job).catch((error: unknown) => {
      if (about !== undefined) this.#unsure.add(about)
      this.#failed(error)
    }).then(() => this.#wake())
  }

  /** One step per turn of the event loop, however many things woke it. */
  #wake(): void {
    if (this.#stepping || this.#stopped || this.#rest !== undefined) return
    this.#stepping = true
    queueMicrotask(() => {
      this.#stepping = false
      if (!this.#stopped) this.#step()
    })
  }

  #step(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const { clock } = this.#node
    this.#memory.initialized ||= isInitialized(this.#pod, this.#view, this.#memory)
    if (isOverdue(this.#pod, clock.now())) this.#memory.failed ??= { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
    if (this.#pod.metadata.deletionTimestamp !== undefined) this.#deletionSeen ??= clock.monotonic()
    if (this.#deletionSeen !== undefined) {
      this.#actions.cancelFetches()
      this.#end(this.#deletionSeen)
    } else {
      const plan = nextActions(this.#pod, this.#view, this.#memory, clock.now())
      for (const action of plan.actions) this.#do(action)
      // A change that comes while files are being written waits for its turn.
      const canUpdate = !this.#busy.has('files') && this.#memory.filesIn !== undefined && this.#memory.filesIn === this.#view.sandbox?.id && this.#view.sandbox.state === 'running'
      const { renewAt } = this.#files
      if (canUpdate && (this.#sourcesChanged || renewAt <= clock.now())) {
        this.#sourcesChanged = false
        this.#launch('files', () => this.#actions.updateFiles(this.#pod))
      }
      const restarting = [...this.#view.containers.values()].some((c) => c.state === 'restarting') ? clock.now() + RESTARTING_LOOK_MS : Infinity
      this.#wakeAt(Math.min(plan.wakeAt ?? Infinity, restarting, canUpdate && !this.#busy.has('files') ? renewAt : Infinity), restarting)
    }
    this.sayStatus()
  }

  #wakeAt(at: number, look: number): void {
    if (at === Infinity) return
    const { clock } = this.#node
    this.#timer = clock.setTimeout(() => {
      if (at === look) for (const c of this.#view.containers.values()) if (c.state === 'restarting') this.#enqueue(() => this.#observer.look(c.id))
      this.#wake()
    }, Math.min(LONGEST_TIMER_MS, Math.max(1, at - clock.now())))
  }

  #end(since: number): void {
    const { clock } = this.#node
    if (isDrained(this.#pod)) this.#drainedSeen ??= clock.monotonic()
    const options = { inService: this.#node.inService(this.#pod), since, drainedAt: this.#drainedSeen, force: this.#force }
    const next = nextTermination(this.#pod, this.#view, options, clock.monotonic())
    switch (next.phase) {
      case 'drain': {
        this.#timer = clock.setTimeout(() => this.#wake(), Math.max(1, next.until - clock.monotonic()))
        return
      }
      case 'stop': {
        for (const action of next.actions) this.#do(action)
        return
      }
      case 'clean': this.#launch('clean', () => this.#clean())
    }
  }

  async #clean(): Promise<void> {
    // A creation under way would leave something behind.
    await Promise.allSettled([...this.#busy].filter(([target]) => target !== 'clean').map(([, work]) => work))
    this.#observer.stopProbing()
    await this.#actions.removeAll()
    if (!this.#force) await this.#node.confirmDeleted(this.#pod)
    this.#halt()
    this.#node.addresses.release(this.#pod.metadata.uid)
    this.#node.gpus.release(this.#pod.metadata.uid)
    this.#node.forget(this.#pod.metadata.uid)
    await this.#actions.removeVolumes(this.#pod)
  }

  #do(action: Action): void {
    this.#launch(action.target, async () => {
      await this.#actions.run(this.#pod, action, this.#deletionSeen)
      // What an action did is seen before the next decision, whether or not its event came already.
      if ('id' in action) await this.#seen(action.id)
    })
  }

  /** Waits until the inbox has taken in what is known of a container up to now. */
  #seen(id: string): Promise<void> {
    return new Promise((resolve) => {
      this.#enqueue(() => this.#observer.look(id).finally(resolve))
    })
  }

  #launch(target: string, work: () => Promise<void>): void {
    if (this.#busy.has(target)) return
    const done = work().catch((error: unknown) => this.#failed(error)).finally(() => {
      this.#busy.delete(target)
      this.#wake()
    })
    this.#busy.set(target, done)
  }

  #halt(): void {
    this.#stopped = true
    this.#observer.halt()
    this.#timer?.cancel()
    this.#rest?.cancel()
  }

  /** What an action could not handle itself: Docker is away, or a bug. The pod rests, for what failed would fail again at once; then it is tried again. */
  #failed(error: unknown): void {
    if (this.#stopped) return
    if (!(error instanceof DockerUnreachableError)) this.#node.onError(error)
    this.#rest ??= this.#node.clock.setTimeout(() => {
      this.#rest = undefined
      for (const id of [...this.#unsure]) {
        this.#unsure.delete(id)
        this.#enqueue(() => this.#observer.look(id), id)
      }
      this.#wake()
    }, REST_MS)
  }
}
