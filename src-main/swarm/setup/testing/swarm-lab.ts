import { inspect } from 'node:util'
import { Lab } from '../../../../e2e/lab/lab.ts'
import type { LabOptions } from '../../../../e2e/lab/lab.ts'
import { systemClock } from '../../../common/clock.ts'
import type { SwarmChange, SwarmPlan, SwarmProgress, SwarmRole, SwarmState } from '../../../common/contract/index.ts'
import { serverFacts } from '../../../hosts/ssh/server-facts.ts'
import type { SshHost } from '../../../hosts/ssh/ssh-host.ts'
import { SshLab } from '../../../hosts/ssh/testing/ssh-lab.ts'
import { EngineApi } from '../engine-api.ts'
import { hasSecret } from '../hidden.ts'
import { Membership } from '../membership.ts'
import type { DeskServer } from '../swarm-server.ts'
import { UnlockKeysInMemory } from './unlock-keys-in-memory.ts'

/** Servers of a lab as a desk has them, over SSH, and the membership of them; all that is said on the way is kept. */
export class SwarmLab {
  readonly lab: Lab
  readonly servers: DeskServer[]
  readonly keys = new UnlockKeysInMemory()
  readonly membership: Membership
  /** Everything that was told to the screens, thrown, or logged. */
  readonly said: string[] = []
  /** Tokens and keys that there were. */
  readonly secrets = new Set<string>()
  readonly #ssh: SshLab
  readonly #ways: SshHost[] = []
  readonly #letLogGo: () => void

  private constructor(lab: Lab, ssh: SshLab) {
    this.lab = lab
    this.#ssh = ssh
    this.servers = lab.hosts.map((host, i) => {
      const name = `web-${String(i + 1)}`
      const over: SshHost = ssh.open(ssh.target(host), {}, { description: name })
      this.#ways.push(over)
      return { name, host: over, place: () => serverFacts(over) }
    })
    this.membership = new Membership({ servers: () => this.servers, clock: systemClock, keys: this.keys })
    const log = console.error
    console.error = (...words: unknown[]) => {
      this.said.push(inspect(words, { depth: 9 }))
      log(...words)
    }
    this.#letLogGo = () => void (console.error = log)
  }

  static async make(options: LabOptions): Promise<SwarmLab> {
    const lab = await Lab.up(options)
    return new SwarmLab(lab, await SshLab.on(lab))
  }

  /** Server `number`, counted from 1. */
  server(number: number): DeskServer {
    const found = this.servers[number - 1]
    if (found === undefined) throw new Error(`there is no server ${String(number)}`)
    return found
  }

  /** Connects again now to servers that were away. */
  retry(): void {
    for (const way of this.#ways) way.retry()
  }

  async state(): Promise<SwarmState> {
    return this.#heard(await this.membership.state())
  }

  async plan(change: SwarmChange): Promise<SwarmPlan> {
    return this.#heard(await this.membership.plan(change))
  }

  /** Runs a change to its end and resolves with what was said meanwhile. */
  async run(change: SwarmChange): Promise<SwarmProgress[]> {
    const progress: SwarmProgress[] = []
    for await (const said of this.membership.run(change)) progress.push(this.#heard(said))
    return progress
  }

  /** The servers that are up as nodes of a role, in order. */
  async up(role: SwarmRole): Promise<string[]> {
    return (await this.state()).nodes.filter((node) => node.role === role && node.state === 'ready').flatMap(({ server }) => server ?? []).sort()
  }

  /** The node of a server, as the managers have it. */
  async nodeOf(number: number): Promise<SwarmState['nodes'][number]> {
    const { nodes } = await this.state()
    const found = nodes.find(({ server }) => server === this.server(number).name)
    if (found === undefined) throw new Error(`server ${String(number)} is no node`)
    return found
  }

  /** What a promise is refused with. */
  async refusal(promise: Promise<unknown>): Promise<Error> {
    const error = await promise.then(() => new Error('it was not refused'), (reason: unknown) => reason as Error)
    this.said.push(inspect(error, { depth: 9, showHidden: true }))
    return error
  }

  /** The join tokens as they are now. */
  async tokens(): Promise<{ Worker: string; Manager: string }> {
    const { JoinTokens } = await new EngineApi(this.server(1)).swarm()
    this.secrets.add(JoinTokens.Worker).add(JoinTokens.Manager)
    return JoinTokens
  }

  /** What was said that has a token or a key in it, of this swarm or any. */
  leaks(): string[] {
    const parts = [...this.secrets].map((secret) => secret.slice(-20))
    return this.said.filter((text) => hasSecret(text) || parts.some((part) => text.includes(part)))
  }

  async down(): Promise<void> {
    this.#letLogGo()
    await this.#ssh.down()
    await this.lab.down()
  }

  #heard<T>(value: T): T {
    this.said.push(inspect(value, { depth: 9 }))
    return value
  }
}
