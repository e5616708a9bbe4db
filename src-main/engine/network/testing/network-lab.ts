import type Docker from 'dockerode'
import { request } from 'node:http'
import type { Agent } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { Lab } from '../../../../e2e/lab/lab.ts'
import type { LabHost } from '../../../../e2e/lab/lab-host.ts'
import { repository } from '../../../../e2e/lab/places.ts'
import { systemClock } from '../../../common/clock.ts'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { LiveValue } from '../../../common/rpc/live-value.ts'
import { Nodes } from '../../../common/kube/kinds.ts'
import { openLocalHost } from '../../../hosts/local-host.ts'
import type { Host } from '../../../hosts/host.ts'
import { SharedInformers } from '../../client/informers.ts'
import { LocalClient } from '../../client/local-client.ts'
import { startTestApi } from '../../api/testing/test-api.ts'
import type { TestApi } from '../../api/testing/test-api.ts'
import { startNetwork } from '../start-network.ts'
import type { DrivingRight, Network, NodeHandle } from '../start-network.ts'

/** The right of an engine that has the server to itself. */
const ALONE: DrivingRight = { epoch: 1, look: () => Promise.resolve(), take: () => Promise.resolve() }

export const CLUSTER = '0123456789ab'

/** A lab server with a pod network, pods of plain containers, and the real network driven by objects of the real API. */
export class NetworkLab {
  readonly client: LocalClient
  readonly informers: SharedInformers
  readonly host: Host
  readonly server: LabHost
  readonly #lab: Lab
  network: Network | undefined
  node: NodeHandle | undefined

  readonly #api: TestApi

  private constructor(lab: Lab, api: TestApi) {
    this.#lab = lab
    this.#api = api
    this.client = new LocalClient(api.api)
    this.informers = new SharedInformers({ client: this.client, clock: systemClock, onError: (error) => console.error('informers:', error) })
    this.server = lab.host(1)
    this.host = openLocalHost({ socketPath: this.server.dockerSocket })
  }

  static async up(): Promise<NetworkLab> {
    const lab = new NetworkLab(await Lab.up({ hosts: 1 }), await startTestApi())
    await lab.host.docker.createNetwork({
      Name: 'pods', Driver: 'bridge', IPAM: { Driver: 'default', Config: [{ Subnet: '10.244.0.0/24', Gateway: '10.244.0.1' }] },
      Options: { 'com.docker.network.bridge.name': 'toque0', 'com.docker.network.bridge.enable_ip_masquerade': 'false' },
      Labels: { [DockerLabel.cluster]: CLUSTER, [DockerLabel.role]: 'network' },
    })
    for (const image of ['nginx:latest', 'busybox:latest']) await lab.#pull(image)
    await lab.client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' }, spec: {} })
    lab.connect()
    return lab
  }

  /** Starts the network: the engine's part. */
  connect(): void {
    this.network = startNetwork({
      client: this.client, informers: this.informers, clock: systemClock, clusterId: CLUSTER,
      helperRecipe: join(repository, 'resources/node-helper'), onError: (error) => console.error('network:', error),
    })
    this.node = this.network.addNode({ name: 'node-1', host: this.host, apiWay: new LiveValue({ port: 0 }), right: ALONE })
  }

  async #pull(image: string): Promise<void> {
    const { docker } = this.host
    const stream = await docker.pull(image)
    await new Promise<void>((resolve, reject) => docker.modem.followProgress(stream, (error: Error | null) => (error ? reject(error) : resolve())))
  }

  /** A pod: a sandbox with the address, and an nginx in its network that answers with its name. */
  async pod(name: string, ip: string): Promise<{ sandbox: string; app: string }> {
    const { docker } = this.host
    const labels = (role: string): Record<string, string> => ({ [DockerLabel.cluster]: CLUSTER, [DockerLabel.role]: role, [DockerLabel.podUid]: `uid-${ip}` })
    const start = async (options: Docker.ContainerCreateOptions): Promise<string> => {
      const container = await docker.createContainer(options)
      await container.start()
      return container.id
    }
    const sandbox = await start({
      name: `${name}-sandbox`, Image: 'busybox', Cmd: ['sleep', '1000000'], Labels: labels('sandbox'),
      NetworkingConfig: { EndpointsConfig: { pods: { IPAMConfig: { IPv4Address: ip } } } },
      HostConfig: { NetworkMode: 'pods', Dns: ['10.244.0.1'], DnsSearch: ['default.svc.cluster.local', 'svc.cluster.local', 'cluster.local'], DnsOptions: ['ndots:5'] },
    })
    const page = `echo ${name} > /usr/share/nginx/html/index.html; exec nginx -g "daemon off;"`
    const app = await start({
      name, Image: 'nginx', Cmd: ['sh', '-c', page], Labels: labels('app'),
      HostConfig: { NetworkMode: `container:${sandbox}`, RestartPolicy: { Name: 'unless-stopped' } },
    })
    console.error(`pod ${name} ${ip}: sandbox ${sandbox}, nginx ${app}`)
    return { sandbox, app }
  }

  /** What a command prints in a pod (or on the server, for ''), or how it failed. */
  async run(pod: string, command: string): Promise<string> {
    const words = pod === '' ? ['sh', '-c', command] : ['docker', 'exec', pod, 'sh', '-c', command]
    const { stdout, stderr } = await this.server.exec(words, { anyCode: true })
    return (stdout + stderr).trim()
  }

  /** One request from outside to a port of the server. */
  async get(port: number, agent?: Agent): Promise<string> {
    return httpGet(this.server.address, port, agent)
  }

  /** One request from a port of this machine, on a connection that the pod closes: the port is free again at once. */
  async getFrom(localPort: number, port: number): Promise<string> {
    const socket = connect({ host: this.server.address, port, localPort, allowHalfOpen: true })
    socket.write('GET / HTTP/1.0\r\n\r\n')
    const answer = await text(socket)
    return answer.split('\r\n\r\n')[1]?.trim() ?? answer
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.network?.stop()
    await this.informers.stop()
    await this.#api.close()
    await this.#lab.down()
  }
}

function httpGet(host: string, port: number, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const call = request({ host, port, agent: agent ?? false, timeout: 5_000 }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part)).on('end', () => resolve(text.trim())).on('error', reject)
    })
    call.on('error', reject).on('timeout', () => call.destroy(new Error('timed out'))).end()
  })
}

/** Resolves once `check` holds; rejects with what it last said after two minutes. */
export async function eventually(check: () => Promise<unknown> | unknown): Promise<void> {
  const end = Date.now() + 120_000
  for (;;) {
    try {
      await check()
      return
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
