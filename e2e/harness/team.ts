import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Node, Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { isPodActive } from '../../src-main/common/kube/pods.ts'
import { KubeClient } from '../demo/kube-client.ts'
import { Lab } from '../lab/lab.ts'
import type { LabOptions } from '../lab/lab.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { Containers, eventually } from './containers.ts'
import { HeadlessProcess } from './headless-process.ts'

/** A lab of several servers, and a desk (this machine, with a home of its own) whose Toque reaches them by SSH only. */
export class Team {
  readonly lab: Lab
  readonly home: string
  readonly data: string
  /** The machine whose Docker is the desk's own; undefined: the desk has none. */
  readonly deskDocker: LabHost | undefined
  #toque: HeadlessProcess | undefined
  /** What the engines before this one wrote. */
  #earlier = ''

  private constructor(lab: Lab, home: string, deskDocker: LabHost | undefined) {
    this.lab = lab
    this.home = home
    this.deskDocker = deskDocker
    this.data = join(home, 'toque')
  }

  /** Makes the lab (and `prepare`s it) and the desk, starts Toque, adds the servers and resolves when all are Ready. `deskDocker`: the desk has a Docker that is no server. */
  static async up(servers: number, { prepare, deskDocker = false, ...options }: Omit<LabOptions, 'hosts'> & { prepare?: (lab: Lab) => Promise<unknown>; deskDocker?: boolean } = {}): Promise<Team> {
    const lab = await Lab.up({ hosts: deskDocker ? servers + 1 : servers, ...options })
    const team = new Team(lab, await mkdtemp(join(tmpdir(), 'toque-desk-')), deskDocker ? lab.host(servers + 1) : undefined)
    try {
      await prepare?.(lab)
      await prepareHome(team.home, team.hosts)
      await team.startEngine()
      for (const host of team.hosts) await team.add(host)
      await team.nodesReady(servers)
      return team
    } catch (error) {
      await team.down()
      throw error
    }
  }

  get hosts(): LabHost[] {
    return this.lab.hosts.filter((host) => host !== this.deskDocker)
  }

  containers(host: LabHost): Containers {
    return new Containers(host)
  }

  get toque(): HeadlessProcess {
    if (this.#toque === undefined) throw new Error('Toque is not running')
    return this.#toque
  }

  async startEngine(): Promise<void> {
    this.#earlier = this.log
    this.#toque = undefined
    this.#toque = await startDesk(this.home, this.data, this.deskDocker?.dockerSocket)
  }

  /** Another desk: a Toque with a home of its own, that can log in to the servers and knows no cluster. Whoever makes it ends it and removes its home. */
  async anotherDesk(): Promise<{ toque: HeadlessProcess; home: string }> {
    const home = await this.anotherHome()
    return { toque: await startDesk(home, join(home, 'toque')), home }
  }

  /** A home from which the servers can be logged in to; whoever asks for it removes it. */
  async anotherHome(): Promise<string> {
    const home = await mkdtemp(join(tmpdir(), 'toque-desk-'))
    await prepareHome(home, this.hosts)
    return home
  }

  /** What all its engines wrote to stderr, the end of it of each. */
  get log(): string {
    return this.#earlier + (this.#toque?.log ?? '')
  }

  /** Toque's API, as a user's program asks it; of this engine, not of the next. */
  api(): Promise<KubeClient> {
    return KubeClient.open(this.toque.kubeconfig, (port) => Promise.resolve(port))
  }

  async add(host: LabHost): Promise<void> {
    await this.apply({ apiVersion: 'toque.dev/v1', kind: 'Server', metadata: { name: host.name }, spec: { host: host.address, user: 'root' } })
  }

  async nodesReady(count: number): Promise<void> {
    await eventually(`${String(count)} nodes Ready, with Services`, async () => {
      const { items } = await this.get<{ items: Node[] }>('nodes')
      const is = (node: Node, type: string, status: string): boolean => node.status?.conditions?.some((c) => c.type === type && c.status === status) === true
      return items.filter((node) => is(node, 'Ready', 'True') && is(node, 'NetworkUnavailable', 'False')).length === count
    })
  }

  /** Runs kubectl and resolves with its output; rejects with what it wrote to stderr. */
  kubectl(args: readonly string[], input?: string, kubeconfig = this.toque.kubeconfig): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile('kubectl', ['--kubeconfig', kubeconfig, ...args], { maxBuffer: 64 << 20, timeout: 120_000 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout)
        else reject(new Error(`kubectl ${args.join(' ')}: ${stderr.trim() || error.message}\n${this.toque.log.slice(-2000)}`))
      })
      // One that reads nothing may have ended by then.
      child.stdin?.on('error', () => undefined)
      child.stdin?.end(input ?? '')
    })
  }

  apply(manifest: string | object, kubeconfig = this.toque.kubeconfig): Promise<string> {
    return this.kubectl(['apply', '-f', '-'], typeof manifest === 'string' ? manifest : JSON.stringify(manifest), kubeconfig)
  }

  async get<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.kubectl(['get', ...args, '-o', 'json'])) as T
  }

  /** The pods of the label `app` that have not ended and do not end, in `default`. */
  async activePods(app: string): Promise<Pod[]> {
    return (await this.get<{ items: Pod[] }>('pods', '-l', `app=${app}`)).items.filter(isPodActive)
  }

  /** Runs a shell script in a pod of `default` and resolves with its output. */
  sh(pod: Pod, script: string): Promise<string> {
    return this.kubectl(['exec', pod.metadata.name, '--', 'sh', '-c', script])
  }

  /** The server of this name; the first, where there is none. */
  hostOf(name = ''): LabHost {
    return this.hosts.find((host) => host.name === name) ?? this.lab.host(1)
  }

  /** What curl on the first server says of a URL of a host that has no name, asked from a server. */
  async curl(server: number, url: string, ...more: string[]): Promise<string> {
    const { hostname } = new URL(url)
    const { address } = this.lab.host(server)
    const { stdout, stderr } = await this.lab.host(1).exec(['curl', '-sS', '-m', '5', '--resolve', `${hostname}:80:${address}`, '--resolve', `${hostname}:443:${address}`, ...more, url], { anyCode: true })
    return stdout + stderr
  }

  rolloutDone(deployment: string): Promise<string> {
    return this.kubectl(['rollout', 'status', `deployment/${deployment}`, '--timeout=110s'])
  }

  async down(): Promise<void> {
    await this.#toque?.end('SIGTERM')
    await this.lab.down()
    await rm(this.home, { recursive: true, force: true })
  }
}

function startDesk(home: string, data: string, dockerSocket?: string): Promise<HeadlessProcess> {
  return HeadlessProcess.start(['--data', data, '--no-local', '--port', '0', ...(dockerSocket === undefined ? [] : ['--docker', dockerSocket])], [], { HOME: home, SSH_AUTH_SOCK: undefined })
}

/** The lab's key is the desk's usual one, and the servers' host keys are known. */
async function prepareHome(home: string, hosts: readonly LabHost[]): Promise<void> {
  const ssh = join(home, '.ssh')
  await mkdir(ssh, { recursive: true, mode: 0o700 })
  const [first] = hosts
  if (first !== undefined) await copyFile(first.ssh.keyFile, join(ssh, 'id_ed25519'))
  const lines = await Promise.all(hosts.map(async ({ ssh: { host, hostKeyFile } }) => `${host} ${(await readFile(hostKeyFile, 'utf8')).trim()}`))
  await writeFile(join(ssh, 'known_hosts'), `${lines.join('\n')}\n`, { mode: 0o600 })
}
