import { randomBytes } from 'node:crypto'
import { sleep } from '../../../common/clock.ts'
import type { Clock, Timer } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import { AlreadyThereError, GoneError } from '../container-runtime.ts'
import type { ContainerRuntime, ContainerSpec, ListedContainer, LogRange, ObservedContainer, RuntimeEvent, RuntimeEventHandler } from '../container-runtime.ts'
import { SimulatedLog } from './simulated-log.ts'

/** How a container behaves, as data. */
export interface Behaviour {
  /** How long a start takes. */
  startMs?: number
  /** It ends by itself this long after its start; absent: never. */
  runMs?: number
  /** What it ends with by itself. */
  exitCode?: number
  /** How long it takes to end after its stop signal; longer than the grace: it is killed. */
  stopMs?: number
  /** Lines that it writes as soon as it starts. */
  output?: readonly string[]
}

interface Simulated {
  spec: ContainerSpec
  seen: ObservedContainer
  /** Ends the present run, or starts the next one. */
  timer: Timer | undefined
  delayMs: number
  log: SimulatedLog
}

const FIRST_DELAY_MS = 100
const LAST_DELAY_MS = 60_000
const WELL_MS = 10_000
const KILLED = 137

/** Containers that are only remembered, with Docker's restart policies and events. */
export class SimulatedContainers implements ContainerRuntime {
  readonly #clock: Clock
  readonly #behaviours: Readonly<Record<string, Behaviour>>
  readonly #containers = new Map<string, Simulated>()
  readonly #names = new Map<string, string>()
  readonly #handlers = new Set<RuntimeEventHandler>()

  constructor(clock: Clock, behaviours: Readonly<Record<string, Behaviour>>) {
    this.#clock = clock
    this.#behaviours = behaviours
  }

  list(): Promise<ListedContainer[]> {
    return Promise.resolve([...this.#containers.values()].map(({ seen }) => ({ id: seen.id, name: seen.name, labels: seen.labels, state: seen.state })))
  }

  inspect(id: string): Promise<ObservedContainer | undefined> {
    const found = this.#containers.get(id)
    return Promise.resolve(found === undefined ? undefined : { ...found.seen })
  }

  create(spec: ContainerSpec): Promise<string> {
    if (this.#names.has(spec.name)) return Promise.reject(new AlreadyThereError(`the name "${spec.name}" is in use`))
    const sandbox = spec.sandbox === undefined ? undefined : this.#names.get(spec.sandbox)
    if (spec.sandbox !== undefined && sandbox === undefined) return Promise.reject(new GoneError(`No such container: ${spec.sandbox}`))
    const id = randomBytes(32).toString('hex')
    const address = spec.network?.type === 'pod' ? spec.network.address : undefined
    this.#names.set(spec.name, id)
    this.#containers.set(id, {
      spec, timer: undefined, delayMs: FIRST_DELAY_MS, log: new SimulatedLog(),
      seen: {
        id, name: spec.name, labels: spec.labels, state: 'created', oomKilled: false, error: '', imageId: spec.image, runtimeRestarts: 0,
        ...(sandbox === undefined ? {} : { joins: sandbox }), ...(address === undefined ? {} : { address }),
      },
    })
    return Promise.resolve(id)
  }

  async start(id: string): Promise<void> {
    const container = this.#get(id)
    if (container.seen.state === 'running' || container.seen.state === 'restarting') return
    const { startMs = 0 } = this.#behaviour(container)
    if (startMs > 0) await sleep(this.#clock, startMs)
    container.delayMs = FIRST_DELAY_MS
    container.seen.runtimeRestarts = 0
    this.#begin(container)
  }

  async stop(id: string, graceSeconds: number): Promise<void> {
    const container = this.#containers.get(id)
    if (container === undefined) return
    const { stopMs = 0 } = this.#behaviour(container)
    if (container.seen.state === 'running') {
      const killed = stopMs > graceSeconds * 1000
      const wait = Math.min(stopMs, graceSeconds * 1000)
      if (wait > 0) await sleep(this.#clock, wait)
      if (container.seen.state === 'running') this.#end(container, killed ? KILLED : 0, true)
    } else if (container.seen.state === 'restarting') {
      container.timer?.cancel()
      container.seen.state = 'exited'
    }
  }

  remove(id: string): Promise<void> {
    const container = this.#containers.get(id)
    if (container === undefined) return Promise.resolve()
    container.timer?.cancel()
    if (container.seen.state === 'running') this.#kill(container, true)
    this.#containers.delete(id)
    this.#names.delete(container.seen.name)
    this.#tell('destroy', container)
    return Promise.resolve()
  }

  /** As `docker kill` (`byUser`: no restart by the runtime), or as a process that dies. Nothing happens to one that does not run. */
  kill(id: string, byUser: boolean): void {
    const container = this.#containers.get(id)
    if (container?.seen.state === 'running') this.#kill(container, byUser)
  }

  #kill(container: Simulated, byUser: boolean): void {
    if (byUser) this.#tell('kill', container)
    this.#end(container, KILLED, byUser)
  }

  /** What it wrote, as `docker logs`. */
  logs(id: string, range: LogRange, signal: AbortSignal): AsyncIterable<Uint8Array> {
    return this.#get(id).log.read(range, signal)
  }

  follow(handler: RuntimeEventHandler, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      this.#handlers.add(handler)
      signal.addEventListener('abort', () => {
        this.#handlers.delete(handler)
        resolve()
      }, { once: true })
      handler.onConnected()
    })
  }

  #get(id: string): Simulated {
    const container = this.#containers.get(id)
    if (container === undefined) throw new GoneError(`No such container: ${id}`)
    return container
  }

  #behaviour(container: Simulated): Behaviour {
    return this.#behaviours[container.spec.image] ?? {}
  }

  #begin(container: Simulated): void {
    const { joins } = container.seen
    const sandbox = joins === undefined ? undefined : this.#containers.get(joins)
    if (joins !== undefined && sandbox === undefined) throw new GoneError(`No such container: ${joins}`)
    if (joins !== undefined && sandbox?.seen.state !== 'running') throw new Error(`cannot join network of a non running container: ${joins}`)
    const { runMs, exitCode = 0, output = [] } = this.#behaviour(container)
    Object.assign(container.seen, { state: 'running', startedAt: this.#clock.now() } satisfies Partial<ObservedContainer>)
    container.log.begin(this.#clock.now(), output)
    container.timer = runMs === undefined ? undefined : this.#clock.setTimeout(() => this.#end(container, exitCode, false), runMs)
    this.#tell('start', container)
  }

  #end(container: Simulated, exitCode: number, byUser: boolean): void {
    const { seen, spec } = container
    container.timer?.cancel()
    container.log.end()
    const now = this.#clock.now()
    const ran = now - (seen.startedAt ?? now)
    const again = !byUser && (spec.restart === 'unless-stopped' || (spec.restart === 'on-failure' && exitCode !== 0))
    Object.assign(seen, { state: again ? 'restarting' : 'exited', exitCode, finishedAt: now, finishedAtExact: new Date(now).toISOString() } satisfies Partial<ObservedContainer>)
    if (again) {
      const delay = ran >= WELL_MS ? FIRST_DELAY_MS : container.delayMs
      container.delayMs = Math.min(LAST_DELAY_MS, delay * 2)
      container.timer = this.#clock.setTimeout(() => this.#restart(container), delay)
    }
    this.#tell('die', container, exitCode, byUser)
  }

  #restart(container: Simulated): void {
    container.seen.runtimeRestarts++
    try {
      this.#begin(container)
    } catch (error) {
      // As Docker: it gives up without an event.
      Object.assign(container.seen, { state: 'exited', error: messageOf(error) })
    }
  }

  #tell(type: RuntimeEvent['type'], { seen }: Simulated, exitCode?: number, killed = false): void {
    const event: RuntimeEvent = {
      type, id: seen.id, labels: seen.labels, time: this.#clock.now(), ...(exitCode === undefined ? {} : { exitCode }), ...(killed ? { killed } : {}),
    }
    for (const handler of this.#handlers) handler.onEvent(event)
  }
}
