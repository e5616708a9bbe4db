import type { Clock, Timer } from '../../common/clock.ts'
import { timestamp } from '../../common/clock.ts'
import { findCondition } from '../../common/kube/conditions.ts'
import type { Node, NodeCondition } from '../../common/kube/generated/core-v1.ts'
import { internalAddress, isSilent, PEERS_REACH } from '../../common/kube/node-conditions.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { HelperSession } from './helper-session.ts'

export interface WitnessOptions {
  clock: Clock
  nodes(): readonly Frozen<Node>[]
  /** The way to a node's helper, if there is one now. */
  session(node: string): Pick<HelperSession, 'request'> | undefined
  write(node: string, condition: NodeCondition): void
}

/** Between two looks at a node that stays silent. */
const AGAIN_MS = 1_000
const SSH_PORT = 22

/**
 * Asks the other nodes about one that does not answer us, as long as it does not: the condition PeersReach says what they see (True: one of them gets
 * an answer; False: none does; Unknown: nobody could be asked). SSH and Docker-over-SSH are one path and count once; this is the other.
 */
export class PeerWitness {
  readonly #o: WitnessOptions
  readonly #asking = new Set<string>()
  readonly #timers = new Map<string, Timer>()
  #stopped = false

  constructor(options: WitnessOptions) {
    this.#o = options
  }

  /** Nodes changed: begins to ask about those that fell silent, and takes back what an engine before this one said of one that speaks now. */
  look(): void {
    const isDoubted = (node: Frozen<Node>): boolean => isSilent(node) || (findCondition(node.status?.conditions, PEERS_REACH)?.status ?? 'True') !== 'True'
    for (const node of this.#o.nodes()) if (isDoubted(node) && !this.#asking.has(node.metadata.name)) void this.#ask(node)
  }

  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers.values()) timer.cancel()
  }

  async #ask(node: Frozen<Node>): Promise<void> {
    const { name } = node.metadata
    const { clock, write } = this.#o
    this.#asking.add(name)
    const answers = isSilent(node) ? await this.#answers(node) : []
    const now = this.#o.nodes().find((n) => n.metadata.name === name)
    if (this.#stopped || now === undefined) return void this.#asking.delete(name)
    const condition = conditionOf(isSilent(now) ? answers : [], clock.now(), isSilent(now))
    const before = findCondition(now.status?.conditions, PEERS_REACH)
    if (before?.status !== condition.status || before.message !== condition.message) write(name, condition)
    if (!isSilent(now)) return void this.#asking.delete(name)
    this.#timers.set(name, clock.setTimeout(() => void this.#ask(now), AGAIN_MS))
  }

  async #answers(node: Frozen<Node>): Promise<{ peer: string; reached: boolean }[]> {
    const address = internalAddress(node)
    const peers = this.#o.nodes().filter((n) => n.metadata.name !== node.metadata.name && !isSilent(n))
    const asked = await Promise.all(peers.map(async ({ metadata: { name: peer } }) => {
      const text = await this.#o.session(peer)?.request('probe', `${address ?? ''} ${String(SSH_PORT)}\n`).catch(() => undefined)
      return text === undefined ? [] : [{ peer, reached: text.includes('yes') }]
    }))
    return asked.flat()
  }
}

function conditionOf(answers: readonly { peer: string; reached: boolean }[], now: number, silent: boolean): NodeCondition {
  const reaching = answers.filter(({ reached }) => reached).map(({ peer }) => peer)
  const names = (list: readonly string[]): string => list.join(', ')
  const says = !silent ? { status: 'True', reason: 'Responding', message: 'It answers us' }
    : reaching.length > 0 ? { status: 'True', reason: 'PeerReachesIt', message: `It does not answer us, but ${names(reaching)} can reach it: the way from here is broken, not the server.` }
    : answers.length > 0 ? { status: 'False', reason: 'NoPeerReachesIt', message: `Neither we nor ${names(answers.map(({ peer }) => peer))} get an answer from it.` }
    : { status: 'Unknown', reason: 'NoWitness', message: 'No other server can be asked whether it is up.' }
  return { type: PEERS_REACH, lastTransitionTime: timestamp(now), ...says }
}
