import type Docker from 'dockerode'
import type { Clock, Timer } from '../../common/clock.ts'
import { sleep } from '../../common/clock.ts'
import { DockerUnreachableError } from '../../hosts/host.ts'
import { HelperError } from '../network/helper-session.ts'
import type { DrivingRight, HelperSession } from '../network/start-network.ts'
import { lookAt } from './look.ts'
import type { Judgement, StatePoint, Term } from './term.ts'
import { judge, LEASE_MS, OUTLAST_MS, parseTerm, RENEW_MS, termText } from './term.ts'
import type { Permission } from './write-guard.ts'

/** A "no" on one node. */
export type Refusal = Extract<Judgement, { may: false }>

export interface NodeLeaseOptions {
  clock: Clock
  clusterId: string
  term: Term
  /** The revision of this engine's state. */
  revision(): number
  /** The node is another engine's: this one must stop driving. May be called more than once. */
  onRefused(refusal: Refusal): void
  /** The session it was taken on, and its end. */
  onSession(session: HelperSession | undefined): void
}

/** How long a change waits for the lease before its caller is told. */
const PATIENCE_MS = 10_000
/** How long the end waits for calls under way. */
const IDLE_MS = 2_000
const ASK_AGAIN_MS = 500

/**
 * One node's lease. Kept by the node's helper, taken on a session with it and renewed there; it ends `LEASE_MS` after the last
 * renewal was asked for, whatever the node thinks. (A lease as in Gray and Cheriton 1989, with epochs as fencing tokens.)
 */
export class NodeLease implements DrivingRight, Permission {
  readonly #o: NodeLeaseOptions
  readonly #waiting = new Set<() => void>()
  /** By the monotonic clock, and by the wall clock: the first stands still while the machine sleeps, the second can be set back. */
  #until = { monotonic: -Infinity, wall: -Infinity }
  /** The cluster has nothing on the node yet: there is nobody to take it from, and nowhere to keep a lease. */
  #unclaimed = false
  /** Taken from this one, which may be in the middle of something. */
  #outlast: Term | undefined
  #refused: Refusal | undefined
  #session: HelperSession | undefined
  #timer: Timer | undefined
  #stopped = false
  /** Changes under way. */
  #calls = 0
  #becameIdle: () => void = () => undefined

  constructor(options: NodeLeaseOptions) {
    this.#o = options
  }

  get epoch(): number {
    return this.#o.term.epoch
  }

  held(): boolean {
    if (this.#refused !== undefined || this.#stopped || this.#outlast !== undefined) return false
    const { clock } = this.#o
    return this.#unclaimed || (clock.monotonic() < this.#until.monotonic && clock.now() < this.#until.wall)
  }

  whenHeld(): Promise<void> {
    if (this.held()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!this.held() && this.#refused === undefined && !this.#stopped) return
        end()
        if (this.held()) resolve()
        else reject(new DockerUnreachableError('This engine does not drive the server any more.'))
      }
      const late = this.#o.clock.setTimeout(() => {
        end()
        reject(new DockerUnreachableError('The server was not changed: its lease could not be renewed. It is tried again as soon as its helper answers.'))
      }, PATIENCE_MS)
      const end = (): void => {
        late.cancel()
        this.#waiting.delete(look)
      }
      this.#waiting.add(look)
      look()
    })
  }

  async look(docker: Docker): Promise<void> {
    const found = await lookAt(docker, this.#o.clusterId)
    this.#unclaimed = found === undefined
    const verdict = judge({ ...this.#o.term, revision: this.#o.revision() }, found ?? {})
    if (!verdict.may) throw this.#refuse(verdict)
    this.#outlast ??= verdict.outlast
    this.#tell()
  }

  async take(session: HelperSession): Promise<void> {
    // Taken first: from now on the one that had it cannot renew.
    await this.#ask(session)
    await this.#outlasted(session)
    this.#unclaimed = false
    this.#tell()
    this.#session = session
    this.#o.onSession(session)
    void session.closed.then(() => {
      if (this.#session !== session) return
      this.#timer?.cancel()
      this.#session = undefined
      this.#o.onSession(undefined)
    })
    this.#renewLater(session)
  }

  began(): void {
    this.#calls += 1
  }

  ended(): void {
    this.#calls -= 1
    if (this.#calls === 0) this.#becameIdle()
  }

  /** Changes nothing from now on, and says so on the node, so that the next engine need not wait. */
  async release(): Promise<void> {
    this.#stopped = true
    this.#timer?.cancel()
    this.#tell()
    if (await this.#idle()) await this.#session?.request('release', termText(this.#o.term)).catch(() => undefined)
  }

  /** Resolves when no call is under way; with false when that takes too long. */
  async #idle(): Promise<boolean> {
    if (this.#calls > 0) await new Promise<void>((resolve) => {
      const late = this.#o.clock.setTimeout(resolve, IDLE_MS)
      this.#becameIdle = () => {
        late.cancel()
        resolve()
      }
    })
    return this.#calls === 0
  }

  /** Until the one that it was taken from says that it has stopped, or must have. */
  async #outlasted(session: HelperSession): Promise<void> {
    const { clock } = this.#o
    const end = clock.monotonic() + OUTLAST_MS
    while (this.#outlast !== undefined && clock.monotonic() < end) {
      const freed = parseTerm((await this.#ask(session)).split('\n')[1] ?? '')
      if (freed?.epoch === this.#outlast.epoch && freed.holder === this.#outlast.holder) break
      await sleep(clock, ASK_AGAIN_MS)
    }
    this.#outlast = undefined
  }

  #renewLater(session: HelperSession): void {
    this.#timer = this.#o.clock.setTimeout(() => {
      this.#ask(session).then(() => { if (this.#session === session) this.#renewLater(session) }, () => {
        // A failure ends the session, and the next one takes it again. After a refusal it is needed once more, to say that this engine has stopped.
        if (this.#refused === undefined) session.close()
      })
    }, RENEW_MS)
  }

  /** Takes or renews; resolves with the node's whole answer. */
  async #ask(session: HelperSession): Promise<string> {
    const { clock, term } = this.#o
    const until = { monotonic: clock.monotonic() + LEASE_MS, wall: clock.now() + LEASE_MS }
    const text = await session.request('lease', termText(term))
    const answer = parseTerm(text)
    if (this.#stopped) throw new HelperError('the engine stops driving')
    if (answer === undefined) throw new HelperError('the node helper does not say who drives the server')
    if (answer.epoch !== term.epoch || answer.holder !== term.holder) throw this.#refuse({ may: false, why: 'superseded', by: answer })
    this.#until = until
    this.#tell()
    return text
  }

  #refuse(refusal: Refusal): HelperError {
    this.#refused = refusal
    this.#tell()
    this.#o.onRefused(refusal)
    return new HelperError(refusalText(refusal))
  }

  #tell(): void {
    for (const look of [...this.#waiting]) look()
  }
}

/** For people. */
export function refusalText(refusal: Refusal): string {
  if (refusal.why === 'superseded') return `The cluster is driven by ${refusal.by.name} now.`
  return `This desk's state of the cluster is older than the copy that its servers keep (${pointText(refusal.copy)}).`
}

function pointText({ epoch, revision }: StatePoint): string {
  return `revision ${String(revision)} of term ${String(epoch)}`
}
