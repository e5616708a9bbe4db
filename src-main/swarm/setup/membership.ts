import { sleep } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import type { AddressChoice, SwarmChange, SwarmMembership, SwarmPlan, SwarmProgress, SwarmState } from '../../common/contract/index.ts'
import { semanticEqual } from '../../common/kube/equal.ts'
import { makeStream } from '../../common/rpc/make-stream.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import { together } from '../../common/together.ts'
import type { SwarmNode } from '../docker/types.ts'
import { isBoundTo } from '../placement/bound.ts'
import { addressChoices } from './addresses.ts'
import { EngineApi } from './engine-api.ts'
import { followNodeEvents } from './node-events.ts'
import type { ChangePlan, PlanInput } from './plan/change-plan.ts'
import { planChange, shown } from './plan/plan.ts'
import { SwarmReader } from './swarm-reader.ts'
import type { Reading } from './swarm-reader.ts'
import { runOperation } from './run-operation.ts'
import { stateOf } from './state-of.ts'
import { swarmError } from './swarm-error.ts'
import type { DeskServer, ServerPlace } from './swarm-server.ts'
import type { UnlockKeys } from './unlock-keys.ts'

/** Between two looks when no event came: no event tells of a lost quorum. */
const LOOK_MS = 5_000
/** The same where no manager answered: one may only have been slow, and until then nothing can be done. */
const LOOK_AGAIN_MS = 1_000
/** Events come in bursts. */
const SETTLE_MS = 100

export interface MembershipOptions {
  /** The servers of this desk that Swarm mode may use, as they are now. */
  servers(): readonly DeskServer[]
  clock: Clock
  keys: UnlockKeys
  /** Tells when the list of servers differs. Returns a function that ends it. */
  onServers?(listener: () => void): () => void
  /** A change was made, wholly or in part. */
  onChanged?(): void
}

/** Membership of the desk's servers in one swarm, through their Docker APIs. */
export class Membership implements SwarmMembership {
  readonly #o: MembershipOptions
  readonly #reader: SwarmReader
  readonly #listeners = new Set<() => void>()

  constructor(options: MembershipOptions) {
    this.#o = options
    this.#reader = new SwarmReader(options.servers)
  }

  watch(): Stream<SwarmState> {
    return makeStream((push, signal) => together(signal, (either) => {
      const bell = new Bell()
      this.#listeners.add(bell.ring)
      either.addEventListener('abort', () => this.#listeners.delete(bell.ring), { once: true })
      return [this.#tell(push, bell, either), followNodeEvents(this.#o, bell.ring, either)]
    }))
  }

  async plan(change: SwarmChange): Promise<SwarmPlan> {
    return shown(await this.#plan(change))
  }

  run(change: SwarmChange): Stream<SwarmProgress> {
    return makeStream(async (push, signal) => {
      const { steps, refused } = await this.#plan(change)
      if (refused !== undefined) throw swarmError(refused.reason as Parameters<typeof swarmError>[0], refused.message)
      try {
        for (const [index, { operation, message }] of steps.entries()) {
          signal.throwIfAborted()
          const progress = { step: index, of: steps.length, message }
          await push(progress)
          await runOperation(operation, {
            ...this.#o, signal, givenKey: change.type === 'unlock' ? change.key : undefined, onPart: (part) => void push({ ...progress, part }),
          })
        }
      } finally {
        for (const listener of this.#listeners) listener()
        this.#o.onChanged?.()
      }
    })
  }

  async addresses(server: string): Promise<AddressChoice[]> {
    const places = await this.#places()
    const own = places.get(server)
    return own === undefined ? [] : addressChoices(own, [...places].filter(([name]) => name !== server).map(([, place]) => place))
  }

  async unlockKey(): Promise<string | undefined> {
    const { manager } = await this.#reader.read()
    const server = this.#o.servers().find(({ name }) => name === manager?.server)
    if (server === undefined) return this.#o.keys.get()
    return (await new EngineApi(server).unlockKey()) || undefined
  }

  /** How it is now. Never rejects for what a server does not answer. */
  async state(): Promise<SwarmState> {
    return stateOf(await this.#reader.read())
  }

  async #plan(change: SwarmChange): Promise<ChangePlan> {
    const needsPlaces = change.type === 'init' || change.type === 'join'
    const [reading, places, bridges] = await Promise.all([
      this.#reader.read(), needsPlaces ? this.#places() : new Map<string, ServerPlace>(), change.type === 'init' ? this.#bridges() : [],
    ])
    const bound = change.type === 'leave' || change.type === 'remove' ? await this.#bound(reading) : undefined
    return planChange({ state: stateOf(reading), places, bridges, ...(bound === undefined ? {} : { bound }) } satisfies PlanInput, change)
  }

  async #bound({ manager }: Reading): Promise<Map<string, string[]> | undefined> {
    const server = this.#o.servers().find(({ name }) => name === manager?.server)
    if (manager === undefined || server === undefined) return undefined
    const services = await new EngineApi(server).services()
    const namesOf = (node: SwarmNode): string[] => services.filter((service) => isBoundTo(service, node, manager.nodes.filter((other) => other !== node))).map(({ Spec }) => Spec.Name).sort()
    return new Map(manager.nodes.map((node) => [node.ID, namesOf(node)]))
  }

  async #tell(push: (state: SwarmState) => Promise<void>, bell: Bell, signal: AbortSignal): Promise<void> {
    for (let told: SwarmState | undefined; !signal.aborted;) {
      bell.heard()
      const state = await this.state()
      if (told === undefined || !semanticEqual(told, state)) await push(told = state)
      await bell.wait(this.#o.clock, state.why === undefined ? LOOK_MS : LOOK_AGAIN_MS, signal)
      await sleep(this.#o.clock, SETTLE_MS, signal).catch(() => undefined)
    }
  }

  async #places(): Promise<Map<string, ServerPlace>> {
    const asked = await Promise.all(this.#o.servers().map(async (server) => [server.name, await server.place().catch(() => undefined)] as const))
    return new Map(asked.filter((entry): entry is [string, ServerPlace] => entry[1] !== undefined))
  }

  /** The networks of Docker's own bridges, on all servers. */
  async #bridges(): Promise<string[]> {
    const lists = await Promise.all(this.#o.servers().map(({ host }) => host.docker.listNetworks().catch(() => [])))
    return lists.flat().filter(({ Scope }) => Scope === 'local').flatMap(({ IPAM }) => (IPAM?.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []))
  }
}

/** Tells one waiter that something may have changed; a ring while nobody waits is not lost. */
class Bell {
  #rung = false
  #wake: (() => void) | undefined

  readonly ring = (): void => {
    this.#rung = true
    this.#wake?.()
  }

  heard(): void {
    this.#rung = false
  }

  /** Until it rings, or `ms` are over, or the signal is aborted. */
  async wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#rung || signal.aborted) return
    const over = new AbortController()
    this.#wake = () => over.abort()
    await sleep(clock, ms, AbortSignal.any([signal, over.signal])).catch(() => undefined)
    this.#wake = undefined
  }
}
