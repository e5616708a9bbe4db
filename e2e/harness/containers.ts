import Docker from 'dockerode'
import { DockerLabel } from '../../src-main/common/docker-labels.ts'
import type { LabHost } from '../lab/lab-host.ts'

/** One container of a pod, as Docker shows it. */
export interface PodContainer {
  id: string
  /** `sandbox` or `app`. */
  role: string
  pod: string
  podUid: string
  pid: number
  /** Milliseconds since the epoch, by the server's clock. */
  startedAt: number
  running: boolean
}

/** The server's Docker, seen from outside of Toque. */
export class Containers {
  readonly docker: Docker
  readonly #host: LabHost

  constructor(host: LabHost) {
    this.#host = host
    this.docker = new Docker({ socketPath: host.dockerSocket })
  }

  /** The containers of pods whose names begin with `prefix`, running ones only unless `all`. */
  async of(prefix: string, options: { role?: string; all?: boolean } = {}): Promise<PodContainer[]> {
    const label = [DockerLabel.podUid, ...(options.role === undefined ? [] : [`${DockerLabel.role}=${options.role}`])]
    const listed = await this.docker.listContainers({ all: options.all ?? false, filters: { label } })
    const mine = listed.filter((c) => c.Labels[DockerLabel.podName]?.startsWith(prefix))
    const inspected = await Promise.all(mine.map((c) => this.docker.getContainer(c.Id).inspect().catch(() => undefined)))
    return inspected.filter((c) => c !== undefined).map((c) => ({
      id: c.Id,
      role: c.Config.Labels[DockerLabel.role] ?? '',
      pod: c.Config.Labels[DockerLabel.podName] ?? '',
      podUid: c.Config.Labels[DockerLabel.podUid] ?? '',
      pid: c.State.Pid,
      startedAt: Date.parse(c.State.StartedAt),
      running: c.State.Running,
    }))
  }

  /** Counts Docker's events from now on, by action and container, until `stop`. */
  async watch(): Promise<{ events: DockerEvent[]; stop: () => void }> {
    const stream = await this.docker.getEvents({ filters: { type: ['container'] } })
    const events: DockerEvent[] = []
    let rest = ''
    stream.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString()).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (line.trim() === '') continue
        const e = JSON.parse(line) as { Action: string; timeNano: number; Actor: { ID: string; Attributes: Record<string, string> } }
        events.push({ action: e.Action, id: e.Actor.ID, timeMs: e.timeNano / 1e6, labels: e.Actor.Attributes })
      }
    })
    stream.on('error', () => {})
    return { events, stop: () => (stream as unknown as { destroy(): void }).destroy() }
  }

  /** `kill -9` of a process on the server, by the pid that Docker tells. */
  async killProcess(pid: number, signal = 'KILL'): Promise<void> {
    await this.#host.exec(['kill', `-${signal}`, String(pid)])
  }
}

/** One event of Docker's stream; the time is the server's. */
export interface DockerEvent {
  action: string
  id: string
  timeMs: number
  labels: Record<string, string>
}

/** Waits until `check` gives something; fails after `deadlineMs`, saying `what` was waited for. Only to catch hangs: never a measure. */
export async function eventually<T>(what: string, check: () => Promise<T | undefined | false>, deadlineMs = 120_000): Promise<T> {
  const end = performance.now() + deadlineMs
  let last: unknown
  for (;;) {
    try {
      const value = await check()
      if (value !== undefined && value !== false) return value
      last = undefined
    } catch (error) {
      last = error
    }
    if (performance.now() > end) throw new Error(`waited ${String(deadlineMs / 1000)} s in vain for: ${what}`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
