import { mkdir, rename } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { firstLine } from './first-line.ts'
import { claim, release, type Claim } from './claim.ts'
import { HostMachine, type LabPlan } from './host-machine.ts'
import { labsDir } from './places.ts'
import { labFiles, type KeeperConfig, type LabStatus, type Reply, type Request } from './protocol.ts'
import { Registry } from './registry.ts'
import { cleanRemains, labClaim, removeLab } from './remains.ts'
import { run } from './run.ts'
import { claimSubnet } from './subnet.ts'
import { Switch } from './switch.ts'

/**
 * The keeper of one lab: a process of its own that makes the lab, does what it is asked on a unix socket, one thing at a time, and takes it
 * down. It lives as long as its stdin, which its creator holds (until `detach`), so a creator that dies, however it dies, takes its lab along;
 * a keeper that dies takes everything that runs along (see Switch), and its folder and cgroups go with the next `up` or `down` of anybody.
 */
class Keeper {
  readonly #config: KeeperConfig
  readonly #labs: string
  readonly #plan: LabPlan
  readonly #switch: Switch
  readonly #claims: readonly Claim[]
  readonly #stopping = new AbortController()
  readonly #hosts: HostMachine[] = []
  #server: Server | undefined
  #detached = false
  /** The end of the queue of requests: each waits for the one before. */
  #last: Promise<unknown> = Promise.resolve()
  #ending: Promise<void> | undefined

  private constructor(config: KeeperConfig, labs: string, plan: LabPlan, net: Switch, claims: readonly Claim[]) {
    this.#config = config
    this.#labs = labs
    this.#plan = plan
    this.#switch = net
    this.#claims = claims
  }

  static async make(config: KeeperConfig): Promise<Keeper> {
    const labs = labsDir()
    await cleanRemains(labs)
    const held = await claim(labClaim(config.id))
    if (held === undefined) throw new Error(`there is a lab '${config.id}' already; take it down first, or choose another ID`)
    const subnet = await claimSubnet(config.net)
    const dir = join(labs, config.id)
    await mkdir(labs, { recursive: true, mode: 0o755 })
    await mkdir(dir, { mode: 0o700 })
    const { key } = labFiles(dir)
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `lab ${config.id}`, '-f', key])
    const net = await Switch.make(config.id, subnet.net, config.routed)
    const plan: LabPlan = { id: config.id, dir, net: subnet.net, routed: config.routed, key, dockerdArgs: config.dockerdArgs, dockerDiskMiB: config.dockerDiskMiB }
    return new Keeper(config, labs, plan, net, [held, subnet.held])
  }

  /** Makes everything the lab was created with and begins to listen. */
  async open(): Promise<void> {
    if (this.#config.images !== undefined) {
      const registry = await Registry.start(this.#switch, this.#plan, this.#config.images, this.#stopping.signal)
      this.#plan.registry = registry.address
    }
    await this.#enqueue({ do: 'up', hosts: this.#config.hosts })
    this.#server = createServer((socket) => this.#serve(socket))
    const server = this.#server
    const { socket } = labFiles(this.#plan.dir)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      // Whoever finds the socket can talk to it.
      server.listen(`${socket}.new`, () => resolve())
    })
    await rename(`${socket}.new`, socket)
  }

  get detached(): boolean {
    return this.#detached
  }

  /** Takes the lab down and resolves when nothing of it is left. */
  end(): Promise<void> {
    this.#ending ??= this.#end()
    return this.#ending
  }

  async #end(): Promise<void> {
    this.#stopping.abort(new Error('the lab is being taken down'))
    await this.#switch.destroy()
    await this.#last.catch(() => undefined)
    await Promise.all(this.#hosts.map((host) => host.ended()))
    this.#server?.close()
    await removeLab(this.#labs, this.#plan.id)
    for (const held of this.#claims) await release(held)
  }

  #serve(socket: Socket): void {
    socket.on('error', () => {})
    firstLine(socket)
      .then((line) => this.#answer(line))
      .then((reply) => socket.end(`${JSON.stringify(reply)}\n`), () => socket.destroy())
  }

  async #answer(line: string): Promise<Reply> {
    try {
      const request = JSON.parse(line) as Request
      if (request.do === 'down') await this.end()
      else if (request.do !== 'status') await this.#enqueue(request)
      return { ok: true, status: this.#status() }
    } catch (error) {
      return { ok: false, error: error instanceof Error ? error.message : String(error) }
    }
  }

  #enqueue(request: Request): Promise<void> {
    const done = this.#last.then(() => this.#do(request))
    this.#last = done.catch(() => undefined)
    return done
  }

  async #do(request: Request): Promise<void> {
    this.#stopping.signal.throwIfAborted()
    switch (request.do) {
      case 'up': {
        for (let n = this.#hosts.length + 1; n <= request.hosts; n++) this.#hosts.push(new HostMachine(this.#plan, n, this.#switch))
        const results = await Promise.allSettled(this.#hosts.slice(0, request.hosts).map((host) => host.start(this.#stopping.signal)))
        const failed = results.find((result) => result.status === 'rejected')
        if (failed !== undefined) throw failed.reason
        return
      }
      case 'start':
        return this.#host(request.host).start(this.#stopping.signal)
      case 'kill':
      case 'cut':
      case 'heal':
      case 'freeze':
      case 'thaw':
      case 'cutMachine':
      case 'healMachine':
        return this.#host(request.host)[request.do]()
      case 'detach':
        this.#detached = true
        return
      case 'status':
      case 'down':
        return
    }
  }

  #host(number: number): HostMachine {
    const host = this.#hosts[number - 1]
    if (host === undefined) throw new Error(`lab '${this.#plan.id}' has no server ${number}; it has ${this.#hosts.length}`)
    return host
  }

  #status(): LabStatus {
    return {
      id: this.#plan.id, net: this.#plan.net, registry: this.#plan.registry,
      hosts: this.#hosts.map((host) => host.status), switchPid: this.#switch.pid, detached: this.#detached,
    }
  }
}

/** Says to the creator, which may be gone already, how it went. */
function tell(reply: { ok: true } | { ok: false; error: string }): Promise<void> {
  return new Promise((resolve) => process.stdout.write(`${JSON.stringify(reply)}\n`, () => resolve()))
}

async function main(): Promise<void> {
  process.stdout.on('error', () => {})
  const creatorGone = new Promise<void>((resolve) => process.stdin.resume().once('close', resolve).once('end', resolve).once('error', resolve))
  const keeper = await Keeper.make(JSON.parse(process.argv[2] ?? '{}') as KeeperConfig)
  const end = async (): Promise<void> => {
    await keeper.end()
    process.exit(0)
  }
  const endOrSay = (): void => void end().catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, endOrSay)
  void creatorGone.then(() => {
    if (!keeper.detached) endOrSay()
  })
  try {
    await keeper.open()
    await tell({ ok: true })
  } catch (error) {
    await keeper.end()
    throw error
  }
}

await main().catch(async (error: unknown) => {
  await tell({ ok: false, error: error instanceof Error ? error.message : String(error) })
  process.exit(1)
})
