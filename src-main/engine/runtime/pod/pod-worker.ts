import { sleep } from '../../../common/clock.ts'
import type { Timer } from '../../../common/clock.ts'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import type { ListedContainer, ObservedContainer, RuntimeEvent } from '../container-runtime.ts'
import { Prober } from '../probes/prober.ts'
import { noteDeath, noteStart, recalled } from './container-track.ts'
import { FileWriter } from './file-writer.ts'
import { allContainers, nextActions } from './next-actions.ts'
import type { Action } from './next-actions.ts'
import { isDrained, nextTermination } from './next-termination.ts'
import type { NodeContext } from './node-context.ts'
import { PodActions } from './pod-actions.ts'
import { freshMemory } from './pod-view.ts'
import type { ContainerMemory, PodMemory, PodView } from './pod-view.ts'
import { isSidecar } from './specs.ts'
import { podStatus } from './status.ts'
import { readTerminationMessage } from './termination-message.ts'
import { unsupportedVolume } from './volume-mounts.ts'

/** setTimeout cannot wait longer than 2^31 ms. */
const LONGEST_TIMER_MS = 3_600_000
/** How long a pod rests after something failed for no reason of its own: Docker is away, or broken. */
const REST_MS = 1_000
/** A container that is started again at once has its last words read after this: Docker would do both at the same time, each slower. */
const READ_LATER_MS = 2_000
/** Troubles that a config map or a secret (for a registry) may end. */
const RETRY_ON_SOURCES: ReadonlySet<string> = new Set(['CreateContainerConfigError', 'ErrImagePull'])
/** Docker may give up on a restart without an event (its sandbox was down): look again. */
const RESTARTING_LOOK_MS = 2_000
/** Docker tells a start a little later than the time that it keeps of it; it never restarts sooner than 100 ms after an end. */
const SAME_START_MS = 90

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
  readonly #probers = new Map<string, Prober>()
  #pod: Frozen<Pod>
  #inbox: Promise<void> = Promise.resolve()
  #timer: Timer | undefined
  /** Runs while the pod rests. */
  #rest: Timer | undefined
  /** Containers about which news may have been lost. */
  readonly #unsure = new Set<string>()
  #stepping = false
  #stopped = false
  readonly #halted = new AbortController()
  #deletionSeen: number | undefined
  #drainedSeen: number | undefined
  #force = false
  #sourcesChanged = false

  /** `found`: the pod's containers that are on the node already. */
  constructor(node: NodeContext, pod: Frozen<Pod>, found: readonly ObservedContainer[]) {
    this.#node = node
    this.#pod = pod
    this.#memory = recalled(pod)
    this.#files = new FileWriter(node.runtime.streams)
    this.#actions = new PodActions(node, this.#view, this.#memory, this.#files, () => this.#wake())
    const unsupported = unsupportedVolume(pod)
    if (unsupported !== undefined) this.#memory.filesTrouble = { reason: 'FailedMount', message: unsupported, retryAt: Infinity, attempts: 1 }
    // The sandbox first: it has the address that probes need.
    const isSandbox = (c: ObservedContainer): number => (c.labels[DockerLabel.role] === 'sandbox' ? 0 : 1)
    for (const seen of [...found].sort((a, b) => isSandbox(a) - isSandbox(b))) this.#adopt(seen)
    this.#wake()
  }

  get pod(): Frozen<Pod> {
    return this.#pod
  }

  get address(): string | undefined {
    return this.#pod.spec.hostNetwork === true ? this.#node.facts.hostIP : this.#memory.address
  }

  /** What is seen and remembered of a container, for logs and exec; undefined when the pod has none of this name. */
  container(name: string): { seen: ObservedContainer | undefined; known: ContainerMemory } | undefined {
    if (!allContainers(this.#pod).some((c) => c.name === name)) return undefined
    return { seen: this.#view.containers.get(name), known: this.#known(name) }
  }

  /** The object changed. */
  update(pod: Frozen<Pod>): void {
    const statusOnly = this.#pod.metadata.generation === pod.metadata.generation && this.#pod.spec === pod.spec
    if (!sameMap(this.#pod.metadata.labels, pod.metadata.labels) || !sameMap(this.#pod.metadata.annotations, pod.metadata.annotations)) this.#sourcesChanged = true
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
    this.#sourcesChanged = true
    // What was missing may be there now.
    if (this.#memory.filesTrouble?.retryAt !== Infinity) this.#memory.filesTrouble = undefined
    if (this.#memory.sandboxTrouble?.reason === 'FailedMount') this.#memory.sandboxTrouble = undefined
    for (const known of this.#memory.containers.values()) if (RETRY_ON_SOURCES.has(known.trouble?.reason ?? '')) known.trouble = undefined
    this.#wake()
  }

  onEvent(event: RuntimeEvent): void {
    this.#enqueue(() => this.#takeIn(event), event.id)
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
      for (const seen of this.#all()) if (lookAtAll || now.get(seen.id) !== seen.state) await this.#look(seen.id)
      for (const c of listed) if (!this.#all().some((seen) => seen.id === c.id)) await this.#look(c.id)
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
    for (const prober of this.#probers.values()) prober.stop()
    this.#actions.stop()
    await Promise.allSettled([this.#inbox, ...this.#busy.values()])
  }

  #all(): ObservedContainer[] {
    return [...(this.#view.sandbox === undefined ? [] : [this.#view.sandbox]), ...this.#view.containers.values()]
  }

  #known(name: string): ContainerMemory {
    let known = this.#memory.containers.get(name)
    if (known === undefined) this.#memory.containers.set(name, known = freshMemory())
    return known
  }

  #forgetOldImage(container: Container): void {
    const status = this.#pod.status?.containerStatuses?.find((s) => s.name === container.name)
    if (status === undefined || status.image === container.image) return
    this.#actions.cancelFetches(container.name)
    Object.assign(this.#known(container.name), { imageId: undefined, imageDigest: '', trouble: undefined })
  }

  // --- what is seen ---------------------------------------------------------------------------------------------------------

  /** `about`: the container that is looked at again when the job fails. */
  #enqueue(job: () => Promise<void>, about?: string): void {
    this.#inbox = this.#inbox.then(job).catch((error: unknown) => {
      if (about !== undefined) this.#unsure.add(about)
      this.#failed(error)
    }).then(() => this.#wake())
  }

  #adopt(seen: ObservedContainer): void {
    const role = seen.labels[DockerLabel.role]
    if (role === 'sandbox') {
      this.#view.sandbox = seen
      this.#memory.address = seen.address ?? this.#memory.address
      // Files are there unless the pod never came this far; then they are written before anything starts.
      const begun = isConditionTrue(this.#pod.status?.conditions, 'PodReadyToStartContainers')
      if (begun) {
        this.#memory.filesIn = seen.id
        this.#sourcesChanged = true
      }
      return
    }
    const name = seen.labels[DockerLabel.container] ?? ''
    const container = allContainers(this.#pod).find((c) => c.name === name)
    if (container === undefined) return
    const known = this.#known(name)
    this.#view.containers.set(name, seen)
    known.imageId = seen.imageId
    if (role === 'app') this.#memory.initialized = true
    const before = [...(this.#pod.status?.containerStatuses ?? []), ...(this.#pod.status?.initContainerStatuses ?? []), ...(this.#pod.status?.ephemeralContainerStatuses ?? [])].find((s) => s.name === name)
    if (seen.state === 'running') {
      const said = before?.state?.running?.startedAt
      const same = before?.containerID === `docker://${seen.id}` && said !== undefined && Math.abs(Date.parse(said) - Math.floor((seen.startedAt ?? 0) / 1000) * 1000) <= 1000
      const { ready, started } = known
      if (same) known.countedRun = seen.startedAt
      else noteStart(known, container, seen.startedAt ?? 0)
      // Readiness stays as it was while no engine looked.
      if (same) Object.assign(known, { ready, started })
      this.#probe(container, seen)
    } else if (seen.startedAt !== undefined && seen.finishedAt !== undefined && (seen.state === 'exited' || seen.state === 'restarting')) {
      known.oomKilled = seen.oomKilled
      const run = { id: seen.id, startedAt: seen.startedAt, finishedAt: seen.finishedAt, exitCode: seen.exitCode ?? 0 }
      if (known.lastTerminated === undefined || Date.parse(known.lastTerminated.finishedAt ?? '') < Math.floor(run.finishedAt / 1000) * 1000) noteDeath(known, run, this.#node.clock.now())
    }
  }

  async #takeIn(event: RuntimeEvent): Promise<void> {
    const { sandbox } = this.#view
    if (event.type === 'destroy') return this.#vanished(event.id)
    if (event.type === 'oom') {
      const name = event.labels[DockerLabel.container]
      if (name !== undefined) this.#known(name).oomKilled = true
      return
    }
    if (sandbox?.id === event.id && event.type === 'start') {
      this.#view.sandbox = { ...sandbox, state: 'running', startedAt: event.time }
      return
    }
    if (event.type === 'kill') return this.#unready(event.id)
    // Docker never restarts a sandbox: there is nothing to ask, and Docker would not answer before it has cleaned up.
    if (sandbox?.id === event.id && event.type === 'die') {
      this.#view.sandbox = exited(sandbox, event)
      this.#unready(event.id)
      return
    }
    const seen = [...this.#view.containers.values()].find((c) => c.id === event.id)
    if (event.type === 'start' && seen !== undefined) return this.#began(seen, event.time)
    if (event.type === 'die' && seen !== undefined) return this.#died(seen, event)
    await this.#look(event.id)
  }

  /** A container is as good as dead, or its sandbox and with it its network is: nobody shall be sent there. */
  #unready(id: string): void {
    for (const [name, seen] of this.#view.containers) if (seen.id === id || this.#view.sandbox?.id === id) this.#known(name).ready = false
  }

  /** Looks at one container again, whatever is known of it. */
  async #look(id: string): Promise<void> {
    const now = await this.#node.runtime.containers.inspect(id)
    if (now === undefined) return this.#vanished(id)
    const seen = this.#all().find((c) => c.id === id)
    if (seen === undefined) return this.#adopt(now)
    if (now.labels[DockerLabel.role] === 'sandbox') {
      this.#view.sandbox = now
      return
    }
    if (seen.state === 'running' && now.startedAt !== undefined && now.finishedAt !== undefined && (now.state !== 'running' || Math.abs(now.startedAt - (seen.startedAt ?? 0)) > 1000)) {
      return this.#died(seen, { time: now.finishedAt, exitCode: now.exitCode ?? 0 }, now)
    }
    if (now.state === 'running' && seen.state !== 'running') return this.#began(now, now.startedAt ?? 0)
    this.#view.containers.set(this.#nameOf(now), now)
  }

  #began(seen: ObservedContainer, startedAt: number): void {
    const name = this.#nameOf(seen)
    const container = allContainers(this.#pod).find((c) => c.name === name)
    if (container === undefined) return
    const known = this.#known(name)
    const current = this.#view.containers.get(name)
    // The event of a start that was seen already, maybe of a run that is over.
    if (known.countedRun !== undefined && (current?.state === 'running' ? startedAt - known.countedRun < 5_000 : Math.abs(startedAt - known.countedRun) < SAME_START_MS)) return
    const running: ObservedContainer = { ...seen, state: 'running', startedAt }
    this.#view.containers.set(name, running)
    noteStart(known, container, startedAt)
    this.#node.recorder.event(this.#pod, 'Normal', 'Started', `Started container ${name}`)
    this.#probe(container, running)
  }

  async #died(seen: ObservedContainer, event: { time: number; exitCode?: number; killed?: true }, look?: ObservedContainer): Promise<void> {
    const name = this.#nameOf(seen)
    const known = this.#known(name)
    this.#probers.get(name)?.stop()
    this.#probers.delete(name)
    let now = look
    if (event.killed === true) now = exited(seen, event)
    else if (now === undefined) {
      // Docker answers when it has cleaned up; nobody shall be sent here meanwhile.
      this.#unready(seen.id)
      this.#wake()
      now = await this.#node.runtime.containers.inspect(seen.id)
    }
    if (seen.state === 'running') {
      const run = { id: seen.id, startedAt: seen.startedAt ?? event.time, finishedAt: event.time, exitCode: event.exitCode ?? now?.exitCode ?? 0 }
      known.oomKilled ||= now?.oomKilled === true && now.state !== 'running'
      const previousWords = known.lastTerminated?.message
      noteDeath(known, run, this.#node.clock.now())
      // The first restart is at once; from the second death in a row on, it is a loop.
      if (known.youngDeaths > 1 && this.#pod.metadata.deletionTimestamp === undefined) this.#node.recorder.event(this.#pod, 'Warning', 'BackOff', `Back-off restarting failed container ${name}: it ends soon after each start, its log says why`)
      this.#readMessage(name, seen, known, previousWords, event.killed === true ? READ_LATER_MS : 0)
    }
    if (now === undefined) {
      this.#view.containers.delete(name)
      return
    }
    // What Docker began by itself before it answered.
    const again = now.startedAt !== undefined && now.startedAt > event.time
    if (now.state === 'running' || again) {
      this.#view.containers.set(name, { ...now, state: 'restarting' })
      this.#began(now, now.startedAt ?? event.time)
    }
    if (now.state !== 'running') {
      // That run, too, is over.
      if (again && now.finishedAt !== undefined && now.startedAt !== undefined) {
        noteDeath(known, { id: now.id, startedAt: now.startedAt, finishedAt: now.finishedAt, exitCode: now.exitCode ?? 0 }, this.#node.clock.now())
        this.#probers.get(name)?.stop()
        this.#probers.delete(name)
      }
      this.#view.containers.set(name, now)
    }
  }

  #vanished(id: string): void {
    if (this.#view.sandbox?.id === id) {
      this.#view.sandbox = undefined
      return
    }
    for (const [name, seen] of this.#view.containers) {
      if (seen.id !== id) continue
      this.#view.containers.delete(name)
      this.#probers.get(name)?.stop()
      this.#probers.delete(name)
      const known = this.#known(name)
      if (seen.state === 'running') noteDeath(known, { id, startedAt: seen.startedAt ?? 0, finishedAt: seen.startedAt ?? 0, exitCode: 137 }, this.#node.clock.now())
    }
  }

  #nameOf(seen: ObservedContainer): string {
    return seen.labels[DockerLabel.container] ?? ''
  }

  #readMessage(name: string, seen: ObservedContainer, known: ContainerMemory, previousWords: string | undefined, afterMs: number): void {
    const end = known.lastTerminated
    const container = allContainers(this.#pod).find((c) => c.name === name)
    if (end === undefined || container === undefined || this.#force) return
    const [death, before] = known.deaths
    const read = (): Promise<string> => readTerminationMessage(this.#node.runtime, this.#pod, container, {
      sandboxId: this.#view.sandbox?.id, container: seen, exitCode: end.exitCode, previousDeath: before, previousWords, ...(afterMs > 0 ? { until: death } : {}),
    })
    const reading = afterMs === 0 ? read() : sleep(this.#node.clock, afterMs, this.#halted.signal).then(read, () => '')
    void reading.then((message) => {
      if (message === '' || known.lastTerminated !== end) return
      known.lastTerminated = { ...end, message }
      this.#wake()
    })
  }

  #probe(container: Container, seen: ObservedContainer): void {
    const name = container.name
    this.#probers.get(name)?.stop()
    this.#probers.delete(name)
    if (container.livenessProbe === undefined && container.readinessProbe === undefined && container.startupProbe === undefined) return
    const known = this.#known(name)
    const change = (apply: () => void) => (): void => {
      apply()
      this.#wake()
    }
    this.#probers.set(name, new Prober({
      container, containerId: seen.id, podIP: this.address ?? '', tools: this.#node.tools, clock: this.#node.clock,
      initial: { started: known.started, ready: known.ready },
      listener: {
        onStarted: change(() => (known.started = true)),
        onReady: (ready) => change(() => (known.ready = ready))(),
        onUnhealthy: (message) => change(() => (known.unhealthy = message))(),
        onFailure: (kind, message) => this.#node.recorder.event(this.#pod, 'Warning', 'Unhealthy', `${kind[0]?.toUpperCase() ?? ''}${kind.slice(1)} probe failed: ${message}`),
      },
    }))
  }

  // --- what is done ---------------------------------------------------------------------------------------------------------

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
    this.#noteProgress()
    if (this.#pod.metadata.deletionTimestamp !== undefined) this.#deletionSeen ??= clock.monotonic()
    if (this.#deletionSeen !== undefined) {
      this.#actions.cancelFetches()
      this.#end(this.#deletionSeen)
    } else {
      const plan = nextActions(this.#pod, this.#view, this.#memory, clock.now())
      for (const action of plan.actions) this.#do(action)
      // A change that comes while files are being written waits for its turn.
      if (this.#sourcesChanged && !this.#busy.has('files') && this.#memory.filesIn !== undefined && this.#memory.filesIn === this.#view.sandbox?.id && this.#view.sandbox.state === 'running') {
        this.#sourcesChanged = false
        this.#launch('files', () => this.#actions.updateFiles(this.#pod))
      }
      const restarting = [...this.#view.containers.values()].some((c) => c.state === 'restarting') ? clock.now() + RESTARTING_LOOK_MS : Infinity
      this.#wakeAt(Math.min(plan.wakeAt ?? Infinity, restarting), restarting)
    }
    this.sayStatus()
  }

  #noteProgress(): void {
    const { spec } = this.#pod
    const inits = spec.initContainers ?? []
    this.#memory.initialized ||= inits.every((c) => {
      const seen = this.#view.containers.get(c.name)
      return isSidecar(c) ? seen?.state === 'running' && this.#known(c.name).started : seen?.state === 'exited' && seen.exitCode === 0
    })
    const start = this.#pod.status?.startTime
    if (spec.activeDeadlineSeconds !== undefined && start !== undefined && this.#node.clock.now() >= Date.parse(start) + spec.activeDeadlineSeconds * 1000) {
      this.#memory.failed ??= { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' }
    }
  }

  #wakeAt(at: number, look: number): void {
    if (at === Infinity) return
    const { clock } = this.#node
    this.#timer = clock.setTimeout(() => {
      if (at === look) for (const c of this.#view.containers.values()) if (c.state === 'restarting') this.#enqueue(() => this.#look(c.id))
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
    for (const prober of this.#probers.values()) prober.stop()
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
      this.#enqueue(() => this.#look(id).finally(resolve))
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
    this.#halted.abort()
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
        this.#enqueue(() => this.#look(id), id)
      }
      this.#wake()
    }, REST_MS)
  }
}

/** As Docker shows a container that has died and that it does not restart. */
function exited(seen: ObservedContainer, event: { time: number; exitCode?: number }): ObservedContainer {
  return { ...seen, state: 'exited', finishedAt: event.time, exitCode: event.exitCode ?? 0, oomKilled: false, error: '' }
}

function sameMap(a: Record<string, string> | undefined, b: Record<string, string> | undefined): boolean {
  return a === b || JSON.stringify(a ?? {}) === JSON.stringify(b ?? {})
}
