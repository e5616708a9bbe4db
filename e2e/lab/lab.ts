import { spawn } from 'node:child_process'
import { createConnection, type Socket } from 'node:net'
import { createRequire } from 'node:module'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { firstLine } from './first-line.ts'
import { imageStorage } from '../images/storage.ts'
import { LabHost } from './lab-host.ts'
import { labsDir, repository } from './places.ts'
import { labFiles, type KeeperConfig, type LabStatus, type Reply, type Request } from './protocol.ts'

export interface LabOptions {
  /** How many servers. Default 1. */
  hosts?: number
  /** At most 8 of a-z 0-9, beginning with a letter; in the names of servers and interfaces. Default: a random one. */
  id?: string
  /** First three octets of the lab's /24. Default: a free one. */
  net?: string
  /**
   * Each server on a link of its own, its address alone in its network (/32), as many clouds do it, and the switch is a router between them. Default: one link for all.
   */
  routed?: boolean
  /** More flags for every dockerd. */
  dockerdArgs?: readonly string[]
  /** Gives every server's Docker a disk of its own of this many MiB, which can be filled. Default: it shares this machine's. */
  dockerDiskMiB?: number
  /** Without the registry (and without waiting for its images to be built). */
  noImages?: boolean
}

/**
 * Test servers on this machine (Linux, root): each has its own dockerd and sshd, and an address on a network that all share with this machine.
 * A lab made by `Lab.up` ends with the process that made it, even one that is killed; one that is `detach`ed stays until `down`.
 */
export class Lab {
  readonly id: string
  #status: LabStatus
  readonly #hosts = new Map<number, LabHost>()
  readonly #letGo: () => void

  private constructor(status: LabStatus, letGo: () => void) {
    this.id = status.id
    this.#status = status
    this.#letGo = letGo
  }

  /** Makes a lab and resolves when all its servers answer. Rejects, with nothing left behind, when one does not. */
  static async up(options: LabOptions = {}): Promise<Lab> {
    const id = options.id ?? `t${randomBytes(3).toString('hex')}`
    if (!/^[a-z][a-z0-9]{0,7}$/.test(id)) throw new Error(`'${id}' cannot be a lab's ID: at most 8 of a-z and 0-9, a letter first`)
    if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new Error('a lab needs Linux and root')
    const images = options.noImages === true ? undefined : await imageStorage()
    const config: KeeperConfig = { id, net: options.net, hosts: options.hosts ?? 1, routed: options.routed ?? false, dockerdArgs: options.dockerdArgs ?? [], dockerDiskMiB: options.dockerDiskMiB, images }
    const letGo = await startKeeper(config)
    return new Lab(await ask(id, { do: 'status' }), letGo)
  }

  /** A lab that somebody else made. */
  static async find(id: string): Promise<Lab> {
    return new Lab(await ask(id, { do: 'status' }), () => {})
  }

  /** Server `number`, counted from 1. */
  host(number: number): LabHost {
    let host = this.#hosts.get(number)
    if (host === undefined) {
      if (this.#status.hosts[number - 1] === undefined) throw new Error(`lab '${this.id}' has no server ${number}`)
      host = new LabHost(number, this.dir, this.#status.net, () => this.#status, (request) => this.ask(request))
      this.#hosts.set(number, host)
    }
    return host
  }

  /** All servers, in order. */
  get hosts(): LabHost[] {
    return this.#status.hosts.map(({ host }) => this.host(host))
  }

  /** `ADDRESS:PORT` of the registry that is the servers' mirror of Docker Hub; undefined in a lab without one. */
  get registry(): string | undefined {
    return this.#status.registry
  }

  /** The machine's own address on the lab's network: how servers reach what listens here. */
  get machineAddress(): string {
    return `${this.#status.net}.1`
  }

  /** The words before a command that make it run on the lab's network beside the servers, neither on one of them nor on this machine's network: a client outside. */
  get outside(): readonly string[] {
    return ['nsenter', `--target=${this.#status.switchPid}`, '--net', '--']
  }

  /** The lab's folder; gone after `down`. */
  get dir(): string {
    return join(labsDir(), this.id)
  }

  get status(): LabStatus {
    return this.#status
  }

  /** Makes servers up to number `hosts`, and starts those of them that are off. */
  async grow(hosts: number): Promise<void> {
    await this.ask({ do: 'up', hosts })
  }

  /** From here on the lab stays when this process ends. */
  async detach(): Promise<void> {
    await this.ask({ do: 'detach' })
    this.#letGo()
  }

  /** Takes the lab down and resolves when nothing of it is left. Twice is once. */
  async down(): Promise<void> {
    if (existsSync(labFiles(this.dir).socket)) await this.ask({ do: 'down' })
    this.#letGo()
  }

  /** Asks the keeper for something and remembers the state it tells. */
  async ask(request: Request): Promise<LabStatus> {
    this.#status = await ask(this.id, request)
    return this.#status
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.down()
  }
}

/** Starts a lab's keeper and resolves when the lab is up. The returned function lets go of it without ending it. */
function startKeeper(config: KeeperConfig): Promise<() => void> {
  // The way to tsx is looked up, so that the caller's working directory does not matter.
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const env = { ...process.env, NODE_OPTIONS: '' } // a test runner's own options are not the keeper's
  const child = spawn(process.execPath, ['--import', tsx, join(repository, 'e2e/lab/keeper.ts'), JSON.stringify(config)], {
    stdio: ['pipe', 'pipe', 'inherit'], detached: true, env, cwd: repository,
  })
  const stdin = child.stdin as Socket // a pipe is one: it can be unref'ed
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    firstLine(child.stdout).then((line) => {
      const reply = JSON.parse(line) as { ok: boolean; error?: string }
      if (!reply.ok) return reject(new Error(reply.error))
      // What is open here must not keep this process from ending; its end is what the keeper waits for.
      child.unref()
      child.stdout.destroy()
      stdin.unref()
      stdin.on('error', () => {})
      resolve(() => stdin.destroy())
    }, () => reject(new Error(`the keeper of lab '${config.id}' ended before the lab was up`)))
  })
}

/** One request to the keeper of a lab. */
async function ask(id: string, request: Request): Promise<LabStatus> {
  const socket = createConnection({ path: labFiles(join(labsDir(), id)).socket })
  socket.write(`${JSON.stringify(request)}\n`)
  const line = await firstLine(socket).catch(() => {
    throw new Error(`there is no lab '${id}'; make one with: npm run lab -- up 1 --id ${id}`)
  })
  socket.end()
  const reply = JSON.parse(line) as Reply
  if (!reply.ok) throw new Error(reply.error)
  return reply.status
}
