import { setTimeout as sleep } from 'node:timers/promises'
import { DockerLabel } from '../../src-main/common/docker-labels.ts'
import { findCondition } from '../../src-main/common/kube/conditions.ts'
import type { Deployment } from '../../src-main/common/kube/generated/apps-v1.ts'
import type { Node, Pod, Service } from '../../src-main/common/kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../src-main/common/kube/generated/discovery-v1.ts'
import { isPodReady } from '../../src-main/common/kube/pods.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { Containers } from './containers.ts'
import type { Team } from './team.ts'

/** How long a team may take to get over a fault: only to catch hangs. */
const CONVERGE_MS = 180_000

/** Waits until everything is as declared, for two looks in a row; resolves with what still is not after all patience. */
export async function asDeclared(team: Team, patienceMs = CONVERGE_MS): Promise<string[]> {
  let left: string[] = []
  let well = 0
  for (const end = performance.now() + patienceMs; well < 2 && performance.now() < end; await sleep(250)) {
    left = await differences(team).catch((error: unknown) => [`cannot look: ${String(error)}`])
    well = left.length === 0 ? well + 1 : 0
  }
  return left
}

/** What the API says at one moment. */
interface Said {
  nodes: Node[]
  pods: Pod[]
  deployments: Deployment[]
  services: Service[]
  slices: EndpointSlice[]
}

/**
 * Everything in which a team's servers differ from what the API says, or the API from what was asked for; a sentence each, empty when all is well:
 * nodes, Deployments, pods and where they are, and on every server containers, networks, volumes, routes, rules and names.
 */
export async function differences(team: Team): Promise<string[]> {
  const api = await team.api()
  const list = async <T>(path: string): Promise<T[]> => (await api.get<{ items: T[] }>(path)).items
  const [nodes, pods, deployments, services, slices] = await Promise.all([
    list<Node>('/api/v1/nodes'), list<Pod>('/api/v1/pods'), list<Deployment>('/apis/apps/v1/deployments'), list<Service>('/api/v1/services'), list<EndpointSlice>('/apis/discovery.k8s.io/v1/endpointslices'),
  ])
  const said = { nodes, pods, deployments, services, slices }
  const inApi = [...nodes.flatMap(nodeFaults), ...pods.flatMap(podFaults), ...deployments.flatMap((d) => deploymentFaults(d, pods))]
  if (nodes.length !== team.hosts.length) inApi.push(`${String(nodes.length)} nodes of ${String(team.hosts.length)} servers`)
  // A server may not answer while something is wrong with it.
  if (inApi.length > 0) return inApi
  return (await Promise.all(team.hosts.map((host) => serverFaults(host, said)))).flat()
}

function nodeFaults(node: Node): string[] {
  const { name } = node.metadata
  const wanted = [['Ready', 'True'], ['NetworkUnavailable', 'False'], ['toque.dev/Responding', 'True'], ['toque.dev/PeersReach', 'True']] as const
  const wrong = wanted.flatMap(([type, status]) => {
    const found = findCondition(node.status?.conditions, type)
    // Of a node that was never suspected these need not be said.
    return found === undefined && type.startsWith('toque.dev/') || found?.status === status ? [] : [`node ${name}: ${type} is ${found?.status ?? 'missing'}: ${found?.message ?? ''}`]
  })
  return [...wrong, ...(node.spec.taints ?? []).map(({ key, effect }) => `node ${name} is tainted ${key}:${effect}`)]
}

function podFaults(pod: Pod): string[] {
  const { name, deletionTimestamp } = pod.metadata
  if (deletionTimestamp !== undefined) return [`pod ${name} is ending still, on ${pod.spec.nodeName ?? 'no node'}`]
  return isPodReady(pod) ? [] : [`pod ${name} on ${pod.spec.nodeName ?? 'no node'} is not ready: ${pod.status?.conditions?.find((c) => c.status === 'False')?.message ?? pod.status?.phase ?? ''}`]
}

function deploymentFaults({ metadata: { name, generation }, spec, status }: Deployment, pods: readonly Pod[]): string[] {
  const replicas = spec?.replicas ?? 1
  const mine = pods.filter((p) => p.metadata.labels?.['app'] === name)
  const faults = [
    ...(status?.observedGeneration === generation && status?.readyReplicas === replicas && status.updatedReplicas === replicas && status.replicas === replicas ? [] : [`deployment ${name}: ${String(status?.readyReplicas ?? 0)} of ${String(replicas)} ready`]),
    ...(mine.length === replicas ? [] : [`deployment ${name} has ${String(mine.length)} pods for ${String(replicas)} replicas`]),
  ]
  // Asked for by podAntiAffinity.
  if (spec?.template.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined && new Set(mine.map((p) => p.spec.nodeName)).size < mine.length) faults.push(`two pods of ${name} share a server`)
  return faults
}

async function serverFaults(host: LabHost, said: Said): Promise<string[]> {
  const faults = [...await containerFaults(host, said), ...await networkFaults(host, said)]
  return faults.map((fault) => `${host.name}: ${fault}`)
}

async function containerFaults(host: LabHost, { pods }: Said): Promise<string[]> {
  const { docker } = new Containers(host)
  const [containers, { Volumes }, networks] = await Promise.all([docker.listContainers({ all: true }), docker.listVolumes(), docker.listNetworks()])
  const bound = pods.filter((p) => p.spec.nodeName === host.name)
  const wanted = bound.flatMap((p) => ['sandbox', ...p.spec.containers.map((c) => c.name)].map((part) => `${p.metadata.uid} ${part}`))
  const found = containers.filter((c) => c.Labels[DockerLabel.podUid] !== undefined)
  const parts = found.filter((c) => c.State === 'running').map((c) => `${c.Labels[DockerLabel.podUid] ?? ''} ${c.Labels[DockerLabel.container] ?? c.Labels[DockerLabel.role] ?? ''}`)
  const helpers = containers.filter((c) => c.Labels[DockerLabel.role] === 'helper')
  const volumes = (Volumes ?? []).filter((v) => !v.Name.startsWith('toque-helper-') && !bound.some((p) => p.metadata.uid === v.Labels?.[DockerLabel.podUid]))
  const ours = networks.filter((n) => n.Labels?.[DockerLabel.cluster] !== undefined)
  return [
    ...wanted.filter((part) => parts.filter((p) => p === part).length !== 1).map((part) => `${part} runs ${String(parts.filter((p) => p === part).length)} times`),
    ...(found.length === wanted.length ? [] : [`${String(found.length)} containers of pods, ${String(wanted.length)} declared: ${found.filter((c) => !bound.some((p) => p.metadata.uid === c.Labels[DockerLabel.podUid])).map((c) => `${c.Id.slice(0, 12)} ${c.State} ${c.Names[0] ?? ''}`).join(', ')}`]),
    ...(containers.length === found.length + helpers.length && helpers.length === 1 && helpers[0]?.State === 'running' ? [] : [`containers besides pods: ${containers.filter((c) => !found.includes(c)).map((c) => `${c.Names[0] ?? c.Id} ${c.State}`).join(', ')}`]),
    ...volumes.map((v) => `volume ${v.Name} belongs to no pod here`),
    ...(ours.length === 1 ? [] : [`${String(ours.length)} networks of the cluster's`]),
  ]
}

async function networkFaults(host: LabHost, { nodes, pods, services, slices }: Said): Promise<string[]> {
  const { stdout } = await host.exec('ip route show proto 170; echo =; nft list table ip toque; echo =; nft list tables; echo =; iptables-nft -S DOCKER-USER; echo =; docker exec $(docker ps -q --filter label=toque.dev/role=helper) conntrack -L --dst-nat 2>/dev/null')
  const [routes = '', table = '', tables = '', firewall = '', flows = ''] = stdout.split('\n=\n')
  const cidrs = nodes.flatMap((n) => n.spec.podCIDR ?? [])
  const addresses = (text: string): string[] => [...new Set(text.match(/\b\d+\.\d+\.\d+\.\d+\b/g) ?? [])]
  // Pods' own: gateways end in .1, networks in .0.
  const ofPods = addresses(table).filter((ip) => cidrs.some((c) => ip.startsWith(c.replace(/\d+\/\d+$/, ''))) && !/\.[01]$/.test(ip))
  const serving = slices.flatMap((s) => s.endpoints.filter((e) => e.conditions?.ready === true).flatMap((e) => e.addresses)).filter((ip) => pods.some((p) => p.status?.podIP === ip))
  const api = services.find((s) => s.metadata.name === 'kubernetes')?.spec?.clusterIP
  // The API's own address is in the rules only where this engine can be reached.
  const vips = services.filter((s) => s.metadata.name !== 'kubernetes').flatMap((s) => (s.spec?.clusterIP ?? 'None') === 'None' ? [] : s.spec?.clusterIP ?? [])
  const differ = (what: string, found: readonly string[], wanted: readonly string[]): string[] => {
    const [more, less] = [found.filter((x) => !wanted.includes(x)), wanted.filter((x) => !found.includes(x))]
    return more.length + less.length === 0 ? [] : [`${what}: ${[...more.map((x) => `${x} too many`), ...less.map((x) => `${x} missing`)].join(', ')}`]
  }
  const sentTo = flows.split('\n').filter((line) => !line.includes('TIME_WAIT')).flatMap((line) => /.* src=(\S+) /.exec(line)?.[1] ?? [])
  const toNobody = [...new Set(sentTo)].filter((ip) => cidrs.some((c) => ip.startsWith(c.replace(/\d+\/\d+$/, ''))) && !/\.[01]$/.test(ip) && !pods.some((p) => p.status?.podIP === ip))
  const rules = firewall.split('\n').filter((line) => line.startsWith('-A') && line.includes('ACCEPT'))
  return [
    ...differ('routes', routes.split('\n').filter(Boolean).map((line) => line.split(' ')[0] ?? ''), nodes.filter((n) => n.metadata.name !== host.name).flatMap((n) => n.spec.podCIDR ?? [])),
    ...differ('rules to pods', ofPods, [...new Set(serving)]),
    ...differ('Service addresses', addresses(/map vips \{.*?\n\t\}/s.exec(table)?.[0] ?? '').filter((ip) => ip !== api), vips),
    ...toNobody.map((ip) => `connections are still sent to ${ip}, which is no pod's`),
    ...(tables.includes('toque_dns') ? ['the stand-in for DNS is in the rules still'] : []),
    ...(rules.length > 0 && new Set(rules).size === rules.length ? [] : [`rules in DOCKER-USER: ${rules.join('; ')}`]),
  ]
}
