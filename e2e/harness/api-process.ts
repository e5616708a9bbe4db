import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from 'vite'
import { repository } from '../lab/places.ts'

/**
 * `api-serving.ts`, or another script that speaks as it does, in a process of its own. It is built first, as the app is: a program that is
 * translated while it runs carries the translator, which takes as much memory as the whole engine.
 */
export class ApiProcess {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>
  /** Its data directory, on the same disk as what it is compared with. */
  readonly dir: string
  readonly #program: string
  readonly kubeconfig: string
  readonly url: string
  readonly pid: number

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, dir: string, program: string, said: { kubeconfig: string; url: string; pid: number }) {
    this.#child = child
    this.#lines = lines
    this.dir = dir
    this.#program = program
    this.kubeconfig = said.kubeconfig
    this.url = said.url
    this.pid = said.pid
  }

  /** `script`: its path in the repository. Rejects with a sentence when it ends before it serves; what it writes to stderr is seen. */
  static async start(script = 'e2e/harness/api-serving.ts'): Promise<ApiProcess> {
    const dir = await mkdtemp(join(tmpdir(), 'toque-api-'))
    const program = await built(script)
    const child = spawn(process.execPath, [join(program, 'program.js'), dir], { stdio: ['pipe', 'pipe', 'inherit'] })
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
    const first = await lines.next()
    if (first.done === true) throw new Error(`the API's process ended with ${String(child.exitCode)} before it served`)
    return new ApiProcess(child, lines, dir, program, JSON.parse(first.value) as { kubeconfig: string; url: string; pid: number })
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
    for (const made of [this.dir, this.#program]) await rm(made, { recursive: true, force: true })
  }
}

/** The folder of a `program.js`; inside the repository, where it finds its packages. */
async function built(script: string): Promise<string> {
  const out = join(repository, 'out')
  await mkdir(out, { recursive: true })
  const outDir = await mkdtemp(join(out, 'harness-'))
  await build({ configFile: false, logLevel: 'warn', root: repository, build: { ssr: script, outDir, target: 'node20', rolldownOptions: { output: { entryFileNames: 'program.js' } } } })
  return outDir
}
