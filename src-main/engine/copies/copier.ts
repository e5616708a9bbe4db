import { randomBytes } from 'node:crypto'
import type { Clock } from '../../common/clock.ts'
import { sleep } from '../../common/clock.ts'
import { messageOf } from '../../common/errors.ts'
import type { HelperSession } from '../network/start-network.ts'
import type { Cipher } from '../store/cipher.ts'
import type { Key, Store } from '../store/store.ts'
import { headerLine, sealFrame } from './frames.ts'
import type { Change, Header } from './frames.ts'
import { chooseNodes } from './choose-nodes.ts'

type CopySession = Pick<HelperSession, 'request'>

/** How one node's copy is. */
export interface CopyState {
  readonly node: string
  /** It holds every commit up to this one; 0: nothing yet. */
  readonly revision: number
  /** Why it is behind, when something is wrong: a sentence. */
  readonly problem?: string
}

export interface CopierOptions {
  store: Store
  clock: Clock
  clusterId: string
  epoch: number
  /** Of the cluster's copies; see `copyKey`. */
  cipher: Cipher
  /** Nodes that could keep a copy, by name, and a session with the helper of each. */
  sessions(): ReadonlyMap<string, CopySession>
  /** Calls back when there are others; returns a function that ends it. */
  onSessions(listener: () => void): () => void
  onState(states: readonly CopyState[]): void
}

/** Commits of this long travel together, ms. */
const GATHER_MS = 50
const RETRY_MS = 5_000
/** Values a frame of the whole state holds about, in bytes of JSON. */
const FRAME_BYTES = 256 << 10
/** The copy is begun anew when what was added to it is larger than its beginning, and than this, bytes. */
const ADDED_BYTES = 1 << 20

/** Keeps copies of the cluster's state, encrypted, on a few nodes: the whole of it, then every commit as it happens. */
export class Copier {
  readonly #o: CopierOptions
  readonly #keeping = new Map<string, { session: CopySession; stop: AbortController; done: Promise<void> }>()
  readonly #states = new Map<string, CopyState>()
  readonly #end: () => void
  #stopped = false

  constructor(options: CopierOptions) {
    this.#o = options
    this.#end = options.onSessions(() => this.#choose())
    this.#choose()
  }

  /** Resolves when nothing is sent any more. What was committed last may not be in the copies. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#end()
    for (const { stop } of this.#keeping.values()) stop.abort(new Error('stopped'))
    await Promise.all([...this.#keeping.values()].map(({ done }) => done))
  }

  #choose(): void {
    if (this.#stopped) return
    const sessions = this.#o.sessions()
    const chosen = new Set(chooseNodes([...this.#keeping.keys()], [...sessions.keys()]))
    for (const [node, kept] of this.#keeping) {
      if (chosen.has(node) && sessions.get(node) === kept.session) continue
      kept.stop.abort(new Error('another node keeps it'))
      this.#keeping.delete(node)
      if (!chosen.has(node)) this.#states.delete(node)
    }
    for (const node of chosen) {
      const session = sessions.get(node)
      if (this.#keeping.has(node) || session === undefined) continue
      const stop = new AbortController()
      this.#keeping.set(node, { session, stop, done: this.#keep(node, session, stop.signal) })
    }
    this.#tell()
  }

  /** Until it is stopped: sends the whole state, then what is added; from the beginning after a failure. */
  async #keep(node: string, session: CopySession, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#copyOnce(node, session, signal)
      } catch (error) {
        if (signal.aborted) return
        this.#states.set(node, { node, revision: this.#states.get(node)?.revision ?? 0, problem: messageOf(error) })
        this.#tell()
        await sleep(this.#o.clock, RETRY_MS, signal).catch(() => undefined)
      }
    }
  }

  /** One copy, from its beginning until it has grown too long. */
  async #copyOnce(node: string, session: CopySession, signal: AbortSignal): Promise<void> {
    const { store, clock, cipher, clusterId, epoch } = this.#o
    const { entries, revision } = store.list('')
    const pending = new Map<Key, Change>()
    let due: () => void = () => undefined
    const wake = (): void => due()
    signal.addEventListener('abort', wake)
    const unwatch = store.watch('', revision, (changes) => {
      // Of several changes of one key the last counts.
      for (const change of changes) pending.set(change.key, [change.key, change.type === 'put' ? change.entry.value : null])
      wake()
    })
    try {
      const parts = inParts(entries.map(({ key, value }): Change => [key, value]))
      const header: Header = { clusterId, file: randomBytes(12).toString('hex'), epoch, whole: parts.length }
      const send = (how: 'new' | 'more' | 'done' | 'add', upTo: number, bytes: Buffer): Promise<string> => {
        signal.throwIfAborted()
        return session.request('copy', Buffer.concat([Buffer.from(`${how} ${String(epoch)} ${String(upTo)}\n`), bytes]))
      }
      await send('new', revision, headerLine(header))
      let wholeBytes = 0
      for (const [index, changes] of parts.entries()) {
        const sealed = await sealFrame(cipher, header, index, { revision, changes })
        wholeBytes += sealed.length
        await send('more', revision, sealed)
      }
      await send('done', revision, Buffer.alloc(0))
      this.#has(node, revision)
      let addedBytes = 0
      for (let index = parts.length; addedBytes < Math.max(ADDED_BYTES, wholeBytes); index++) {
        if (pending.size === 0) await new Promise<void>((resolve) => (due = resolve))
        signal.throwIfAborted()
        await sleep(clock, GATHER_MS, signal)
        const changes = [...pending.values()]
        const upTo = store.revision
        pending.clear()
        const sealed = await sealFrame(cipher, header, index, { revision: upTo, changes })
        await send('add', upTo, sealed)
        addedBytes += sealed.length
        this.#has(node, upTo)
      }
    } finally {
      signal.removeEventListener('abort', wake)
      unwatch()
    }
  }

  #has(node: string, revision: number): void {
    this.#states.set(node, { node, revision })
    this.#tell()
  }

  #tell(): void {
    if (!this.#stopped) this.#o.onState([...this.#states.values()].sort((a, b) => (a.node < b.node ? -1 : 1)))
  }
}

/** Changes in runs of about `FRAME_BYTES`; one at least. */
function inParts(changes: readonly Change[]): Change[][] {
  const parts: Change[][] = [[]]
  let bytes = 0
  for (const change of changes) {
    if (bytes > FRAME_BYTES) {
      parts.push([])
      bytes = 0
    }
    parts.at(-1)?.push(change)
    bytes += JSON.stringify(change[1]).length
  }
  return parts
}
