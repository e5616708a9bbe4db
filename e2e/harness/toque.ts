import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LabHost } from '../lab/lab-host.ts'
import { HeadlessProcess } from './headless-process.ts'

export interface ToqueOptions {
  /** The lab's server that it manages; it runs on that server's network, as on a user's own machine. */
  host: LabHost
  /** The data directory; kept after `stop` when given, else a new one that goes with it. */
  data?: string
  /** Another way to the server's Docker, such as a tap on it. */
  docker?: string
  /** The kubectl to use. Default: the one on the PATH. */
  kubectl?: string
}

/** Toque as a user runs it on a server: the built program in a process of its own, spoken to by kubectl only. */
export class Toque {
  readonly data: string
  readonly #options: ToqueOptions
  readonly #ownData: boolean
  /** The one that runs, or the last one that ran. */
  #last: HeadlessProcess | undefined
  #running = false
  /** What those before it wrote. */
  #earlier = ''

  private constructor(options: ToqueOptions, data: string, ownData: boolean) {
    this.#options = options
    this.data = data
    this.#ownData = ownData
  }

  /** Starts it and resolves when it says where it serves. */
  static async start(options: ToqueOptions): Promise<Toque> {
    const data = options.data ?? (await mkdtemp(join(tmpdir(), 'toque-')))
    const toque = new Toque(options, data, options.data === undefined)
    await toque.restart()
    return toque
  }

  get url(): string {
    return this.#last?.url ?? ''
  }

  get kubeconfig(): string {
    return this.#last?.kubeconfig ?? ''
  }

  /** The end of what it wrote to stderr, over all its starts. */
  get log(): string {
    return this.#earlier + (this.#last?.log ?? '')
  }

  /** Its process ID. */
  get pid(): number {
    if (this.#last === undefined || !this.#running) throw new Error('Toque is not running')
    return this.#last.pid
  }

  /** Starts it (again) on the same data. */
  async restart(): Promise<void> {
    const { host, docker = host.dockerSocket } = this.#options
    this.#earlier = this.log.slice(-20_000)
    this.#last = undefined
    this.#last = await HeadlessProcess.start(['--headless', '--data', this.data, '--docker', docker], host.onItsNetwork)
    this.#running = true
  }

  /** SIGKILL: nothing is shut down. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Ends it as a user does, and removes the data if they are its own. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
    if (this.#ownData) await rm(this.data, { recursive: true, force: true })
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#running = false
    await this.#last?.end(signal)
  }

  /** Runs kubectl and resolves with its output; rejects with what it wrote to stderr. */
  kubectl(args: string[], input?: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const [enter = '', ...words] = [...this.#options.host.onItsNetwork, this.#options.kubectl ?? 'kubectl', '--kubeconfig', this.kubeconfig, ...args]
      const child = execFile(enter, words, { maxBuffer: 64 << 20, timeout: 120_000 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}`))
      })
      if (input !== undefined) child.stdin?.write(input)
      child.stdin?.end()
    })
  }

  /** `kubectl get … -o json`, read. */
  async get<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl(['get', ...args, '-o', 'json'])) as T
  }

  /** Applies manifests. */
  apply(yaml: string): Promise<string> {
    return this.kubectl(['apply', '-f', '-'], yaml)
  }

  /** Waits (generously) for a rollout to end well. */
  rolloutDone(deployment: string): Promise<string> {
    return this.kubectl(['rollout', 'status', `deployment/${deployment}`, '--timeout=110s'])
  }
}
