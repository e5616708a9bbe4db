import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from './run.ts'

/**
 * The network switch (or router, in a lab that is `routed`: then every server has a bridge of its own) between a lab's servers, and the ground they all stand on: one network namespace with a bridge, and one pid
 * namespace that holds everything of the lab. Its PID 1 is a `cat` that reads from the keeper: when the keeper ends, in whatever way, `cat`
 * reads the end of file and exits, and the kernel kills every process of the lab and with them the mounts, links and namespaces.
 *
 * The bridge is in a namespace of its own because a Docker on the machine may drop what is forwarded, bridged frames included.
 */
export class Switch {
  readonly pid: number
  readonly #ended: Promise<void>
  readonly #uplink: string
  readonly #net: string
  readonly #routed: boolean

  private constructor(ground: ChildProcess, pid: number, uplink: string, net: string, routed: boolean) {
    this.pid = pid
    this.#uplink = uplink
    this.#net = net
    this.#routed = routed
    this.#ended = new Promise((resolve) => ground.once('exit', () => resolve()))
  }

  /** `net`: first three octets. The machine itself gets .1, the switch .2. */
  static async make(labId: string, net: string, routed: boolean): Promise<Switch> {
    const ground = spawn('unshare', ['--fork', '--kill-child=SIGKILL', '--pid', '--net', 'cat'], { stdio: ['pipe', 'ignore', 'pipe'], detached: true, cwd: '/' })
    ground.stdin?.on('error', () => {})
    const made = new Switch(ground, await onlyChild(ground), `tl-${labId}`, net, routed)
    await made.#inside(
      'echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null; ' +
      'set -e; ip link set lo up; ip link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0; ' +
      `ip addr add ${net}.2/24 dev br0; ip link set br0 up; echo ${routed ? '1' : '0'} >/proc/sys/net/ipv4/ip_forward`,
    )
    await run('ip', ['link', 'add', made.#uplink, 'type', 'veth', 'peer', 'name', 'up0', 'netns', String(made.pid)])
    await made.#inside('ip link set up0 master br0 up')
    // The machine shares a link with the router, and with the servers only where they share one with each other.
    await run('ip', ['addr', 'add', `${net}.1/${routed ? '29' : '24'}`, 'dev', made.#uplink])
    await run('ip', ['link', 'set', made.#uplink, 'up'])
    if (routed) await run('ip', ['route', 'add', `${net}.0/24`, 'via', `${net}.2`])
    return made
  }

  /** The command that runs a program on the switch: on the lab's network, and gone with the lab. */
  enter(...command: string[]): [string, string[]] {
    return ['nsenter', [`--target=${this.pid}`, '--net', '--pid', '--', ...command]]
  }

  /**
   * Lays a cable from the switch to server `host`, into the network namespace of process `pid`. Its MAC address stays the same over kill and
   * start, as a real card's does: with a new one, others would talk to the old one until their ARP entries age.
   */
  async plug(host: number, pid: number): Promise<void> {
    const mac = ['02', ...`${this.#net}.${10 + host}`.split('.').map((octet) => Number(octet).toString(16).padStart(2, '0')), '01'].join(':')
    await this.#inside(
      `ip link del p${host} 2>/dev/null; ` +
      `set -e; ${this.#routed ? this.#ownLink(host) : ''} ip link add p${host} type veth peer name eth0 address ${mac} netns ${pid}; ip link set p${host} master ${this.#bridge(host)} up`,
    )
  }

  async unplug(host: number): Promise<void> {
    await this.#inside(`ip link del p${host} 2>/dev/null || true`)
  }

  async cut(host: number): Promise<void> {
    await this.#inside(`ip link set p${host} nomaster`)
  }

  async heal(host: number): Promise<void> {
    await this.#inside(`ip link set p${host} master ${this.#bridge(host)} up`)
  }

  #bridge(host: number): string {
    return this.#routed ? `br${String(host)}` : 'br0'
  }

  /** The router's leg to a server. */
  #ownLink(host: number): string {
    const bridge = this.#bridge(host)
    return `ip link show ${bridge} >/dev/null 2>&1 || { ip link add ${bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0; ip link set ${bridge} up; ip route add ${this.#net}.${String(10 + host)}/32 dev ${bridge}; };`
  }

  /** Drops all frames between server `host` and this machine, both ways; what goes to other servers passes. */
  async cutMachine(host: number): Promise<void> {
    const drop = (from: string, to: string): string => `iifname "${from}" oifname "${to}" drop;`
    await this.#inside(`nft 'table bridge cut${host} { chain forward { type filter hook forward priority 0; ${drop('up0', `p${host}`)} ${drop(`p${host}`, 'up0')} }; }'`)
  }

  async healMachine(host: number): Promise<void> {
    await this.#inside(`nft delete table bridge cut${host} 2>/dev/null || true`)
  }

  /** Takes the ground away: everything that stands on it ends. */
  async destroy(): Promise<void> {
    await run('ip', ['link', 'del', this.#uplink], { anyCode: true })
    try {
      process.kill(this.pid, 'SIGKILL')
    } catch {
      // It ended by itself.
    }
    await this.#ended
  }

  async #inside(script: string): Promise<void> {
    await run('nsenter', [`--target=${this.pid}`, '--net', '--', 'sh', '-c', script])
  }
}

async function onlyChild(parent: ChildProcess): Promise<number> {
  for (let attempt = 0; attempt < 500 && parent.exitCode === null; attempt++) {
    const children = await readFile(`/proc/${parent.pid}/task/${parent.pid}/children`, 'utf8').catch(() => '')
    const pid = Number(children.trim())
    if (pid > 0 && (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim() === 'cat') return pid
    await sleep(5)
  }
  throw new Error(`namespaces could not be made: ${String(parent.stderr?.read() ?? 'unshare ended')}`)
}
