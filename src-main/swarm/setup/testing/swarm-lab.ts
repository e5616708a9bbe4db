import { inspect } from 'node:util'
import { Lab } from '../../../../e2e/lab/lab.ts'
import type { LabOptions } from '../../../../e2e/lab/lab.ts'
import { systemClock } from '../../../common/clock.ts'
import type { SwarmChange, SwarmPlan, SwarmProgress, SwarmState } from '../../../common/contract/index.ts'
import { serverFacts } from '../../../hosts/ssh/server-facts.ts'
import type { SshHost } from '../../../hosts/ssh/ssh-host.ts'
import { SshLab } from '../../../hosts/ssh/testing/ssh-lab.ts'
import { Membership } from '../membership.ts'
import type { DeskServer } from '../swarm-server.ts'
import { UnlockKeysInMemory } from '../unlock-keys.ts'

/** Servers of a lab as a desk has them, over SSH, and the membership of them; all that is said on the way is kept. */
export class SwarmLab {
  readonly lab: Lab
  readonly servers: DeskServer[]
  readonly keys = new UnlockKeysInMemory()
  readonly membership: Membership
  /** Everything that was told to the screens, thrown, or logged. */
  readonly said: string[] = []
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

  static async up(options: LabOptions): Promise<SwarmLab> {
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
    try {
      for await (const said of this.membership.run(change)) progress.push(this.#heard(said))
    } catch (error) {
      this.said.push(inspect(error, { depth: 9, showHidden: true }))
      throw error
    }
    return progress
  }

  /** The node of a server, as the managers have it. */
  async nodeOf(number: number): Promise<SwarmState['nodes'][number]> {
    const { nodes } = await this.state()
    const found = nodes.find(({ server }) => server === this.server(number).name)
    if (found === undefined) throw new Error(`server ${String(number)} is no node`)
    return found
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
