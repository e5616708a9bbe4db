import type { Clock, Timer } from '../../../common/clock.ts'
import type { ContainerStatus } from '../../../common/kube/generated/core-v1.ts'
import type { LinePosition } from '../../../common/kube/log-sink.ts'
import type { NodeAccess } from '../../../common/kube/node-access.ts'
import { orAborted } from '../../../common/or-aborted.ts'
import type { LogEntry, LogSource } from './entry.ts'
import { Resumption, advanced } from './position.ts'
import { TimedLines } from './timed-lines.ts'

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 30_000

/** What of a container's state matters to whoever reads its log. */
export interface ContainerState {
  id: string
  running: boolean
  /** Another one after each change. */
  run: string
}

/** What a container's status says of its log; undefined while there is none. */
export function stateOf({ containerID, state, lastState, restartCount }: ContainerStatus): ContainerState | undefined {
  const id = (containerID ?? state?.terminated?.containerID ?? lastState?.terminated?.containerID ?? '').replace(/^docker:\/\//, '')
  if (id === '' || (state?.running === undefined && state?.terminated === undefined && lastState?.terminated === undefined)) return undefined
  return { id, running: state?.running !== undefined, run: [id, restartCount, state?.running === undefined ? 'ended' : state.running.startedAt].join() }
}

/** What a reader needs. */
export interface ReaderOptions {
  access: Pick<NodeAccess, 'logs'>
  clock: Clock
  source: LogSource
  /** Where to go on. */
  position: LinePosition | undefined
  /** Without a position: lines before it are left out, RFC 3339; undefined: none is. */
  since: string | undefined
  /** Resolves when there is room for more. */
  take(entry: LogEntry): Promise<void>
  onGap(): void
}

/**
 * Reads the log of one container, all its runs, each line once as long as this engine lives: follows it while it runs, goes on where it was after the
 * way to the node was cut, and waits without a timer while there is nothing to be read.
 */
export class ContainerReader {
  readonly #options: ReaderOptions
  #position: LinePosition | undefined
  #state: ContainerState | undefined
  #gone = false
  #wake: (() => void) | undefined
  #readRun = ''

  constructor(options: ReaderOptions) {
    this.#options = options
    this.#position = options.position
  }

  /** The container is so now. */
  update(state: ContainerState | undefined): void {
    if (state?.run === this.#state?.run) return
    this.#state = state
    this.#wake?.()
  }

  /** Its pod is gone: what can still be read is read. */
  end(): void {
    this.#gone = true
    this.#wake?.()
  }

  /** Resolves when all is read of a pod that is gone, or the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake?.()
    signal.addEventListener('abort', wake)
    // Of a pod that is gone only what is being read can be: by its name there may be another one by now.
    for (let failures = 0; !signal.aborted && !this.#gone;) {
      const state = this.#state
      if (state === undefined || state.run === this.#readRun) {
        await this.#changed(undefined)
        continue
      }
      const before = this.#position
      let failed = false
      try {
        await this.#read(state, signal)
      } catch {
        // The node is cut off, or has no such container any more: its status says which, and this goes on when there is something to go on with.
        failed = true
      }
      if (!state.running && !failed) this.#readRun = state.run
      failures = this.#position === before ? failures + 1 : 0
      // It ended while it was followed: in a moment its status will say so.
      if (!signal.aborted && !this.#gone && (state.running || failed) && this.#state?.run === state.run) await this.#changed(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures))
    }
    signal.removeEventListener('abort', wake)
  }

  async #read(state: ContainerState, signal: AbortSignal): Promise<void> {
    const { access, source: { namespace, pod, container }, since } = this.#options
    const resumption = new Resumption(this.#position?.id === state.id ? this.#position : undefined)
    const from = this.#position?.time ?? since
    const lines = new TimedLines()
    let told = false
    const take = async (found: readonly { time: string; text: string }[]): Promise<void> => {
      for (const line of found) {
        const isNew = resumption.isNew(line)
        if (resumption.gap && !told) this.#options.onGap()
        told = resumption.gap
        if (!isNew) continue
        const entry: LogEntry = { source: this.#options.source, id: state.id, ...line }
        await this.#options.take(entry)
        this.#position = advanced(this.#position, entry)
      }
    }
    const options = { follow: state.running, timestamps: true, allRuns: true, ...(from === undefined ? {} : { sinceTime: from }) }
    const chunks = access.logs({ namespace, pod, container }, options, signal)[Symbol.asyncIterator]()
    // A node that hangs holds nobody who wants to end.
    for (let next = await orAborted(chunks.next(), signal); next.done !== true; next = await orAborted(chunks.next(), signal)) await take(lines.take(next.value))
    await take(lines.end())
  }

  /** Resolves with the next change, or after `ms`. */
  #changed(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      let timer: Timer | undefined
      this.#wake = () => {
        this.#wake = undefined
        timer?.cancel()
        resolve()
      }
      if (ms !== undefined) timer = this.#options.clock.setTimeout(() => this.#wake?.(), ms)
    })
  }
}
