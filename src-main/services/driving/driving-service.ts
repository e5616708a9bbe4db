import type { Driving, DrivingState, Explanation, TakeOverPlan, TakeOverStep } from '../../common/contract/index.ts'
import type { Clock } from '../../common/clock.ts'
import { badRequest, StatusError } from '../../common/errors.ts'
import { Namespaces, Pods } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { Servers } from '../../common/kube/server.ts'
import type { Server } from '../../common/kube/server.ts'
import { KUBE_SYSTEM } from '../../common/kube/well-known.ts'
import { LiveValue } from '../../common/rpc/live-value.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import type { Client } from '../../engine/client/client.ts'
import type { CopyState } from '../../engine/copies/copier.ts'
import { readCopy } from '../../engine/copies/read-copy.ts'
import type { StateCopy } from '../../engine/copies/read-copy.ts'
import { restore } from '../../engine/copies/restore.ts'
import type { Refusal } from '../../engine/lease/node-lease.ts'
import { refusalText } from '../../engine/lease/node-lease.ts'
import type { Term } from '../../engine/lease/term.ts'
import type { Store } from '../../engine/store/store.ts'
import type { Host } from '../../hosts/host.ts'
import type { ClusterIdentity } from './cluster-identity.ts'
import { ensureClusterIdentity, noteKeyKept, readClusterIdentity } from './cluster-identity.ts'
import type { DeskIdentity } from './desk-identity.ts'
import { lookOn } from './look-on.ts'
import { newestCopy, survey } from './survey.ts'
import type { Surveyed } from './survey.ts'
import { planTakeOver } from './take-over-plan.ts'
import { readTerm, writeTerm } from './term-record.ts'

/** All that changes servers, while it runs. */
export interface Drive {
  /** Takes away what this cluster has on this machine's own Docker, if it has anything there. */
  leaveLocal(): Promise<void>
  stop(): Promise<void>
}

/** What a drive is told, and whom it tells. */
export interface DriveOptions {
  term: Term
  clusterId: string
  identity: ClusterIdentity
  onRefused(refusal: Refusal): void
  onCopies(copies: readonly CopyState[]): void
}

export interface DrivingParts {
  desk: DeskIdentity
  store: Store
  /** Writes in the engine's own name. */
  client: Client
  clock: Clock
  /** This desk's own CA, and another cluster's in its place. */
  authority: { read(): Promise<ClusterIdentity['ca']>; adopt(ca: ClusterIdentity['ca']): Promise<void> }
  drive(options: DriveOptions): Promise<Drive>
  /** Opens the way to a server, to look only. */
  open(server: Frozen<Server>): Host
  onError(error: unknown): void
}

/** In the journal. */
const AUTHOR = { user: 'desk', action: 'take over' }

/** Says whether this desk drives the cluster or looks on, and changes between the two. One change at a time. */
export class DrivingService implements Driving {
  readonly #o: DrivingParts
  readonly #state: LiveValue<DrivingState>
  #readOnly: string | undefined
  #drive: Drive | undefined
  #looking: { stop: AbortController; done: Promise<void> } | undefined
  #work: Promise<unknown> = Promise.resolve()

  constructor(parts: DrivingParts) {
    this.#o = parts
    this.#state = new LiveValue<DrivingState>({ drives: false, driver: '', copies: [], recoveryKey: 'none' })
  }

  /** Why the API takes no writes now; undefined while it does. */
  get readOnly(): string | undefined {
    return this.#readOnly
  }

  /** Drives, or looks on where another desk drives as far as this one knows. */
  start(): Promise<void> {
    return this.#next(async () => {
      const { desk, client, clock } = this.#o
      const term = await readTerm(client)
      if (term !== undefined && term.holder !== desk.holder) return this.#lookOn({ reason: 'Superseded', message: drivenBy(term.name) })
      const own = { epoch: term?.epoch ?? 1, ...desk }
      if (term?.name !== own.name) await writeTerm(client, own, clock.now())
      await this.#beginDriving(own)
    })
  }

  async stop(): Promise<void> {
    await this.#next(async () => {
      await this.#stopLooking()
      await this.#stopDriving()
    })
  }

  watch(): Stream<DrivingState> {
    return this.#state.stream()
  }

  async recoveryKey(): Promise<string> {
    const identity = await readClusterIdentity(this.#o.client)
    if (identity === undefined) throw new StatusError('NotFound', 'This cluster has no recovery key yet: it is made when a desk drives it.')
    return identity.recoveryKey
  }

  async recoveryKeyKept(): Promise<void> {
    await noteKeyKept(this.#o.client)
    this.#change({ recoveryKey: 'kept' })
  }

  async takeOverPlan(): Promise<TakeOverPlan> {
    const surveyed = await this.#survey()
    await closeAll(surveyed)
    return planTakeOver(surveyed, await this.#point(), this.#state.get().driver)
  }

  takeOver(): Stream<TakeOverStep> {
    return makeStream((push, signal) => this.#next(async () => {
      if (this.#drive !== undefined) throw badRequest('This desk drives the cluster already.')
      await push({ step: 'look', message: 'Asking the servers who drives, and how new their copies are' })
      const surveyed = await this.#survey()
      try {
        const plan = planTakeOver(surveyed, await this.#point(), this.#state.get().driver)
        if (plan.problem !== undefined) throw new StatusError('ServiceUnavailable', plan.problem.message)
        signal.throwIfAborted()
        await this.#stopLooking()
        const source = plan.restores ? newestCopy(surveyed) : undefined
        if (source !== undefined) {
          await push({ step: 'restore', message: `Restoring the state from the copy on ${source.name}` })
          const copy = await readCopy(source.host.docker, await this.#clusterId(), await this.recoveryKey())
          signal.throwIfAborted()
          if (copy !== undefined) await restore(this.#o.store, copy, AUTHOR)
        }
        const known = [(await this.#point()).epoch, ...surveyed.flatMap(({ found }) => [found?.term?.epoch ?? 0, found?.copy?.epoch ?? 0])]
        await push({ step: 'drive', message: 'Taking the servers over' })
        const term = { epoch: Math.max(...known) + 1, ...this.#o.desk }
        this.#readOnly = undefined
        await writeTerm(this.#o.client, term, this.#o.clock.now())
        await this.#beginDriving(term)
        await push({ step: 'done', message: 'This desk drives the cluster' })
      } catch (error) {
        if (this.#drive === undefined && this.#looking === undefined) await this.#lookOn(this.#state.get().why)
        throw error
      } finally {
        await closeAll(surveyed)
      }
    }))
  }

  /** Why this desk cannot become another cluster's: it has one of its own that is in use. */
  async joinProblem(): Promise<string | undefined> {
    const { client } = this.#o
    if (this.#drive === undefined) return 'This desk looks on at a cluster already. Start Toque with another data directory (--data) for the other one.'
    const [pods, servers] = await Promise.all([client.list(Pods), client.list(Servers)])
    const own = servers.items.filter(({ spec }) => spec.local !== true)
    if (pods.items.length === 0 && own.length === 0) return undefined
    const what = [own.length > 0 ? `${String(own.length)} server(s)` : '', pods.items.length > 0 ? `${String(pods.items.length)} pod(s)` : ''].filter((part) => part !== '').join(' and ')
    return `This desk has a cluster of its own, with ${what}. Remove them first, or start Toque with another data directory (--data).`
  }

  /** Makes this desk one that looks on at the cluster whose state is given. What its own cluster has on this machine is taken away. */
  join(copy: StateCopy): Promise<void> {
    return this.#next(async () => {
      const problem = await this.joinProblem()
      if (problem !== undefined) throw badRequest(problem)
      await this.#drive?.leaveLocal()
      await this.#stopDriving()
      await restore(this.#o.store, copy, { user: 'desk', action: 'join' })
      const term = await readTerm(this.#o.client)
      await this.#lookOn({ reason: 'Joined', message: drivenBy(term?.name ?? '') })
    })
  }

  #next<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#work.then(act)
    this.#work = done.catch(() => undefined)
    return done
  }

  async #beginDriving(term: Term): Promise<void> {
    const { client, drive, desk } = this.#o
    this.#readOnly = undefined
    const identity = await this.#identity((ca) => ensureClusterIdentity(client, ca))
    this.#drive = await drive({
      term, identity, clusterId: await this.#clusterId(),
      onRefused: (refusal) => void this.#next(() => this.#stepDown(refusal)).catch(this.#o.onError),
      onCopies: (copies) => {
        const newest = this.#o.store.revision
        this.#change({ copies: copies.map(({ node, revision, problem }) => ({ node, upToDate: revision >= newest && problem === undefined, ...(problem === undefined ? {} : { problem }) })) })
      },
    })
    this.#state.set({ drives: true, driver: desk.name, copies: this.#state.get().copies, recoveryKey: identity.kept ? 'kept' : 'made' })
  }

  /** Another desk took over, or this one's state is old. */
  async #stepDown(refusal: Refusal): Promise<void> {
    if (this.#drive === undefined) return
    await this.#stopDriving()
    if (refusal.why === 'superseded') await writeTerm(this.#o.client, refusal.by, this.#o.clock.now())
    await this.#lookOn(refusal.why === 'superseded'
      ? { reason: 'Superseded', message: drivenBy(refusal.by.name) }
      : { reason: 'Stale', message: `${refusalText(refusal)} Nothing was changed. Take the cluster over to restore it from there.` })
  }

  async #lookOn(why: Explanation | undefined): Promise<void> {
    const { client, store, clock, onError } = this.#o
    this.#readOnly = `${why?.message ?? 'Another desk drives this cluster.'} This desk only looks on; to change anything, take the cluster over.`
    const identity = await this.#identity(() => readClusterIdentity(client))
    const term = await readTerm(client)
    this.#state.set({ drives: false, driver: term?.name ?? '', ...(why === undefined ? {} : { why }), copies: [], recoveryKey: identity?.kept === true ? 'kept' : 'made' })
    if (identity === undefined) return
    const servers = (await client.list(Servers)).items
    const stop = new AbortController()
    const done = lookOn({
      store, clock, clusterId: await this.#clusterId(), recoveryKey: identity.recoveryKey, onError,
      servers: () => servers, open: (server) => this.#o.open(server),
      onSource: (source) => this.#looksAt(source),
      onState: () => void this.#driverChanged().catch(onError),
    }, stop.signal)
    this.#looking = { stop, done }
  }

  #looksAt(source: string | undefined): void {
    const { source: _before, ...state } = this.#state.get()
    this.#state.set(source === undefined ? state : { ...state, source })
  }

  /** The copy says who drives, too. */
  async #driverChanged(): Promise<void> {
    const term = await readTerm(this.#o.client)
    const { driver, why } = this.#state.get()
    if (term === undefined || term.name === driver || this.#drive !== undefined) return
    this.#change({ driver: term.name, ...(why === undefined || why.reason === 'Stale' ? {} : { why: { ...why, message: drivenBy(term.name) } }) })
  }

  async #stopDriving(): Promise<void> {
    await this.#drive?.stop()
    this.#drive = undefined
  }

  async #stopLooking(): Promise<void> {
    this.#looking?.stop.abort(new Error('stopped'))
    await this.#looking?.done
    this.#looking = undefined
  }

  /** The cluster's identity; its CA becomes this desk's. */
  async #identity<T extends ClusterIdentity | undefined>(read: (own: ClusterIdentity['ca']) => Promise<T>): Promise<T> {
    const { authority } = this.#o
    const own = await authority.read()
    const identity = await read(own)
    if (identity !== undefined && identity.ca.cert !== own.cert) await authority.adopt(identity.ca)
    return identity
  }

  async #survey(): Promise<Surveyed[]> {
    const { client, clock, open } = this.#o
    return survey((await client.list(Servers)).items, await this.#clusterId(), open, clock)
  }

  /** How new this desk's own state is. */
  async #point(): Promise<{ epoch: number; revision: number }> {
    return { epoch: (await readTerm(this.#o.client))?.epoch ?? 0, revision: this.#o.store.revision }
  }

  async #clusterId(): Promise<string> {
    return (await this.#o.client.get(Namespaces, '', KUBE_SYSTEM)).metadata.uid
  }

  #change(part: Partial<DrivingState>): void {
    this.#state.set({ ...this.#state.get(), ...part })
  }
}

async function closeAll(surveyed: readonly Surveyed[]): Promise<void> {
  await Promise.all(surveyed.map(({ host }) => host.close()))
}

function drivenBy(name: string): string {
  return `The cluster is driven by ${name === '' ? 'another desk' : name}.`
}
