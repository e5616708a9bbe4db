import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { repository } from '../lab/places.ts'

interface Change {
  at: number
  name: string
  ok: boolean
}

interface Total {
  name: string
  asked: number
  failed: number
}

/** A request loop on another network, in a process of its own, so that nothing here slows it. */
export class Requests {
  readonly #process: ChildProcess
  readonly #changes: Change[] = []
  readonly #totals: Total[] = []
  readonly #over: Promise<void>

  /**
   * `enter`: the words before a command that make it run where the requests come from: `onItsNetwork` of a server, `outside` of a lab.
   * `targets`: names and URLs, each asked some 80 times a second, on a new connection each time.
   */
  constructor(enter: readonly string[], targets: Readonly<Record<string, string>>) {
    const [program = '', ...words] = [...enter, process.execPath, join(repository, 'e2e/harness/requests.fixture.mjs'), ...Object.entries(targets).map(([name, url]) => `${name}=${url}`)]
    this.#process = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] })
    if (this.#process.stdout === null) throw new Error('no pipe')
    const lines = createInterface({ input: this.#process.stdout })
    lines.on('line', (line) => {
      const said = JSON.parse(line) as Change | Total
      if ('asked' in said) this.#totals.push(said)
      else this.#changes.push(said)
    })
    this.#over = new Promise((resolve) => lines.once('close', () => resolve()))
  }

  /** Whether the last answer of a target was good. */
  isUp(name: string): boolean {
    return this.#changes.findLast((change) => change.name === name)?.ok === true
  }

  /** When a target that failed after `since` answered again; undefined while it does not, and when it was never seen failing. */
  backAt(name: string, since: number): number | undefined {
    const after = this.#changes.filter((change) => change.name === name && change.at >= since)
    const failed = after.findIndex(({ ok }) => !ok)
    return failed < 0 ? undefined : after.slice(failed).findLast(({ ok }) => ok)?.at
  }

  /** Ends the loop and tells how many requests there were. Twice is once. */
  async end(): Promise<readonly Total[]> {
    this.#process.kill('SIGTERM')
    await this.#over
    return this.#totals
  }
}
