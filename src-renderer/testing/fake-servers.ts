import type { AddServerInput, AddServerOutput, AddServerRequest, LoginSuggestions, NetworkMode, PodNetworkChoice, ServerRemoval, Servers, ServerSummary, TerminalInput, TerminalOutput } from '../../src-main/common/contract/index.ts'
import type { Channel, Stream } from '../../src-main/common/rpc/stream.ts'
import { StatusError, notFound } from '../../src-main/common/errors.ts'
import { FakeTerminal } from './fake-io.ts'
import { fakeLogin, fakeSetUp, type Conversation } from './fake-login.ts'
import { batches, Signal } from './fake-streams.ts'
import { node, type FakeWorld } from './fake-world.ts'
import type { Scenario } from './scenario.ts'
import { ScriptedChannel } from './scripted-channel.ts'

const GI = 1024 ** 3

/**
 * The servers of the fake cluster. A new one behaves as its host's name says (see `fakeLogin`): `nowhere`, `refused`, `taken`, `no-docker`, `clash` and
 * `slow` are special, a server whose name has `known` in it has a host key that this desk knows.
 */
export class FakeServers implements Servers {
  servers: ServerSummary[] = []
  readonly #world: FakeWorld
  readonly #signal = new Signal()
  readonly #stepMs: number
  readonly #scenario: Scenario
  #podNetwork: PodNetworkChoice = { mode: 'auto' }

  /** `stepMs`: how long each step of a conversation takes. */
  constructor(world: FakeWorld, scenario: Scenario, stepMs = 700) {
    this.#world = world
    this.#stepMs = stepMs
    this.#scenario = scenario
    this.servers = world.nodes.map((n, i) => (i === 0 ? server(n.ref.name, '', { local: true }) : server(n.ref.name, `root@${n.address}`)))
    if (scenario === 'servers') this.#trouble()
  }

  #trouble(): void {
    const lost = { ...node('cellar', '192.168.0.31', 8000, 32 * GI, false, 'basement'), health: 'unknown' as const }
    this.#world.nodes = [...this.#world.nodes, {
      ...lost, why: { reason: 'NodeNotReady', message: 'Its server cannot be reached for 14 minutes; its pods run elsewhere now.' },
      conditions: lost.conditions.map((c) => (c.type === 'Ready' ? { ...c, ok: false, message: 'The server is not connected' } : c)),
    }]
    const blocked = 'WireGuard gets no answer between kitchen-1 (192.168.0.21) and kitchen-2 (192.168.0.22): their pods do not reach each other, for nothing is sent unencrypted. Open UDP port 51871 between them, in the servers\' own firewalls and the provider\'s.'
    this.#world.nodes = this.#world.nodes.map((n, i) => ({
      ...n, podPaths: ['wireguard'],
      ...(i < 2 ? { health: 'degraded' as const, why: { reason: 'WireGuard', message: blocked }, conditions: [...n.conditions, { type: 'toque.dev/PodNetwork', ok: false, message: blocked }] } : {}),
    }))
    const why = { reason: 'WaitingForData', message: 'Its data (/srv/orders) is on server cellar, which does not answer: it waits for that server. To start it elsewhere without its data: kubectl annotate pod orders-db-7d5b9c1f-x3rsw -n data toque.dev/on-server-loss=start-empty' }
    this.#world.pods = this.#world.pods.map((p) => (p.app?.name === 'orders-db' ? { ...p, node: 'cellar', status: 'WaitingForData', health: 'failed', why } : p))
    this.servers.push(
      server('cellar', 'deploy@192.168.0.31:2222', {
        state: 'unreachable', retries: false,
        why: { reason: 'host-key-changed', message: 'The host key of 192.168.0.31 has CHANGED. It now shows SHA256:mVPwvezndPv/ARoIadVY98vAC0g+P/5633yTC4d/wXE; known in ~/.toque/known_hosts is SHA256:uNiVztksCsDhcc0u9e8BrzqW1LWGZQkD9SHGWFjHXpA. Somebody may be posing as the server, so nothing was sent to it. If the server was set up anew, make sure of that, then remove the old key: ssh-keygen -R \'192.168.0.31\' -f \'~/.toque/known_hosts\'' },
      }),
      server('attic', 'root@attic.example.com', { state: 'connecting' }),
      server('loft', 'root@10.8.0.14', { state: 'unreachable', why: { reason: 'timeout', message: '10.8.0.14, port 22 does not answer. Is the server on, and does its firewall let this port through?' } }),
    )
  }

  watchServers(): ReturnType<Servers['watchServers']> {
    const scenario = this.#scenario
    const open = (): ReturnType<Servers['watchServers']> => batches(this.#signal, () => this.servers)
    return (async function* () {
      if (scenario === 'loading') await new Promise(() => undefined)
      yield* open()
    })() as Stream<never>
  }

  suggestions(): Promise<LoginSuggestions> {
    return Promise.resolve({ configHosts: ['bastion', 'staging', 'web-1', 'web-2'], keyFiles: ['/home/chef/.ssh/id_ed25519', '/home/chef/.ssh/id_work'], agent: this.#scenario !== 'bare' })
  }

  add(): Channel<AddServerInput, AddServerOutput> {
    return this.#converse(async (io) => {
      const first = await io.hear()
      if (first.type !== 'begin') return
      const { request } = first
      const known = this.servers.map((s) => s.name)
      if (!(await fakeLogin(io, request)) || !(await fakeSetUp(io, request, known))) return
      const name = request.name ?? (/^[\d.:]+$/.test(request.host) ? `server-${request.host.replaceAll(/\W/g, '-')}` : (request.host.split('.')[0] ?? request.host))
      this.#enter(name, request)
      io.say({ type: 'done', name })
    })
  }

  reconnect(name: string): Channel<AddServerInput, AddServerOutput> {
    return this.#converse(async (io) => {
      const request: AddServerRequest = { host: this.#find(name).target.split('@').pop()?.split(':')[0] ?? name, login: { type: 'key', file: '/home/chef/.ssh/id_work' } }
      if (!(await fakeLogin(io, request)) || !(await fakeSetUp(io, request, []))) return
      this.servers = this.servers.map((s) => (s.name === name ? server(name, s.target) : s))
      if (!this.#world.nodes.some((n) => n.ref.name === name)) this.#world.nodes = [...this.#world.nodes, node(name, request.host, 4000, 8 * GI, false, '')]
      else this.#world.nodes = this.#world.nodes.map((n) => (n.ref.name === name ? node(name, n.address, n.capacity.cpuMilli, n.capacity.memoryBytes) : n))
      this.#changed()
      io.say({ type: 'done', name })
    })
  }

  #converse(script: (io: Conversation) => Promise<void>): Channel<AddServerInput, AddServerOutput> {
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, this.#stepMs))
    return new ScriptedChannel<AddServerInput, AddServerOutput>((io) => script({ ...io, pause }))
  }

  async setZone(name: string, zone: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#stepMs / 4))
    this.#find(name)
    this.#world.nodes = this.#world.nodes.map((n) => (n.ref.name === name ? { ...n, labels: { ...n.labels, 'topology.kubernetes.io/zone': zone } } : n))
    this.#changed()
  }

  async removal(name: string): Promise<ServerRemoval> {
    await new Promise((resolve) => setTimeout(resolve, this.#stepMs / 4))
    this.#find(name)
    return {
      pods: this.#world.pods.filter((p) => p.node === name).map((p) => {
        const ends = p.app?.name === 'orders-db' || p.app === undefined
        return { namespace: p.ref.namespace, name: p.ref.name, fate: ends ? 'ends' : 'moves', why: ends ? 'The data of its claim "orders" stays on this server: elsewhere it waits for it. Move the volume first.' : `Deployment "${p.app?.name ?? ''}" starts another one.` }
      }),
    }
  }

  async remove(name: string, how: { drain: boolean }): Promise<void> {
    this.#find(name)
    await new Promise((resolve) => setTimeout(resolve, this.#stepMs * (how.drain ? 4 : 1)))
    if (name === 'stuck') throw new StatusError('Timeout', 'The pod orders-db-0 does not end: it has had 30 seconds. The server is still in the cluster.')
    this.servers = this.servers.filter((s) => s.name !== name)
    this.#world.removeNode(name)
    this.#signal.fire()
  }

  async podNetwork(): Promise<PodNetworkChoice> {
    await new Promise((resolve) => setTimeout(resolve, this.#stepMs / 4))
    return this.#podNetwork
  }

  async choosePodNetwork(mode: NetworkMode): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#stepMs))
    this.#podNetwork = { mode }
    this.#world.nodes = this.#world.nodes.map((n) => ({ ...n, podPaths: [mode === 'auto' ? 'routes' : mode] }))
    this.#changed()
  }

  terminal(name: string, _size: { columns: number; rows: number }): Channel<TerminalInput, TerminalOutput> {
    const found = this.#find(name)
    if (found.state !== 'connected') return new ScriptedChannel<TerminalInput, TerminalOutput>((io) => Promise.resolve(io.say({ type: 'exit', code: 255, message: `${name} is not connected.` })))
    const docker = 'CONTAINER ID   IMAGE   STATUS\r\n4f1c0a9d2b7e   nginx   Up 26 minutes\r\n'
    return new FakeTerminal(`\u001b[1;35mroot@${name}\u001b[0m:\u001b[1;34m~\u001b[0m# `, { hostname: `${name}\r\n`, uptime: ' 09:14:02 up 31 days,  2:11,  1 user,  load average: 0.42, 0.38, 0.35\r\n', 'docker ps': docker })
  }

  #enter(name: string, request: AddServerRequest): void {
    const port = request.port === undefined || request.port === 22 ? '' : `:${String(request.port)}`
    this.servers = [...this.servers, server(name, `${request.user ?? 'root'}@${request.host}${port}`)]
    this.#world.nodes = [...this.#world.nodes, node(name, '192.168.0.41', 4000, 8 * GI, false, request.zone ?? '')]
    this.#changed()
  }

  #find(name: string): ServerSummary {
    const found = this.servers.find((s) => s.name === name)
    if (found === undefined) throw notFound('servers.toque.dev', name)
    return found
  }

  #changed(): void {
    this.#signal.fire()
    this.#world.onChange()
  }
}

function server(name: string, target: string, more: Partial<ServerSummary> = {}): ServerSummary {
  return { id: name, name, target, local: false, state: 'connected', retries: true, ...more }
}
