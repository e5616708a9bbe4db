import { execFileSync } from 'node:child_process'
import { Lab } from '../../../../e2e/lab/lab.ts'
import { systemClock } from '../../../common/clock.ts'
import { ConfigMaps, Pods, Services } from '../../../common/kube/kinds.ts'
import type { ConfigMap, Pod, PodSpec } from '../../../common/kube/generated/core-v1.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { isPodReady } from '../../../common/kube/pods.ts'
import { openLocalHost } from '../../../hosts/local-host.ts'
import type { Host } from '../../../hosts/host.ts'
import { SharedInformers } from '../../client/informers.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import { startNodeAgent } from '../node/node-agent.ts'
import type { NodeAgent } from '../node/node-agent.ts'
import { loadBusybox } from './busybox-image.ts'

export const IMAGE = 'test/busybox:1'

/** A lab server with a node agent on it, over an API in memory: for integration tests of the runtime. */
export class NodeBench {
  readonly lab: Lab
  readonly host: Host
  readonly client = new MemoryClient(systemClock)
  readonly errors: unknown[] = []
  readonly events: string[] = []
  #informers: SharedInformers | undefined
  #agent: NodeAgent | undefined
  #route = ''
  readonly clusterId = crypto.randomUUID()

  private constructor(lab: Lab) {
    this.lab = lab
    this.host = openLocalHost({ socketPath: lab.host(1).dockerSocket })
  }

  static async up(): Promise<NodeBench> {
    const bench = new NodeBench(await Lab.up({ hosts: 1, noImages: true }))
    await loadBusybox(bench.host.docker, IMAGE)
    await bench.startAgent()
    await bench.#routeToPods()
    return bench
  }

  get agent(): NodeAgent {
    if (this.#agent === undefined) throw new Error('no agent runs')
    return this.#agent
  }

  /** As after a start of the engine: new caches, a new agent. */
  async startAgent(): Promise<void> {
    const onError = (error: unknown): void => void this.errors.push(error)
    this.#informers = new SharedInformers({ client: this.client, clock: systemClock, onError })
    // Off the networks that a developer's own cluster uses on this machine.
    const agent = startNodeAgent({
      client: this.client, informers: this.#informers, host: this.host, clock: systemClock, nodeName: 'node-1', clusterId: this.clusterId, onError,
      recorder: { event: (object, type, reason, message) => void this.events.push(`${object.metadata.name} ${type} ${reason} ${message}`) },
      place: () => Promise.resolve({ address: this.lab.host(1).address, networks: ['10.244.0.0/16', ...usedRoutes()] }),
    })
    this.#agent = agent
    await agent.ready
  }

  async stopAgent(): Promise<void> {
    await this.#agent?.stop()
    await this.#informers?.stop()
    this.#agent = undefined
  }

  async down(): Promise<void> {
    await this.stopAgent()
    if (this.#route !== '') execFileSync('ip', ['route', 'del', this.#route])
    await this.lab.down()
  }

  createPod(name: string, spec: Omit<PodSpec, 'nodeName'>, labels: Record<string, string> = {}): Promise<Frozen<Pod>> {
    const draft: Draft<Pod> = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels }, spec: { ...spec, nodeName: 'node-1' } }
    return this.client.create(Pods, draft)
  }

  createConfigMap(name: string, data: Record<string, string>): Promise<Frozen<ConfigMap>> {
    return this.client.create(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data })
  }

  async createService(name: string, selector: Record<string, string>): Promise<void> {
    await this.client.create(Services, { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, spec: { selector, ports: [{ port: 80 }] } })
  }

  pod(name: string): Promise<Frozen<Pod>> {
    return this.client.get(Pods, 'default', name)
  }

  /** Resolves with the pod once `test` holds; rejects with its last status after `ms`. */
  async until(name: string, what: string, test: (pod: Frozen<Pod>) => boolean, ms = 120_000): Promise<Frozen<Pod>> {
    const end = Date.now() + ms
    for (;;) {
      const pod = await this.pod(name)
      if (test(pod)) return pod
      if (Date.now() > end) throw new Error(`pod ${name} is not ${what}: ${JSON.stringify(pod.status, null, 1)}\n${this.events.slice(-20).join('\n')}\n${this.errors.map(String).join('\n')}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  ready(name: string, ms?: number): Promise<Frozen<Pod>> {
    return this.until(name, 'ready', isPodReady, ms)
  }

  async gone(name: string, ms = 120_000): Promise<void> {
    const end = Date.now() + ms
    while (Date.now() < end) {
      if (!(await this.client.list(Pods)).items.some((p) => p.metadata.name === name)) return
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`pod ${name} is still there`)
  }

  /** Runs a command in a container through the node's own exec. */
  async exec(pod: string, container: string, command: string[]): Promise<{ output: string; code: number }> {
    const session = await this.agent.nodeAccess.exec({ namespace: 'default', pod, container }, { command, stdin: false, tty: false })
    let output = ''
    for await (const chunk of session.stdout) output += Buffer.from(chunk).toString()
    return { output, code: await session.exit }
  }

  async logs(pod: string, container: string, options: { previous?: boolean; tailLines?: number } = {}): Promise<string> {
    let output = ''
    for await (const chunk of this.agent.nodeAccess.logs({ namespace: 'default', pod, container }, options, new AbortController().signal)) output += Buffer.from(chunk).toString()
    return output
  }

  /** All of a pod's containers on the node, by container name (`sandbox` for the sandbox): ID, PID and state. */
  async containers(pod: string): Promise<Map<string, { id: string; pid: number; state: string; started: string }>> {
    const { uid } = (await this.pod(pod)).metadata
    const list = await this.host.docker.listContainers({ all: true, filters: { label: [`toque.dev/pod-uid=${uid}`] } })
    const infos = await Promise.all(list.map((c) => this.host.docker.getContainer(c.Id).inspect()))
    return new Map(infos.map((i) => [i.Config.Labels['toque.dev/container'] ?? 'sandbox', { id: i.Id, pid: i.State.Pid, state: i.State.Status, started: i.State.StartedAt }]))
  }

  async #routeToPods(): Promise<void> {
    const [network] = await this.host.docker.listNetworks({ filters: { label: [`toque.dev/cluster=${this.clusterId}`] } })
    this.#route = network?.IPAM?.Config?.[0]?.Subnet ?? ''
    execFileSync('ip', ['route', 'replace', this.#route, 'via', this.lab.host(1).address])
    await this.lab.host(1).exec(['iptables', '-I', 'DOCKER-USER', '-j', 'ACCEPT'])
  }
}

function usedRoutes(): string[] {
  return execFileSync('ip', ['-4', 'route'], { encoding: 'utf8' }).split('\n').flatMap((line) => /^\d+\.\d+\.\d+\.\d+\/\d+/.exec(line)?.[0] ?? [])
}
