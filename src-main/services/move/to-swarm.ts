import type { ComposeModel } from '../../common/compose/forms/file.ts'
import type { Service } from '../../common/compose/forms/service.ts'
import type { MoveField, MovePort } from '../../common/contract/index.ts'
import type { PodSpec, Service as KubeService } from '../../common/kube/generated/core-v1.ts'
import type { Draft } from '../../common/kube/object.ts'
import { COMPOSE_SERVICE } from '../../convert/conventions.ts'
import { kubernetesToCompose } from '../../convert/to-compose/convert.ts'
import type { Manifest } from '../../convert/to-kubernetes/convert.ts'
import { scoped } from '../../swarm/stack/names.ts'
import { HOLDABLE } from './hold.ts'
import type { MoveProblem, SharedServer, VolumePlace } from './parts-of-app.ts'
import { holdsData, stopSeconds } from './parts-of-app.ts'
import { pruned } from './prune.ts'
import { HOST_MODE, hostModePorts } from './publish.ts'
import type { Drafted } from './to-kubernetes.ts'

/** An app as it runs in the cluster: its objects, and what is behind its claims. */
export interface RunningApp {
  readonly namespace: string
  readonly objects: readonly Manifest[]
  /** By the claim's name. Claims of other volumes than Docker's are not in it. */
  readonly claims: ReadonlyMap<string, VolumePlace>
  readonly servers: readonly SharedServer[]
  readonly bytes: ReadonlyMap<string, number>
}

export interface ToStack extends Drafted {
  readonly model: ComposeModel
  /** What Secrets hold, by the path that the model names. */
  readonly files: Readonly<Record<string, string>>
  /** By the service's name in the stack: the workload that it was. */
  readonly workloads: Readonly<Record<string, { readonly kind: string; readonly name: string }>>
}

interface Part {
  readonly workload: Manifest & { spec?: { replicas?: number; template?: { spec?: PodSpec }; volumeClaimTemplates?: { metadata: { name?: string } }[] } }
  /** The names that its containers have as services; the first is the workload's own. */
  readonly services: readonly string[]
}

/** A running app as a stack. Its volumes stay where they are: a service with data is bound to the server that has it. Pure. */
export function appToStack(app: RunningApp, stack: string): ToStack {
  const problems: MoveProblem[] = []
  for (const { kind, metadata } of app.objects) if (kind === 'Job') problems.push({ severity: 'warning', message: `The Job ${metadata.name ?? ''} stays behind: there it would run once more. Start it there when you need it.` })
  const objects = app.objects.filter(({ kind }) => kind !== 'Job').map(balanced)
  const { model, files, report } = kubernetesToCompose(objects)
  const parts = objects.filter(({ kind }) => HOLDABLE.includes(kind)).map(partOf)
  if (parts.length === 0) problems.push({ severity: 'error', message: `There is nothing in the namespace ${app.namespace} that runs and could be moved.` })
  const hostMode = hostPortsOf(app.objects)
  const places: (VolumePlace & { part: string })[] = []
  const volumes: NonNullable<ComposeModel['volumes']> = {}
  const services = Object.fromEntries(parts.flatMap((part) => part.services.flatMap((name, i): [string, Service][] => {
    const service = model.services[name]
    if (service === undefined) return []
    return [[name, withPorts(bound(name, service, part, i, { app, stack, volumes, places, problems }), hostMode)]]
  })))
  const { name: _, ...named } = model
  const { model: adapted, lost } = pruned({ ...named, services, volumes })
  const holds = (name: string, { workload }: Part): boolean => (services[name] !== undefined && holdsData(services[name])) || (workload.spec?.template?.spec?.containers ?? []).some(({ ports }) => ports?.some(({ hostPort }) => hostPort !== undefined))
  const data = parts.filter((part) => part.services.some((name) => holds(name, part))).flatMap((part) => part.services)
  return {
    model: adapted, files, workloads: Object.fromEntries(parts.flatMap(({ workload, services: names }) => names.map((name) => [name, { kind: workload.kind, name: workload.metadata.name ?? '' }]))),
    parts: { data, stateless: Object.keys(services).filter((name) => !data.includes(name)) },
    replicas: Object.fromEntries(Object.entries(services).map(([name, { deploy }]) => [name, deploy?.replicas ?? 1])),
    report: [...reportOf(report), ...lost], ports: portsOf(services, app.servers.length), places, problems,
    stopSeconds: stopSeconds(data.flatMap((name) => services[name] ?? [])),
    volumes: places.map(({ node, volume, part }) => ({ name: volume, server: node, part, becomes: `A volume of the stack ${stack}, on the same server.`, ...(app.bytes.has(`${node}/${volume}`) ? { bytes: app.bytes.get(`${node}/${volume}`) ?? 0 } : {}) })),
  }
}

/** The servers' own addresses are to the stack what a load balancer is. */
function balanced(object: Manifest): Manifest {
  const { spec, metadata } = object as unknown as Draft<KubeService>
  if (object.kind !== 'Service' || (spec?.externalIPs ?? []).length === 0) return object
  const { externalIPs: _, externalTrafficPolicy: __, ...rest } = spec ?? {}
  const { [HOST_MODE]: ___, ...annotations } = metadata.annotations ?? {}
  return { ...object, metadata: { ...metadata, annotations }, spec: { ...rest, type: 'LoadBalancer' } } as Manifest
}

function partOf(object: Manifest): Part {
  const workload = object as Part['workload']
  const template = object.kind === 'CronJob' ? (object as unknown as { spec: { jobTemplate: { spec?: { template?: { spec?: PodSpec } } } } }).spec.jobTemplate.spec?.template : workload.spec?.template
  const name = object.metadata.annotations?.[COMPOSE_SERVICE] ?? object.metadata.name ?? ''
  return { workload: { ...workload, spec: { ...workload.spec, template: template ?? {} } }, services: (template?.spec?.containers ?? []).map((container, i) => (i === 0 ? name : `${name}-${container.name}`)) }
}

interface BoundContext {
  app: RunningApp
  stack: string
  /** The stack's volumes, as they are found. */
  volumes: NonNullable<ComposeModel['volumes']>
  places: (VolumePlace & { part: string })[]
  problems: MoveProblem[]
}

/** With the volumes that its pods have, and kept on their server. */
function bound(name: string, service: Service, { workload }: Part, container: number, { app, stack, volumes, places, problems }: BoundContext): Service {
  const pod = workload.spec?.template?.spec
  const mounts = pod?.containers[container]?.volumeMounts ?? []
  const servers = new Set<string>()
  const list = service.volumes?.map((mount) => {
    if (mount.type !== 'volume' || mount.source === undefined) return mount
    const from = mounts.find(({ mountPath }) => mountPath === mount.target)?.name ?? ''
    const template = workload.spec?.volumeClaimTemplates?.some(({ metadata }) => metadata.name === from) === true
    const claim = template ? `${from}-${workload.metadata.name ?? ''}-0` : pod?.volumes?.find((volume) => volume.name === from)?.persistentVolumeClaim?.claimName ?? ''
    if (template && (workload.spec?.replicas ?? 1) > 1) {
      problems.push({ severity: 'error', message: `Each of the ${String(workload.spec?.replicas)} pods of ${name} has data of its own, and Swarm's tasks have not: run one, or make an app of each.` })
      return mount
    }
    const place = app.claims.get(claim)
    if (place === undefined) {
      problems.push({ severity: 'error', message: `What is behind the claim ${claim} of ${name} is no Docker volume on a server that is in the swarm: its data cannot be mounted there.` })
      return mount
    }
    servers.add(place.node)
    places.push({ ...place, part: name })
    return { ...mount, source: volumeKey(place, stack, volumes) }
  })
  if (list === undefined || servers.size === 0) return service
  const [node] = servers
  const server = app.servers.find((candidate) => candidate.node === node)
  if (servers.size > 1 || server?.swarm === undefined) {
    problems.push({ severity: 'error', message: servers.size > 1 ? `The volumes of ${name} are on several servers: move them to one first.` : `The data of ${name} is on the server ${node ?? ''}, which is not in the swarm: let it join first.` })
    return { ...service, volumes: list }
  }
  const constraints = [...service.deploy?.placement?.constraints ?? [], `node.id==${server.swarm.id}`]
  return { ...service, volumes: list, deploy: { ...service.deploy, placement: { ...service.deploy?.placement, constraints } } }
}

/** What the stack's file calls a Docker volume: one of the stack's own has no name beside it. */
function volumeKey({ volume }: VolumePlace, stack: string, volumes: NonNullable<ComposeModel['volumes']>): string {
  const key = volume.startsWith(scoped(stack, '')) ? volume.slice(scoped(stack, '').length) : volume.replace(/[^a-zA-Z0-9._-]/g, '-')
  volumes[key] ??= scoped(stack, key) === volume ? {} : { external: true, name: volume }
  return key
}

/** Published ports that were in host mode. */
function hostPortsOf(objects: readonly Manifest[]): Set<string> {
  return new Set(objects.flatMap((object) => [...hostModePorts(object as never)]))
}

function withPorts(service: Service, hostMode: ReadonlySet<string>): Service {
  if (service.ports === undefined) return service
  const ports = service.ports.map((port) => (hostMode.has(`${String(port.published)}/${(port.protocol ?? 'tcp').toUpperCase()}`) ? { ...port, mode: 'host' } : port))
  // What every server publishes needs an address of its own, which a headless Service has not.
  const { endpoint_mode: mode, ...deploy } = service.deploy ?? {}
  return { ...service, ports, ...(mode === undefined || (mode === 'dnsrr' && ports.some((port) => port.mode !== 'host')) ? { deploy } : {}) }
}

function portsOf(services: Readonly<Record<string, Service>>, servers: number): MovePort[] {
  return Object.entries(services).flatMap(([part, { ports = [], deploy }]) => ports.flatMap(({ published, protocol = 'tcp', mode }): MovePort[] => (published === undefined || published === 0 ? [] : [{
    port: published, protocol, part,
    before: 'The cluster, on every server.',
    meanwhile: 'The cluster keeps it until the tasks run; then its rules go, and new connections are Docker\'s at once. Open ones go on.',
    after: mode === 'host' ? `Docker, on the servers where a task runs${(deploy?.replicas ?? 1) < servers && deploy?.mode !== 'global' ? `: ${String(deploy?.replicas ?? 1)} of ${String(servers)}. Others refuse it` : ''}.` : 'Docker Swarm, on every server.',
  }])))
}

/** Claims and their volumes are taken along. */
function reportOf(lines: readonly { field: string; verdict: MoveField['verdict']; message: string }[]): MoveField[] {
  return lines.map(({ field, verdict, message }) => (/^PersistentVolumeClaim\/[^.]+\.spec\.volumeName/.test(field) ? { field, verdict: 'changed', message: 'The same Docker volume, mounted by the service.' } : { field, verdict, message }))
}
