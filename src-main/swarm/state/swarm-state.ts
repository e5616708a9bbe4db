import { sleep } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import { StatusError } from '../../common/errors.ts'
import { orAborted } from '../../common/or-aborted.ts'
import type { Host } from '../../hosts/host.ts'
import type { SwarmApi } from '../docker/swarm-api.ts'
import { managersToAsk } from '../docker/which-swarm.ts'
import { changesMembership, listsTouchedBy } from './docker-events.ts'
import type { MemberWatch } from './member-watch.ts'
import { Members } from './members.ts'
import type { KnownServers } from './members.ts'
import { hasSeveralManagers, isBlind, isMoving, nextLook } from './pace.ts'
import { ALL_LISTS, EMPTY_PICTURE } from './picture.ts'
import type { PictureSource, SwarmList, SwarmObjects, SwarmPicture } from './picture.ts'
import { readLists } from './read-lists.ts'
import { SwarmEvents } from './swarm-events.ts'
import { isMajorityAway, whyNoManager, whyRefused } from './why-offline.ts'

/** Events that come together are one look. */
const GATHER_MS = 20
const FIRST_RETRY_MS = 250
const LAST_RETRY_MS = 15_000
/** What can change without an event. */
const TIMED_LISTS: readonly SwarmList[] = ['services', 'tasks', 'nodes']
/** A manager that does not answer for so long counts as gone. */
const PATIENCE_MS = 10_000

export interface SwarmStateOptions {
  readonly servers: KnownServers
  readonly clock: Clock
}

/**
 * A picture of a swarm that follows Docker's events: one manager is asked, another one when that is gone. With no manager the last picture stays and says that
 * it is old. Nothing is asked at rest; see README.md for what tasks need. Timed looks happen only while somebody listens.
 */
export class SwarmState {
  /** What happened: Docker's events, and what became of tasks. */
  readonly events: SwarmEvents
  /** Resolves when there is a first picture, or a first sentence why there is none. */
  readonly synced: Promise<void>
  readonly clock: Clock
  readonly #members: Members
  readonly #listeners = new Set<() => void>()
  readonly #dirty = new Set<SwarmList>(ALL_LISTS)
  readonly #abort = new AbortController()
  readonly #over: Promise<void>
  #now: SwarmPicture = EMPTY_PICTURE
  #manager: MemberWatch | undefined
  /** The ID of the swarm that is followed. */
  #swarm: string | undefined
  /** Managers that answered with an error, and what it was: others are tried first. */
  readonly #refused = new Map<MemberWatch, string>()
  /** Who waits for the next look. */
  #waiting: (() => void)[] = []
  #failures = 0
  #quiet = 0
  #trueAt: number | undefined
  #wake: () => void = () => undefined
  #isSynced: () => void = () => undefined

  constructor({ servers, clock }: SwarmStateOptions) {
    this.clock = clock
    this.events = new SwarmEvents()
    this.synced = new Promise((resolve) => { this.#isSynced = resolve })
    this.#members = new Members(servers, clock, {
      // A server that fell silent may be a manager: whether the others still choose a leader is told by their answer alone.
      onChange: () => this.look(TIMED_LISTS),
      onEvent: (from, event) => {
        // A swarm that begins, a server that joins or whose role changes.
        if (changesMembership(event)) void this.#members.ask()
        const touched = listsTouchedBy(event)
        // Every manager tells the same of services and nodes.
        if (touched.length === 0 || (event.Type !== 'container' && from !== this.#manager)) return
        if (event.Type !== 'container') this.events.heard(event)
        this.look(touched)
      },
    })
    this.#over = this.#run()
  }

  /** The present moment: the same object until something changes. */
  get now(): SwarmPicture {
    return this.#now
  }

  /** The manager's API, for changes. Throws ServiceUnavailable with the reason when none is reached. */
  get api(): SwarmApi {
    return this.#reachedManager.api
  }

  /** The server of the manager that is asked; throws as `api` does. */
  get managerHost(): Host {
    return this.#reachedManager.member.host
  }

  /** A node's own server, where there is a way to it. */
  hostOf(nodeId: string): Host | undefined {
    return this.#members.byNode(nodeId)?.member.host
  }

  /** Tells of each change. Returns a function that ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    // What nobody looked for meanwhile.
    if (this.#listeners.size === 1) this.look(TIMED_LISTS)
    return () => this.#listeners.delete(listener)
  }

  /** Looks again soon; for who has just changed something. */
  look(lists: readonly SwarmList[] = ALL_LISTS): void {
    for (const list of lists) this.#dirty.add(list)
    this.#quiet = 0
    this.#wake()
  }

  /** As `look`, and resolves when it has been looked (or cannot be): whoever reads then sees what was changed before. */
  looked(lists: readonly SwarmList[]): Promise<void> {
    const over = new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.look(lists)
    return over
  }

  /** Asks every server for its place in the swarm, and looks: for who has just let one join, leave or become something else. */
  async membersChanged(): Promise<void> {
    await this.#members.ask()
    this.look()
  }

  /** What is to be shown of services beside what Swarm tells; replaces what there was. */
  raised(alerts: SwarmPicture['alerts']): void {
    this.#set({ ...this.#now, alerts })
  }

  async stop(): Promise<void> {
    this.#abort.abort(new Error('the swarm is not followed any more'))
    this.#wake()
    await this.#members.stop()
    await this.#over
    this.#waiting.splice(0).forEach((resolve) => resolve())
  }

  get #reachedManager(): MemberWatch {
    if (this.#manager !== undefined && this.#now.source.state === 'live') return this.#manager
    const { source } = this.#now
    throw new StatusError('ServiceUnavailable', source.state === 'offline' ? source.message : 'The swarm is being connected to. Try again in a moment.')
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      // Whatever comes from here on is for the next round.
      const woken = new Promise<void>((resolve) => { this.#wake = resolve })
      const waitMs = await this.#round()
      if (signal.aborted) return
      await this.#until(woken, waitMs)
      await sleep(this.clock, GATHER_MS, signal).catch(() => undefined)
    }
  }

  /** Looks once. Resolves with the milliseconds until it should look again by itself. */
  async #round(): Promise<number | undefined> {
    const manager = this.#choose()
    if (manager === undefined) {
      const connecting = this.#members.all.some(({ state }) => state.state === 'connecting')
      if (!connecting) this.#offline([...this.#refused.values()].at(-1) ?? whyNoManager(this.#members.all.map(({ member: { name }, state }) => ({ name, state }))))
      this.#refused.clear()
      this.#waiting.splice(0).forEach((resolve) => resolve())
      // A swarm that begins on a server that is reached is told by nobody.
      const retry = this.#retryMs()
      return connecting || this.#listeners.size === 0 ? undefined : retry
    }
    if (manager !== this.#manager) {
      this.#manager = manager
      for (const list of ALL_LISTS) this.#dirty.add(list)
    }
    if (this.#dirty.size > 0) {
      const lists = [...this.#dirty]
      this.#dirty.clear()
      const waiting = this.#waiting.splice(0)
      try {
        const read = await this.#read(manager, lists)
        this.#take({ ...this.#now, ...read })
        if (read.nodes !== undefined) this.#members.askPromoted(read.nodes)
      } catch (error) {
        for (const list of lists) this.#dirty.add(list)
        this.#refused.set(manager, whyRefused(manager.member.name, error, isMajorityAway(this.#now.nodes, this.#members.away)))
        this.#manager = undefined
        // Another manager is tried at once.
        return 0
      } finally {
        waiting.forEach((resolve) => resolve())
      }
    } else this.#take(this.#now)
    return this.#timedLook()
  }

  async #read(manager: MemberWatch, lists: readonly SwarmList[]): Promise<Partial<SwarmObjects>> {
    const over = new AbortController()
    const timer = this.clock.setTimeout(() => over.abort(new Error(`no answer within ${String(PATIENCE_MS / 1000)} seconds`)), PATIENCE_MS)
    try {
      return await orAborted(readLists(manager.api, lists), AbortSignal.any([this.#abort.signal, over.signal]))
    } finally {
      timer.cancel()
    }
  }

  #choose(): MemberWatch | undefined {
    const { all } = this.#members
    // Which swarm it is, is settled when all have answered: the first to answer may be in another one.
    const settled = all.every(({ state }) => state.state !== 'connecting')
    const managers = managersToAsk(all, ({ place }) => place, settled ? this.#swarm : undefined).filter((watch) => !this.#refused.has(watch))
    const chosen = managers.find((watch) => watch === this.#manager) ?? managers[0]
    if (settled && chosen !== undefined) this.#swarm = chosen.place?.Cluster?.ID ?? this.#swarm
    return chosen
  }

  #take(read: SwarmPicture): void {
    this.#failures = 0
    this.#refused.clear()
    this.#trueAt = this.clock.now()
    const source: PictureSource = { state: 'live', manager: this.#manager?.member.host.description ?? '' }
    const next: SwarmPicture = { ...read, source, volumes: this.#members.volumes, reached: this.#members.reached }
    this.#quiet = signatureOf(next) === signatureOf(this.#now) ? this.#quiet + 1 : 0
    this.events.compared(next)
    this.#set(next)
  }

  #offline(message: string): void {
    this.#manager = undefined
    const { source } = this.#now
    const since = this.#trueAt
    if (source.state === 'offline' && source.message === message) return this.#isSynced()
    this.#set({ ...this.#now, source: { state: 'offline', message, ...(since === undefined ? {} : { since }) }, volumes: this.#members.volumes, reached: this.#members.reached })
  }

  #set(next: SwarmPicture): void {
    this.#now = next
    this.#isSynced()
    for (const listener of [...this.#listeners]) listener()
  }

  #timedLook(): number | undefined {
    if (this.#listeners.size === 0) return undefined
    const { nodes, reached } = this.#now
    const blind = isBlind(nodes, reached)
    // A node that nobody knows, and a server that is in no swarm yet, are soon the same.
    const joining = blind && this.#members.outside.length > 0
    return nextLook({ moving: joining || isMoving(this.#now), blind, several: hasSeveralManagers(nodes), quiet: this.#quiet })
  }

  #retryMs(): number {
    this.#failures += 1
    return Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS)
  }

  /** Waits until somebody wakes it, or for so long; what is due by time is looked at again. */
  async #until(woken: Promise<void>, waitMs: number | undefined): Promise<void> {
    if (waitMs === 0) return
    if (waitMs === undefined) return woken
    const over = new AbortController()
    const timer = sleep(this.clock, waitMs, over.signal).then(async () => {
      await (this.#manager === undefined ? this.#members.ask() : Promise.all(this.#members.outside.map((watch) => watch.ask())))
      for (const list of TIMED_LISTS) this.#dirty.add(list)
    }, () => undefined)
    await Promise.race([woken, timer])
    over.abort(new Error('woken'))
  }
}

/** What differs when something moved. */
function signatureOf({ services, tasks, nodes }: SwarmPicture): string {
  return [...services, ...tasks].map(({ ID, Version }) => `${ID} ${String(Version.Index)}`).join() + JSON.stringify(nodes)
}
