import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { repository } from '../lab/places.ts'

/** `api-serving.ts` in a process of its own. */
export class ApiProcess {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  /** Its data directory, on the same disk as what it is compared with. */
  readonly dir: string
  readonly kubeconfig: string
  readonly url: string
  readonly pid: number

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, dir: string, said: { kubeconfig: string; url: string; pid: number }) {
    this.#child = child
    this.#lines = lines
    this.dir = dir
    this.kubeconfig = said.kubeconfig
    this.url = said.url
    this.pid = said.pid
  }

  /** Rejects with a sentence when it ends before it serves; what it writes to stderr is seen. */
  static async start(): Promise<ApiProcess> {
    const dir = await mkdtemp(join(tmpdir(), 'toque-api-'))
    const script = join(dirname(fileURLToPath(import.meta.url)), 'api-serving.ts')
    const child = spawn(join(repository, 'node_modules/.bin/tsx'), [script, dir], { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const first = await lines.next()
    if (first.done === true) throw new Error(`the API's process ended with ${String(child.exitCode)} before it served`)
    return new ApiProcess(child, lines, dir, JSON.parse(first.value) as { kubeconfig: string; url: string; pid: number })
  }

  /** What it has in memory at the moment, MiB; pages of its files aside. */
  async mib(): Promise<number> {
    this.#child.stdin?.write('memory\n')
    const { value } = (await this.#lines.next()) as { value: string }
    return Number(value) / 2 ** 10
  }

  /** Ends it and removes its data. */
  async stop(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await gone
    await rm(this.dir, { recursive: true, force: true })
  }
}
