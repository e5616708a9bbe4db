import type Docker from 'dockerode'
import type { Clock, Timer } from '../../../common/clock.ts'
import { followDockerEvents } from '../../../hosts/docker-events.ts'
import type { SwarmNode, SwarmService, SwarmTask } from '../../docker/types.ts'
import type { SwarmPicture } from '../picture.ts'

/** Docker tells nothing of tasks, so they are listed again and again. */
const EVERY_MS = 300

/** A picture of a real swarm, for tests: everything is listed whenever Docker tells of a service or a node, and every 300 ms. */
export class DockerPicture implements SwarmPicture {
  readonly #docker: Docker
  readonly #clock: Clock
  readonly #abort = new AbortController()
  readonly #listeners = new Set<() => void>()
  #state: { services: SwarmService[]; tasks: SwarmTask[]; nodes: SwarmNode[] } = { services: [], tasks: [], nodes: [] }
  #text = ''
  #timer: Timer | undefined
  #reading: Promise<void> | undefined
  #following: Promise<void> | undefined

  constructor(docker: Docker, clock: Clock) {
    this.#docker = docker
    this.#clock = clock
  }

  /** Resolves when everything was listed once. */
  async start(): Promise<void> {
    await this.#read()
    const look = (): void => void this.#again()
    this.#following = followDockerEvents(this.#docker, { type: ['service', 'node'] }, { onConnected: look, onEvent: look, onDisconnected: () => undefined }, this.#clock, this.#abort.signal)
    look()
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('the picture is not needed any more'))
    this.#timer?.cancel()
    await Promise.all([this.#reading, this.#following])
  }

  services(): readonly SwarmService[] {
    return this.#state.services
  }

  tasks(): readonly SwarmTask[] {
    return this.#state.tasks
  }

  nodes(): readonly SwarmNode[] {
    return this.#state.nodes
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async #again(): Promise<void> {
    this.#timer?.cancel()
    // A manager that is out of reach for a moment is asked again.
    this.#reading ??= this.#read().catch(() => undefined)
    await this.#reading
    this.#reading = undefined
    this.#timer?.cancel()
    if (!this.#abort.signal.aborted) this.#timer = this.#clock.setTimeout(() => void this.#again(), EVERY_MS)
  }

  async #read(): Promise<void> {
    const [services, tasks, nodes] = await Promise.all([this.#docker.listServices(), this.#docker.listTasks(), this.#docker.listNodes()]) as unknown as [SwarmService[], SwarmTask[], SwarmNode[]]
    const text = JSON.stringify([services, tasks, nodes])
    if (text === this.#text) return
    this.#text = text
    this.#state = { services, tasks, nodes }
    for (const listener of this.#listeners) listener()
  }
}
