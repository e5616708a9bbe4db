import { DockerLabel } from '../../src-main/common/docker-labels.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { Containers } from './containers.ts'

const AGAIN_MS = 100

/**
 * Follows the Docker of one server, over its restarts, and notes every pod that ran twice: a container that started while another of the same pod
 * with the same part (the sandbox, or one container of the spec) ran.
 */
export class PodStarts {
  readonly #host: LabHost
  readonly #containers: Containers
  /** Container IDs that run, by pod UID and part. */
  readonly #running = new Map<string, Set<string>>()
  readonly #faults: string[] = []
  readonly #done: Promise<void>
  #stop: (() => void) | undefined
  #stopped = false
  #starts = 0

  constructor(host: LabHost) {
    this.#host = host
    this.#containers = new Containers(host)
    this.#done = this.#follow()
  }

  /** How many containers of pods were started. */
  get starts(): number {
    return this.#starts
  }

  /** Pods that ran twice, in words. */
  get faults(): readonly string[] {
    return this.#faults
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.#stop?.()
    await this.#done
  }

  async #follow(): Promise<void> {
    while (!this.#stopped) {
      await this.#once().catch(() => undefined) // no Docker at the moment
      if (!this.#stopped) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }

  /** One stream of events, from a list at its beginning to its end. */
  async #once(): Promise<void> {
    const stream = await this.#containers.docker.getEvents({ filters: { type: ['container'] } })
    const ended = new Promise<void>((resolve) => stream.once('close', resolve).once('end', resolve).once('error', () => resolve()))
    this.#stop = () => (stream as unknown as { destroy(): void }).destroy()
    let listed = false
    const waiting: string[] = []
    let rest = ''
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines.filter((l) => l.trim() !== '')) {
        if (listed) this.#heard(line)
        else waiting.push(line)
      }
    })
    const list = await this.#containers.docker.listContainers({ filters: { label: [DockerLabel.podUid] } })
    this.#running.clear()
    for (const { Id, Labels } of list) this.#started(Id, Labels)
    listed = true
    // What came before the list was answered may be in it already: to start it again in the books is no start.
    for (const line of waiting) this.#heard(line)
    await ended
  }

  #heard(line: string): void {
    const { Action, Actor: { ID, Attributes } } = JSON.parse(line) as { Action: string; Actor: { ID: string; Attributes: Record<string, string> } }
    if (Attributes[DockerLabel.podUid] === undefined) return
    if (Action === 'die') this.#running.get(partOf(Attributes))?.delete(ID)
    if (Action !== 'start') return
    this.#starts += 1
    this.#started(ID, Attributes)
  }

  #started(id: string, labels: Record<string, string>): void {
    const part = partOf(labels)
    const others = this.#running.get(part) ?? new Set()
    const other = [...others].find((o) => o !== id)
    if (other !== undefined) this.#faults.push(`${this.#host.name}: ${labels[DockerLabel.podName] ?? ''} (${part}) ran twice: ${id.slice(0, 12)} started while ${other.slice(0, 12)} ran`)
    this.#running.set(part, others.add(id))
  }
}

function partOf(labels: Record<string, string>): string {
  return `${labels[DockerLabel.podUid] ?? ''} ${labels[DockerLabel.container] ?? labels[DockerLabel.role] ?? ''}`
}
