import type { SwarmNode as NodeView } from '../../../common/contract/index.ts'
import type { Mount, PortConfig } from '../../docker/specs.ts'
import type { SwarmNode, SwarmService, SwarmTask, TaskState } from '../../docker/types.ts'
import { quorumHealth } from '../../setup/quorum.ts'
import { nodePlatform } from '../../setup/state-of.ts'
import type { LinkFacts, OverlayFacts, ServerFacts, SwarmFacts } from '../facts.ts'

export const NOW = Date.parse('2026-05-01T12:00:00Z')
const META = { Version: { Index: 1 }, CreatedAt: '2026-05-01T10:00:00Z', UpdatedAt: '2026-05-01T10:00:00Z' }

interface NodeOptions {
  role?: 'manager' | 'worker'
  state?: SwarmNode['Status']['State']
  availability?: SwarmNode['Spec']['Availability']
  labels?: Record<string, string>
  architecture?: string
  version?: string
  cpus?: number
}

export function dockerNode(id: string, { role = 'manager', state = 'ready', availability = 'active', labels = {}, architecture = 'x86_64', version = '27.1.0', cpus = 2 }: NodeOptions = {}): SwarmNode {
  return {
    ...META, ID: id, Spec: { Role: role, Availability: availability, Labels: labels },
    Description: { Hostname: `${id}-host`, Platform: { OS: 'linux', Architecture: architecture }, Engine: { EngineVersion: version }, Resources: { NanoCPUs: cpus * 1e9, MemoryBytes: 2 ** 30 } },
    Status: { State: state, Addr: '192.168.1.1', ...(state === 'down' ? { Message: 'heartbeat failure' } : {}) },
    ...(role === 'manager' ? { ManagerStatus: { Reachability: state === 'ready' ? 'reachable' as const : 'unreachable' as const, Addr: '192.168.1.1:2377' } } : {}),
  }
}

/** What a healthy swarm of these nodes looks like, with what a test wants otherwise. */
export function facts(nodes: SwarmNode[] = ['a', 'b', 'c'].map((id) => dockerNode(id)), more: Partial<SwarmFacts> = {}): SwarmFacts {
  const tasks = more.tasks ?? []
  const managers = nodes.filter(({ Spec }) => Spec.Role === 'manager')
  const seen = nodes.map((node): NodeView => ({
    id: node.ID, hostname: node.Description.Hostname, server: node.ID, role: node.Spec.Role, reachable: node.ManagerStatus?.Reachability === 'reachable', leader: false, availability: node.Spec.Availability,
    state: node.Status.State, message: node.Status.Message ?? '', address: node.Status.Addr ?? '', dockerVersion: node.Description.Engine?.EngineVersion ?? '', platform: nodePlatform(node.Description.Platform),
    labels: node.Spec.Labels ?? {}, tasks: tasks.filter(({ NodeID, Status }) => NodeID === node.ID && Status.State === 'running').length,
  }))
  return {
    now: NOW, nodes, services: [], tasks, networks: [], links: [], images: [], missing: [],
    servers: nodes.filter(({ Status }) => Status.State === 'ready').map(({ ID }) => server(ID)),
    state: {
      servers: [], nodes: seen, cluster: { id: 'c', autolock: false, dataPathPort: 4789, pools: ['10.0.0.0/8'] },
      quorum: quorumHealth(managers.length, managers.filter(({ ManagerStatus }) => ManagerStatus?.Reachability === 'reachable').length),
    },
    ...more,
  }
}

export function server(name: string, more: Partial<ServerFacts> = {}): ServerFacts {
  return { name, node: name, dockerVersion: '27.1.0', ipvs: 'loaded', networks: ['192.168.1.1/24'], log: { driver: 'local', options: {} }, clock: { offset: 0, uncertain: 5 }, ...more }
}

export function link(from: string, to: string, more: Partial<LinkFacts> = {}): LinkFacts {
  return { from, to, protocol: 'udp', port: 4789, state: 'open', ...more }
}

export function overlay(name: string, more: Partial<OverlayFacts> = {}): OverlayFacts {
  return { id: `id-${name}`, name, ingress: false, subnets: ['10.0.1.0/24'], mtu: 1500, ...more }
}

interface ServiceOptions {
  image?: string
  replicas?: number
  constraints?: string[]
  reservations?: { NanoCPUs?: number; MemoryBytes?: number }
  ports?: PortConfig[]
  mode?: string
  mounts?: Mount[]
  vips?: { NetworkID: string; Addr: string }[]
}

export function service(name: string, { image = 'nginx:1', replicas = 1, constraints = [], reservations, ports = [], mode, mounts = [], vips = [] }: ServiceOptions = {}): SwarmService {
  return {
    ...META, ID: `id-${name}`,
    Spec: {
      Name: name, Mode: { Replicated: { Replicas: replicas } }, EndpointSpec: { Ports: ports, ...(mode === undefined ? {} : { Mode: mode }) },
      TaskTemplate: { ContainerSpec: { Image: image, Mounts: mounts }, Placement: { Constraints: constraints }, ...(reservations === undefined ? {} : { Resources: { Reservations: reservations } }) },
    },
    Endpoint: { VirtualIPs: vips },
  }
}

export function task(of: string, state: TaskState, more: Partial<SwarmTask> & { err?: string; ageMs?: number } = {}): SwarmTask {
  const { err, ageMs = 600_000, ...rest } = more
  return { ...META, ID: `task-${of}-${state}`, ServiceID: `id-${of}`, Spec: {}, DesiredState: 'running', Status: { State: state, Timestamp: new Date(NOW - ageMs).toISOString(), ...(err === undefined ? {} : { Err: err }) }, ...rest }
}
