import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { eventually } from './containers.ts'
import type { Site } from './site.ts'

/** How a kubectl ended. With a terminal all is in `stdout`. */
export interface Outcome {
  code: number
  stdout: string
  stderr: string
}

export interface KubectlOptions {
  input?: string
  env?: Record<string, string>
  /** On a terminal of its own, as a person types it. */
  tty?: boolean
}

/** One kubectl in one namespace of a site, with a discovery cache of its own. */
export class Kubectl {
  readonly #site: Site
  readonly #path: string
  readonly #namespace: string

  constructor(site: Site, path: string, namespace = 'default') {
    this.#site = site
    this.#path = path
    this.#namespace = namespace
  }

  /** Runs it and resolves however it ends. */
  async run(args: readonly string[], options: KubectlOptions = {}): Promise<Outcome> {
    const child = this.#spawn(args, options)
    const outcome = { code: -1, stdout: '', stderr: '' }
    child.stdout?.on('data', (chunk: Buffer) => (outcome.stdout += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (outcome.stderr += chunk.toString()))
    const limit = setTimeout(() => child.kill('SIGKILL'), 120_000)
    // One that reads nothing may have ended by then.
    child.stdin?.on('error', () => undefined)
    if (options.tty !== true || options.input !== undefined) child.stdin?.end(options.input ?? '')
    await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
    clearTimeout(limit)
    outcome.code = child.exitCode ?? -1
    return outcome
  }

  /** Runs it and resolves with its stdout; rejects with what it said when it fails. */
  async ok(...args: string[]): Promise<string> {
    return this.done(args)
  }

  /** As `ok`, with options. */
  async done(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${String(code)}: ${stderr}${stdout}`)
    return stdout
  }

  /** Runs it and resolves with what it said when it refused; rejects when it went well. */
  async refused(args: readonly string[], options: KubectlOptions = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, options)
    if (code === 0) throw new Error(`kubectl ${args.join(' ')} went well: ${stdout}`)
    return stderr + stdout
  }

  /** `get … -o json`, read. */
  async get<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok('get', ...args, '-o', 'json')) as T
  }

  /** Starts one that goes on until stopped: `-w`, `-f`, port-forward. */
  follow(...args: string[]): Following {
    return new Following(this.#spawn(args, {}))
  }

  #spawn(args: readonly string[], options: KubectlOptions): ChildProcess {
    const { toque, host } = this.#site
    const kubectl = [this.#path, '--kubeconfig', toque.kubeconfig, '--cache-dir', join(toque.data, 'kubectl-cache'), '-n', this.#namespace, ...args]
    const words = options.tty === true ? ['script', '-qec', kubectl.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' '), '/dev/null'] : kubectl
    const [enter = '', ...rest] = [...host.onItsNetwork, ...words]
    return spawn(enter, rest, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, TERM: 'xterm', ...options.env } })
  }
}

/** A kubectl that goes on. */
export class Following {
  readonly #child: ChildProcess
  #output = ''

  constructor(child: ChildProcess) {
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString()))
    child.stdin?.end()
  }

  /** All it has said until now. */
  get output(): string {
    return this.#output
  }

  /** Resolves when its output matches. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    return eventually(`${String(pattern)} in what kubectl says`, () => Promise.resolve(pattern.exec(this.#output) ?? undefined), 60_000)
      .catch((error: unknown) => Promise.reject(new Error(`${String(error)}; it said:\n${this.#output}`)))
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGTERM')
    await ended
  }
}
