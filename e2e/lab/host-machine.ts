import { spawn, type ChildProcess } from 'node:child_process'
import { createConnection } from 'node:net'
import { chmod, copyFile, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { cgroupOf, makeCgroup, removeCgroup, setFrozen } from './cgroups.ts'
import { repository } from './places.ts'
import { hostDir, type HostState, type HostStatus } from './protocol.ts'
import { run } from './run.ts'
import type { Switch } from './switch.ts'

const BOOT_MS = 60_000
const SSHD_CONFIG = `Port 22
ListenAddress 0.0.0.0
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
UsePAM no
UseDNS no
PrintMotd no
AcceptEnv LANG LC_*
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
`

/** What all servers of a lab share. */
export interface LabPlan {
  id: string
  dir: string
  net: string
  routed: boolean
  key: string
  dockerdArgs: readonly string[]
  dockerDiskMiB?: number | undefined
  /** `ADDRESS:PORT` of the registry that is Docker Hub's mirror. */
  registry?: string
}

/** One test server: a process tree in namespaces of its own, whose PID 1 is all one has to kill. Its disk outlives it. */
export class HostMachine {
  readonly address: string
  readonly #lab: LabPlan
  readonly #number: number
  readonly #switch: Switch
  readonly #dir: string
  #tree: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()
  #pid = 0
  #state: HostState = 'off'

  constructor(lab: LabPlan, number: number, net: Switch) {
    this.#lab = lab
    this.#number = number
    this.#switch = net
    this.#dir = hostDir(lab.dir, number)
    this.address = `${lab.net}.${10 + number}`
  }

  get status(): HostStatus {
    return { host: this.#number, state: this.#state, address: this.address, pid: this.#pid }
  }

  /** Boots from the kept disk and waits until Docker and sshd answer. Nothing to do when it runs. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#tree !== undefined) return
    await this.#makeDisk()
    const joins = await makeCgroup(this.#lab.id, this.#number)
    await rm(join(this.#dir, 'init.pid'), { force: true })
    const console = await open(join(this.#dir, 'console.log'), 'a')
    // The cgroups come first, so that the new cgroup namespace is rooted there; the switch's pid namespace second, so that the
    // server ends with it. Until PID 1 has read its line from stdin, the end of this process is the end of it, too.
    const script = `for f in ${joins.join(' ')}; do echo $$ >"$f"; done; exec "$@"`
    const init = join(repository, 'e2e/lab/init.sh')
    const tree = spawn('sh', [
      '-c', script, 'sh', 'nsenter', `--target=${this.#switch.pid}`, '--net', '--pid', '--',
      'unshare', '--fork', '--kill-child=SIGKILL', '--pid', '--net', '--mount', '--uts', '--ipc', '--cgroup', '--propagation=private',
      'bash', init, this.#dir, this.name, this.address, `${this.#lab.net}.2`, this.#lab.routed ? 'routed' : 'switched', ...this.#dockerdArgs(),
    ], { stdio: ['pipe', console.fd, console.fd], detached: true, cwd: '/' })
    this.#tree = tree
    this.#ended = new Promise((resolve) => {
      const over = (): void => {
        this.#tree = undefined
        this.#pid = 0
        this.#state = 'off'
        resolve()
      }
      tree.once('exit', over)
      tree.once('error', over)
    })
    await console.close()
    this.#pid = await this.#waitFor('its PID 1', signal, () => this.#readPid())
    await this.#switch.plug(this.#number, this.#pid)
    tree.stdin?.on('error', () => {})
    tree.stdin?.end('plugged\n')
    this.#state = 'up'
    await this.#waitFor('Docker', signal, () => ping(join(this.#dir, 'run/docker.sock')))
    await this.#waitFor('sshd', signal, () => accepts(this.address, 22))
  }

  /** The power fails: nothing gets to clean up. The disk stays. */
  async kill(): Promise<void> {
    if (this.#tree !== undefined) {
      await this.thaw()
      // A power cut says no goodbye: what ends now would still close its connections.
      await this.#switch.cut(this.#number)
      if (this.#pid > 0) process.kill(this.#pid, 'SIGKILL')
      else this.#tree.kill('SIGKILL')
      await this.#ended
    }
    await this.#switch.unplug(this.#number)
    await removeCgroup(`${cgroupOf(this.#lab.id)}/h${this.#number}`)
  }

  /** Resolves once nothing of the server runs; for when its namespaces were killed from above. */
  ended(): Promise<void> {
    return this.#ended
  }

  /** Takes the server off the network silently: packets vanish, the carrier stays. */
  async cut(): Promise<void> {
    await this.#switch.cut(this.#number)
    if (this.#state === 'up') this.#state = 'cut'
  }

  async heal(): Promise<void> {
    await this.#switch.heal(this.#number)
    if (this.#state === 'cut') this.#state = 'up'
  }

  /** Takes only the way between the server and this machine away. */
  async cutMachine(): Promise<void> {
    await this.#switch.cutMachine(this.#number)
  }

  async healMachine(): Promise<void> {
    await this.#switch.healMachine(this.#number)
  }

  /** Hangs the whole server, as if it were swapping itself to death. */
  async freeze(): Promise<void> {
    await setFrozen(this.#lab.id, this.#number, true)
    this.#state = 'frozen'
  }

  async thaw(): Promise<void> {
    await setFrozen(this.#lab.id, this.#number, false)
    if (this.#state === 'frozen') this.#state = 'up'
  }

  get name(): string {
    return `${this.#lab.id}${this.#number}`
  }

  #dockerdArgs(): string[] {
    const { registry, dockerdArgs } = this.#lab
    const mirror = registry === undefined ? [] : [`--registry-mirror=http://${registry}`, `--insecure-registry=${registry}`, '--insecure-registry=registry.lab:5000']
    return [...mirror, ...dockerdArgs]
  }

  /** The files that make it a machine of its own. */
  async #makeDisk(): Promise<void> {
    const at = (path: string): string => join(this.#dir, path)
    for (const dir of ['root/.ssh', 'home', 'tmp', 'opt', 'srv', 'docker', 'mnt', 'run', 'etc/work', 'usr/up', 'usr/work', 'var/up', 'var/work']) {
      await mkdir(at(dir), { recursive: true })
    }
    await mkdir(at('etc/up/ssh'), { recursive: true })
    await mkdir(at('etc/up/docker'), { recursive: true })
    await chmod(at('tmp'), 0o1777)
    await chmod(at('root/.ssh'), 0o700)
    await copyFile(`${this.#lab.key}.pub`, at('root/.ssh/authorized_keys'))
    if (existsSync(at('etc/up/machine-id'))) return
    if (this.#lab.dockerDiskMiB !== undefined) {
      await run('truncate', ['-s', `${String(this.#lab.dockerDiskMiB)}M`, at('docker.img')])
      // Nothing is held back for root: full is full.
      await run('mkfs.ext4', ['-q', '-m', '0', at('docker.img')])
    }
    await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', this.name, '-f', at('etc/up/ssh/ssh_host_ed25519_key')])
    await writeFile(at('etc/up/ssh/sshd_config'), SSHD_CONFIG)
    await writeFile(at('etc/up/hostname'), `${this.name}\n`)
    await writeFile(at('etc/up/hosts'), `127.0.0.1 localhost\n${this.address} ${this.name}\n${this.#lab.net}.2 registry.lab\n`)
    await writeFile(at('etc/up/docker/daemon.json'), '{}\n')
    await writeFile(at('etc/up/machine-id'), `${randomBytes(16).toString('hex')}\n`)
  }

  async #readPid(): Promise<number> {
    return Number(await readFile(join(this.#dir, 'init.pid'), 'utf8').catch(() => '0'))
  }

  async #waitFor<T>(what: string, signal: AbortSignal, probe: () => Promise<T>): Promise<T> {
    const deadline = performance.now() + BOOT_MS
    for (;;) {
      signal.throwIfAborted()
      if (this.#tree === undefined) throw new Error(`${this.name} died while booting. Its last words: ${await this.#lastWords()}`)
      const found = await probe()
      if (found) return found
      if (performance.now() > deadline) throw new Error(`${this.name}: ${what} does not answer after ${BOOT_MS / 1000} s. Last words: ${await this.#lastWords()}`)
      await sleep(20, undefined, { signal })
    }
  }

  async #lastWords(): Promise<string> {
    const read = (file: string): Promise<string> => readFile(join(this.#dir, file), 'utf8').catch(() => '')
    const lines = [...(await read('console.log')).split('\n'), ...(await read('var/up/log/docker.log')).split('\n')]
    return lines.filter(Boolean).slice(-8).join(' | ')
  }
}

/** Whether a Docker API answers on a unix socket. */
function ping(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const req = request({ socketPath, path: '/_ping', timeout: 2000 }, (res) => {
      res.resume()
      resolve(res.statusCode === 200)
    })
    req.once('timeout', () => req.destroy())
    req.once('error', () => resolve(false))
    req.end()
  })
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: 1000 })
    const done = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => done(true))
    socket.once('timeout', () => done(false))
    socket.once('error', () => done(false))
  })
}
