import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstLine } from '../lab/first-line.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { repository } from '../lab/places.ts'
import { endChild } from './processes.ts'

/** A line that was received, and whose it was. */
export interface ReceivedLine {
  pod: string
  log: string
}

/** A notification that was received. `good`: its signature was. */
export interface ReceivedNews {
  good: boolean
  delivery: string
  reason: string
  count: number
  object: { kind: string; name: string }
}

/** The receivers of receivers.fixture.mjs, on a server's network. */
export class Receivers {
  readonly ports: { fluentd: number; loki: number; hook: number }
  readonly dir: string
  readonly #stop: () => Promise<void>

  private constructor(ports: Receivers['ports'], dir: string, stop: () => Promise<void>) {
    this.ports = ports
    this.dir = dir
    this.#stop = stop
  }

  /** `token`: Loki's, and Fluentd's shared key. `signing`: the webhook's. */
  static async start(host: LabHost, token: string, signing: string): Promise<Receivers> {
    const dir = await mkdtemp(join(tmpdir(), 'toque-receivers-'))
    const [enter = '', ...words] = [...host.onItsNetwork, process.execPath, join(repository, 'e2e/harness/receivers.fixture.mjs'), dir, token, signing]
    const child = spawn(enter, words, { stdio: ['ignore', 'pipe', 'inherit'] })
    const stop = async (): Promise<void> => {
      await endChild(child)
      await rm(dir, { recursive: true, force: true })
    }
    return new Receivers(JSON.parse(await firstLine(child.stdout)) as Receivers['ports'], dir, stop)
  }

  /** What `pod` wrote, as it came. */
  async lines(of: 'fluentd' | 'loki', pod: string): Promise<string[]> {
    return (await this.#read<ReceivedLine>(of)).filter((line) => line.pod === pod).map(({ log }) => log)
  }

  news(): Promise<ReceivedNews[]> {
    return this.#read<ReceivedNews>('hook')
  }

  stop(): Promise<void> {
    return this.#stop()
  }

  async #read<T>(name: string): Promise<T[]> {
    const text = await readFile(join(this.dir, name), 'utf8').catch(() => '')
    return text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as T)
  }
}
