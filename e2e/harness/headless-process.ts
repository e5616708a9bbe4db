import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { firstLine } from '../lab/first-line.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { repository } from '../lab/places.ts'
import { endChild } from './processes.ts'

/** The words by which Toque takes a server's Docker for this machine's. */
export function onDockerOf(host: LabHost, data: string): string[] {
  return ['--data', data, '--docker', host.dockerSocket, '--node-address', host.address]
}

/** The built `npm start -- --headless` in a process of its own. */
export class HeadlessProcess {
  /** What a browser opens. */
  readonly url: string
  /** The file that kubectl reads. */
  readonly kubeconfig: string
  readonly #child: ChildProcess
  readonly #log: { text: string }

  private constructor(child: ChildProcess, log: { text: string }, said: { url: string; kubeconfig: string }) {
    this.#child = child
    this.#log = log
    this.url = said.url
    this.kubeconfig = said.kubeconfig
  }

  /** Starts it with `args`, behind the words of `enter` (empty: here), and resolves when it says where it serves. Rejects with what it wrote when it ends instead. */
  static async start(args: readonly string[], enter: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<HeadlessProcess> {
    // nsenter becomes the program itself (no fork for a network namespace), so the child's pid is Toque's.
    const [program = '', ...words] = [...enter, process.execPath, join(repository, 'out/main/headless.js'), ...args]
    const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], cwd: repository, env: { ...process.env, ...env } })
    const log = { text: '' }
    child.stderr.on('data', (chunk: Buffer) => (log.text = (log.text + chunk.toString()).slice(-20_000)))
    const line = await firstLine(child.stdout).catch(async () => {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      throw new Error(`Toque ended with code ${String(child.exitCode)} before it served:\n${log.text}`)
    })
    return new HeadlessProcess(child, log, JSON.parse(line) as { url: string; kubeconfig: string })
  }

  /** Starts it on a server's Docker as if it were this machine's. `port` 0: a free one. */
  static onHost(host: LabHost, data: string, port = 0): Promise<HeadlessProcess> {
    return HeadlessProcess.start([...onDockerOf(host, data), '--port', String(port)])
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** The end of what it wrote to stderr. */
  get log(): string {
    return this.#log.text
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  /** Ends it: SIGTERM as a user does, SIGKILL as fate does. Resolves with its exit code; twice is once. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    await endChild(this.#child, signal)
    return this.#child.exitCode
  }
}
