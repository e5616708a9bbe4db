import { DockerLabel } from '../../../common/docker-labels.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { ObservedContainer, RuntimeEvent } from '../container-runtime.ts'
import { noteDeath, noteOutOfMemory, noteStart } from './container-track.ts'
import { LastWords } from './last-words.ts'
import { allContainers } from './next-actions.ts'
import type { NodeContext } from './node-context.ts'
import { PodProbes } from './pod-probes.ts'
import { knownOf } from './pod-view.ts'
import type { PodMemory, PodView } from './pod-view.ts'

/** A start that is told so long after the run began that goes on is another one's: an end was not told. */
const SAME_START_MS = 5_000
/** A container that is started again at once has its last words read after this: Docker would do both at the same time, each slower. */
const READ_LATER_MS = 2_000

export interface PodObserverOptions {
  node: NodeContext
  view: PodView
  memory: PodMemory
  /** The object, as it is now. */
  pod(): Frozen<Pod>
  /** Its object is gone: nobody asks for last words. */
  isAbandoned(): boolean
  /** What is seen or remembered changed. */
  changed(): void
  /** Files were written by an engine before this one. */
  filesMayBeOld(): void
}

/**
 * What is seen of one pod's containers: takes in listings and events, one after the other as it is told to, and keeps the view and the memory true. Starts the containers' probes and reads their last words.
 *
 * Which run of a container is meant is told by when it was started (`countedRun`: of the newest that was counted). Docker keeps that time (an inspection has
 * it), then tells it (an event, later by as much as the machine is busy), and starts nothing again in between: so an inspection is about another run exactly
 * when it began later, and an event alone is doubtful once a run is over. When a run ended is no measure: Docker's time of a very short run's end lies before
 * that of its start.
 */
export class PodObserver {
  readonly #o: PodObserverOptions
  readonly #node: NodeContext
  readonly #view: PodView
  readonly #memory: PodMemory
  readonly #probes: PodProbes
  readonly #words: LastWords
  /** When a run began, by container, whose successor was seen before it. */
  readonly #passedOver = new Map<string, number>()

  constructor(options: PodObserverOptions) {
    this.#o = options
    this.#node = options.node
    this.#view = options.view
    this.#memory = options.memory
    this.#probes = new PodProbes(options)
    this.#words = new LastWords(options)
  }

  /** The sandbox, where there is one, and the containers. */
  all(): ObservedContainer[] {
    return [...(this.#view.sandbox === undefined ? [] : [this.#view.sandbox]), ...this.#view.containers.values()]
  }

  /** Probes nothing any more; the rest is taken in as before. */
  stopProbing(): void {
    this.#probes.stopAll()
  }

  /** Reads no last words any more. */
  halt(): void {
    this.#words.halt()
  }

  #pod(): Frozen<Pod> {
    return this.#o.pod()
  }

  /** A container of the pod that is on the node, as it was found. */
  adopt(seen: ObservedContainer): void {
    const role = seen.labels[DockerLabel.role]
    if (role === 'sandbox') {
      this.#view.sandbox = seen
      this.#memory.address = seen.address ?? this.#memory.address
      // Files are there unless the pod never came this far; then they are written before anything starts.
      const begun = isConditionTrue(this.#pod().status?.conditions, 'PodReadyToStartContainers')
      if (begun) {
        this.#memory.filesIn = seen.id
        this.#o.filesMayBeOld()
      }
      return
    }
    const name = seen.labels[DockerLabel.container] ?? ''
    const container = allContainers(this.#pod()).find((c) => c.name === name)
    if (container === undefined) return
    const known = knownOf(this.#memory, name)
    this.#view.containers.set(name, seen)
    known.imageId = seen.imageId
    if (role === 'app') this.#memory.initialized = true
    const before = [...(this.#pod().status?.containerStatuses ?? []), ...(this.#pod().status?.initContainerStatuses ?? []), ...(this.#pod().status?.ephemeralContainerStatuses ?? [])].find((s) => s.name === name)
    if (seen.state === 'running') {
      const said = before?.state?.running?.startedAt
      const same = before?.containerID === `docker://${seen.id}` && said !== undefined && Math.abs(Date.parse(said) - Math.floor((seen.startedAt ?? 0) / 1000) * 1000) <= 1000
      const { ready, started } = known
      if (same) known.countedRun = seen.startedAt
      else noteStart(known, container, seen.startedAt ?? 0)
      // Readiness stays as it was while no engine looked.
      if (same) Object.assign(known, { ready, started })
      this.#probes.start(container, seen)
    } else if (seen.startedAt !== undefined && seen.finishedAt !== undefined && (seen.state === 'exited' || seen.state === 'restarting')) {
      known.oomKilled = seen.oomKilled
      known.countedRun ??= seen.startedAt
      const run = { id: seen.id, startedAt: seen.startedAt, finishedAt: seen.finishedAt, exitCode: seen.exitCode ?? 0 }
      if (known.lastTerminated === undefined || Date.parse(known.lastTerminated.finishedAt ?? '') < Math.floor(run.finishedAt / 1000) * 1000) noteDeath(known, run, this.#node.clock.now())
    }
  }

  /** One event of the runtime. */
  async takeIn(event: RuntimeEvent): Promise<void> {
    const { sandbox } = this.#view
    if (event.type === 'destroy') return this.#vanished(event.id)
    if (event.type === 'oom') {
      const name = event.labels[DockerLabel.container]
      if (name !== undefined) noteOutOfMemory(knownOf(this.#memory, name), event.time)
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
    if (event.type === 'start' && seen !== undefined) return seen.state === 'exited' || seen.state === 'restarting' ? this.#beganAgain(seen, event.time) : this.#began(seen, event.time)
    if (event.type === 'die' && seen !== undefined) return seen.state === 'running' && event.time < (seen.startedAt ?? 0) ? this.#diedBefore(seen, event) : this.#died(seen, event)
    await this.look(event.id)
  }

  /** A container is as good as dead, or its sandbox and with it its network is: nobody shall be sent there. */
  #unready(id: string): void {
    for (const [name, seen] of this.#view.containers) if (seen.id === id || this.#view.sandbox?.id === id) knownOf(this.#memory, name).ready = false
  }

  /** Looks at one container again, whatever is known of it. */
  async look(id: string): Promise<void> {
    const now = await this.#node.runtime.containers.inspect(id)
    if (now === undefined) return this.#vanished(id)
    const seen = this.all().find((c) => c.id === id)
    if (seen === undefined) return this.adopt(now)
    if (now.labels[DockerLabel.role] === 'sandbox') {
      this.#view.sandbox = now
      return
    }
    if (seen.state === 'running' && now.finishedAt !== undefined && (now.state !== 'running' || this.#isAnotherRun(now))) {
      return this.#died(seen, { time: now.finishedAt, exitCode: now.exitCode ?? 0 }, now)
    }
    if (now.state === 'running' && seen.state !== 'running' && this.#isAnotherRun(now)) return this.#newRun(now, now.startedAt ?? 0)
    this.#view.containers.set(this.#nameOf(now), now)
  }

  /** Of a run that began after the newest that was counted. */
  #isAnotherRun(now: ObservedContainer): boolean {
    const { countedRun } = knownOf(this.#memory, this.#nameOf(now))
    return now.startedAt !== undefined && (countedRun === undefined || now.startedAt > countedRun)
  }

  /** A start was told of one that had none yet, or that runs. */
  #began(seen: ObservedContainer, toldAt: number): void {
    const name = this.#nameOf(seen)
    const { countedRun } = knownOf(this.#memory, name)
    if (countedRun === undefined || toldAt >= countedRun + (seen.state === 'running' ? SAME_START_MS : 0)) this.#newRun(seen, toldAt)
    else if (toldAt < countedRun) this.#passedOver.set(name, toldAt)
  }

  /** A start was told of one that ended: of a new run, or of the one whose end was seen before. */
  async #beganAgain(seen: ObservedContainer, toldAt: number): Promise<void> {
    const now = await this.#node.runtime.containers.inspect(seen.id)
    if (now === undefined) return this.#vanished(seen.id)
    if (!this.#isAnotherRun(now)) return
    if ((now.startedAt ?? 0) > toldAt) this.#passedOver.set(this.#nameOf(now), toldAt)
    this.#newRun(now, now.startedAt ?? toldAt)
  }

  #newRun(seen: ObservedContainer, startedAt: number): void {
    const name = this.#nameOf(seen)
    const container = allContainers(this.#pod()).find((c) => c.name === name)
    if (container === undefined) return
    const known = knownOf(this.#memory, name)
    const running: ObservedContainer = { ...seen, state: 'running', startedAt }
    this.#view.containers.set(name, running)
    noteStart(known, container, startedAt)
    this.#node.recorder.event(this.#pod(), 'Normal', 'Started', `Started container ${name}`)
    this.#probes.start(container, running)
  }

  /**
   * A run that was over before anything of it was seen, for Docker had begun the next one when it answered about the one before. It is counted, too; the
   * run that is seen goes on. The end of a run that was counted already is old news.
   */
  #diedBefore(seen: ObservedContainer, event: { time: number; exitCode?: number }): void {
    const name = this.#nameOf(seen)
    const startedAt = this.#passedOver.get(name)
    this.#passedOver.delete(name)
    if (startedAt === undefined || startedAt > event.time) return
    const known = knownOf(this.#memory, name)
    const { ready, started } = known
    noteDeath(known, { id: seen.id, startedAt, finishedAt: event.time, exitCode: event.exitCode ?? 0 }, this.#node.clock.now())
    known.restarts++
    Object.assign(known, { ready, started })
  }

  async #died(seen: ObservedContainer, event: { time: number; exitCode?: number; killed?: true }, look?: ObservedContainer): Promise<void> {
    const name = this.#nameOf(seen)
    const known = knownOf(this.#memory, name)
    this.#probes.stop(name)
    let now = look
    if (event.killed === true) now = exited(seen, event)
    else if (now === undefined) {
      // Docker answers when it has cleaned up; nobody shall be sent here meanwhile.
      this.#unready(seen.id)
      this.#o.changed()
      now = await this.#node.runtime.containers.inspect(seen.id)
    }
    if (seen.state === 'running') {
      const run = { id: seen.id, startedAt: seen.startedAt ?? event.time, finishedAt: event.time, exitCode: event.exitCode ?? now?.exitCode ?? 0 }
      known.oomKilled ||= now?.oomKilled === true && now.state !== 'running'
      const previousWords = known.lastTerminated?.message
      // Whoever waits for its end finds its last words with it. What is started again is not held up: that it has restarted is the news.
      const words = now?.state === 'exited' && event.killed !== true ? await this.#words.read({ name, seen, exitCode: run.exitCode, previousDeath: known.deaths[0], previousWords }) : undefined
      noteDeath(known, run, this.#node.clock.now())
      // The first restart is at once; from the second death in a row on, it is a loop.
      if (known.youngDeaths > 1 && this.#pod().metadata.deletionTimestamp === undefined) this.#node.recorder.event(this.#pod(), 'Warning', 'BackOff', `Back-off restarting failed container ${name}: it ends soon after each start, its log says why`)
      if (words === undefined) this.#words.readLater(known, { name, seen, previousWords }, event.killed === true ? READ_LATER_MS : 0)
      else if (words !== '' && known.lastTerminated !== undefined) known.lastTerminated.message = words
    }
    if (now === undefined) {
      this.#view.containers.delete(name)
      return
    }
    // What Docker began by itself before it answered.
    const again = this.#isAnotherRun(now)
    if (again) this.#newRun(now, now.startedAt ?? event.time)
    if (now.state !== 'running' || !again) {
      // That run, too, is over.
      if (again && now.finishedAt !== undefined && now.startedAt !== undefined) {
        noteDeath(known, { id: now.id, startedAt: now.startedAt, finishedAt: now.finishedAt, exitCode: now.exitCode ?? 0 }, this.#node.clock.now())
        this.#probes.stop(name)
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
      this.#probes.stop(name)
      const known = knownOf(this.#memory, name)
      if (seen.state === 'running') noteDeath(known, { id, startedAt: seen.startedAt ?? 0, finishedAt: seen.startedAt ?? 0, exitCode: 137 }, this.#node.clock.now())
    }
  }

  #nameOf(seen: ObservedContainer): string {
    return seen.labels[DockerLabel.container] ?? ''
  }
}

/** As Docker shows a container that has died and that it does not restart. */
function exited(seen: ObservedContainer, event: { time: number; exitCode?: number }): ObservedContainer {
  return { ...seen, state: 'exited', finishedAt: event.time, exitCode: event.exitCode ?? 0, oomKilled: false, error: '' }
}
