import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { join } from 'node:path'
import { cgroupOf } from './cgroups.ts'
import { hostDir, labFiles, type HostStatus, type LabStatus, type Request } from './protocol.ts'
import { run, type RunOptions, type RunResult } from './run.ts'

/** How to log in to a server. Its host key is new with every lab. */
export interface SshAccess {
  host: string
  port: number
  user: string
  /** Path of the private key. */
  keyFile: string
  /** Path of the server's public host key. */
  hostKeyFile: string
}

/** One server of a lab. */
export class LabHost {
  readonly number: number
  /** Its IPv4 address, reachable from this machine and from the other servers. */
  readonly address: string
  /** Its name, as `hostname` says there. */
  readonly name: string
  /** A folder of this machine's; the server's disk is in it (`root`, `home`, `tmp`, `opt`, `srv` as they are; `var/up` what it changed in /var). */
  readonly dir: string
  /** The unix socket of its Docker, as seen from this machine. It outlives kill and start. */
  readonly dockerSocket: string
  readonly #labDir: string
  readonly #labId: string
  readonly #status: () => LabStatus
  readonly #ask: (request: Request) => Promise<LabStatus>

  constructor(number: number, labDir: string, net: string, status: () => LabStatus, ask: (request: Request) => Promise<LabStatus>) {
    this.number = number
    this.#labId = status().id
    this.name = `${this.#labId}${number}`
    this.address = `${net}.${10 + number}`
    this.dir = hostDir(labDir, number)
    this.dockerSocket = join(this.dir, 'run/docker.sock')
    this.#labDir = labDir
    this.#status = status
    this.#ask = ask
  }

  get ssh(): SshAccess {
    return {
      host: this.address, port: 22, user: 'root',
      keyFile: labFiles(this.#labDir).key, hostKeyFile: join(this.dir, 'etc/up/ssh/ssh_host_ed25519_key.pub'),
    }
  }

  /** As last told by the lab's keeper. */
  get state(): HostStatus {
    const state = this.#status().hosts[this.number - 1]
    if (state === undefined) throw new Error(`server ${this.number} is gone`)
    return state
  }

  /** Cuts the power: every process dies at once, nothing is shut down, the disk stays as it is. */
  async kill(): Promise<void> {
    await this.#ask({ do: 'kill', host: this.number })
  }

  /** Boots it again from its disk; resolves when Docker and sshd answer. */
  async start(): Promise<void> {
    await this.#ask({ do: 'start', host: this.number })
  }

  /** Takes it off the network silently: packets vanish. Its Docker socket still answers (a socket is no network). */
  async cut(): Promise<void> {
    await this.#ask({ do: 'cut', host: this.number })
  }

  async heal(): Promise<void> {
    await this.#ask({ do: 'heal', host: this.number })
  }

  /** Takes only the way between this machine and the server away, silently, both ways: the servers go on reaching each other. */
  async cutMachine(): Promise<void> {
    await this.#ask({ do: 'cutMachine', host: this.number })
  }

  async healMachine(): Promise<void> {
    await this.#ask({ do: 'healMachine', host: this.number })
  }

  /** Hangs all of it, as if it were swapping itself to death. */
  async freeze(): Promise<void> {
    await this.#ask({ do: 'freeze', host: this.number })
  }

  async thaw(): Promise<void> {
    await this.#ask({ do: 'thaw', host: this.number })
  }

  /** Stops dockerd (its containers stop too, as with `systemctl stop docker`) until `startDocker`. */
  async stopDocker(): Promise<void> {
    await this.exec('touch /run/no-docker; kill $(cat /var/run/docker.pid); while pidof dockerd >/dev/null; do sleep 0.05; done')
  }

  async startDocker(): Promise<void> {
    await this.exec('rm -f /run/no-docker; until docker version >/dev/null 2>&1; do sleep 0.05; done')
  }

  /**
   * Runs a command on the server: a string by its shell, an array as it is. Rejects when its exit code is not 0, unless `anyCode`.
   * It is inside all the server's namespaces and dies with it.
   */
  exec(command: string | readonly string[], options: RunOptions = {}): Promise<RunResult> {
    return run(...this.#entered(command), options)
  }

  /** As `exec`, for a program that goes on: the caller reads its output and ends it. */
  spawn(command: string | readonly string[], options: SpawnOptions = {}): ChildProcess {
    return spawn(...this.#entered(command), options)
  }

  /**
   * The words before a command of this machine's that make it run on the server's network and otherwise here, with this machine's files:
   * an engine started so is on the same network as the server's containers, as one on a user's own machine is.
   */
  get onItsNetwork(): readonly string[] {
    return ['nsenter', `--target=${this.#pid()}`, '--net', '--']
  }

  #entered(command: string | readonly string[]): [string, string[]] {
    const words = typeof command === 'string' ? ['sh', '-c', command] : [...command]
    const join = `for f in /sys/fs/cgroup/${cgroupOf(this.#labId)}/h${this.number} /sys/fs/cgroup/*/${cgroupOf(this.#labId)}/h${this.number}; do
      for g in "$f" "$f/init"; do [ ! -e "$g/cgroup.procs" ] || echo $$ >"$g/cgroup.procs" 2>/dev/null || true; done; done; exec "$@"`
    const enter = ['nsenter', `--target=${this.#pid()}`, '--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--root', '--wd=/', '--', ...words]
    return ['sh', ['-c', join, 'sh', ...enter]]
  }

  #pid(): number {
    const { pid } = this.state
    if (pid === 0) throw new Error(`server ${this.name} is off`)
    return pid
  }
}
