import type { ComposeModel } from '../../common/compose/forms/file.ts'
import type { Service } from '../../common/compose/forms/service.ts'
import type { MoveField, MovePort, MoveVolume } from '../../common/contract/index.ts'
import type { PersistentVolumeClaim, Service as KubeService } from '../../common/kube/generated/core-v1.ts'
import type { StatefulSet } from '../../common/kube/generated/apps-v1.ts'
import type { Draft } from '../../common/kube/object.ts'
import { composeToKubernetes } from '../../convert/to-kubernetes/convert.ts'
import type { Manifest } from '../../convert/to-kubernetes/convert.ts'
import { kubeName, kubeNames } from '../../convert/to-kubernetes/names.ts'
import { realName } from '../../swarm/stack/convert/context.ts'
import { scoped } from '../../swarm/stack/names.ts'
import { claimOn } from './claim.ts'
import { heldWorkload, HOLDABLE } from './hold.ts'
import type { Workload } from './hold.ts'
import type { MoveProblem, SharedServer, VolumePlace } from './parts-of-app.ts'
import { holdsData, isJob, stopSeconds } from './parts-of-app.ts'
import { HOST_MODE, unpublished } from './publish.ts'
import type { Parts } from './steps.ts'

/** A stack as it runs. */
export interface RunningStack {
  readonly stack: string
  readonly model: ComposeModel
  /** By the service's name in the file: the nodes of its running tasks, by slot. A task whose server the cluster does not have is ''. */
  readonly nodes: Readonly<Record<string, readonly string[]>>
  /** The image that each runs, with its digest where Docker knows it. */
  readonly images: Readonly<Record<string, string>>
  readonly servers: readonly SharedServer[]
  /** Bytes of volumes, as far as they were counted. */
  readonly bytes: ReadonlyMap<string, number>
}

/** What of a move is decided by what runs alone. */
export interface Drafted {
  readonly parts: Parts
  readonly replicas: Readonly<Record<string, number>>
  readonly report: MoveField[]
  readonly ports: MovePort[]
  readonly volumes: MoveVolume[]
  readonly places: readonly (VolumePlace & { readonly part: string })[]
  readonly problems: MoveProblem[]
  readonly stopSeconds: number
}

export interface ToCluster extends Drafted {
  /** All that the app is there, at rest and unpublished, with its namespace; without what Secrets hold. */
  readonly objects: readonly Manifest[]
  /** Secrets that are made of what a task of `service` has as the file `path`. */
  readonly secrets: readonly { readonly name: string; readonly key: string; readonly service: string; readonly path: string }[]
  /** By the service's name in the stack: its workload. */
  readonly workloads: Readonly<Record<string, { readonly kind: string; readonly name: string }>>
}

const ROLE = /^\s*node\.role\s*(==|!=)/
const CONSTRAINT = /^\s*node\.(id|hostname)\s*==\s*(\S+)\s*$/

/** A running stack as objects of a namespace. Its volumes stay where they are: each claim is of the Docker volume that the task has. Pure. */
export function stackToCluster(app: RunningStack, namespace: string): ToCluster {
  const { model, stack, servers } = app
  const problems: MoveProblem[] = []
  const services = Object.entries(model.services).filter(([, service]) => !isJob(service))
  for (const [name, service] of Object.entries(model.services)) if (isJob(service)) problems.push({ severity: 'warning', message: `The job ${name} stays behind: there it would run once more. Start it there when you need it.` })
  if (services.length === 0) problems.push({ severity: 'error', message: `The stack ${stack} has no services to move.` })
  const changes = new Map<string, string>()
  // The stack's own are told apart by the namespace.
  const secrets = Object.fromEntries(Object.entries(model.secrets ?? {}).map(([key, secret]) => [key, secret.name === scoped(stack, key) ? { external: true } : secret]))
  // Whoever made a volume, its claim is made by the move.
  const volumes = Object.fromEntries(Object.entries(model.volumes ?? {}).map(([key, { labels }]) => [key, labels === undefined ? {} : { labels }]))
  const adapted: ComposeModel = { ...model, name: stack, secrets, volumes, services: Object.fromEntries(services.map(([name, service]) => [name, adapt(name, service, app, changes)])) }
  const made = composeToKubernetes(adapted)
  const names = kubeNames(Object.keys(adapted.services))
  const volumeNames = kubeNames(Object.keys(model.volumes ?? {}))
  const places = placesOf(services, app, problems)
  const claims = claimsFor(made.objects, services, { app, names, volumeNames, places, namespace, problems })
  const addresses = servers.flatMap((server) => server.addresses)
  const objects = made.objects.filter(({ kind }) => kind !== 'PersistentVolumeClaim').map((object) => atRest(object, model, names, addresses, namespace))
  const workloads = Object.fromEntries(services.map(([name]) => {
    const kubernetes = names.get(name) ?? name
    const kind = objects.find((object) => object.metadata.name === kubernetes && 'spec' in object && object.kind !== 'Service' && HOLDABLE.includes(object.kind))?.kind ?? 'Deployment'
    return [name, { kind, name: kubernetes }]
  }))
  return {
    objects: [...(namespace === 'default' ? [] : [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]), ...claims, ...objects], workloads,
    secrets: secretsOf(services, adapted),
    parts: { stateless: services.filter(([, service]) => !holdsData(service)).map(([name]) => name), data: services.filter(([, service]) => holdsData(service)).map(([name]) => name) },
    replicas: Object.fromEntries(services.map(([name]) => [name, app.nodes[name]?.length ?? 0])),
    report: reportOf(model, stack, changes), ports: services.flatMap(([name, service]) => portsOf(name, service)),
    places, problems, stopSeconds: stopSeconds(services.filter(([, service]) => holdsData(service)).map(([, service]) => service)),
    volumes: places.map(({ node, volume, part }) => ({ name: volume, server: node, part, becomes: `A claim of ${namespace}, on the same server.`, ...(app.bytes.has(`${node}/${volume}`) ? { bytes: app.bytes.get(`${node}/${volume}`) ?? 0 } : {}) })),
  }
}

/** A service as it is converted. What is changed for the move's own reasons is noted, by the field's path in the file. */
function adapt(name: string, service: Service, { images, servers }: RunningStack, changes: Map<string, string>): Service {
  const said = (field: string, message: string): void => void changes.set(`services.${name}.${field}`, message)
  const ports = service.ports?.map((port, i) => {
    if (port.mode !== 'host' || !port.published) return port
    said(`ports[${String(i)}].mode`, 'Every server answers on the port, not only those where the app runs; at the servers\' own addresses, not at localhost.')
    return { ...port, mode: 'ingress' }
  })
  const image = images[name]
  if (image !== undefined && service.image !== undefined && image !== service.image) said('image', `As it runs now: ${image}. A newer one of the same name is not taken by the move.`)
  const constraints = service.deploy?.placement?.constraints?.flatMap((constraint, i) => {
    const at = `deploy.placement.constraints[${String(i)}]`
    if (ROLE.test(constraint)) {
      said(at, holdsData(service) ? 'Its volume keeps it on its server.' : 'The cluster\'s servers have no roles: it may run on each. Give the right ones a label, and ask for that, where it matters.')
      return []
    }
    const m = CONSTRAINT.exec(constraint)
    if (m === null) return [constraint]
    const server = servers.find(({ swarm }) => (m[1] === 'id' ? swarm?.id : swarm?.hostname) === m[2])
    if (server === undefined) return [constraint]
    said(at, holdsData(service) ? `Its volume keeps it on ${server.node}.` : `The same server, by its name in the cluster: ${server.hostname}.`)
    return holdsData(service) ? [] : [`node.hostname==${server.hostname}`]
  })
  return {
    ...service, ...(ports === undefined ? {} : { ports }), ...(image === undefined ? {} : { image }),
    ...(constraints === undefined ? {} : { deploy: { ...service.deploy, placement: { ...service.deploy?.placement, constraints } } }),
  }
}

/** Every field of the stack as it is, with what the move itself changes. */
function reportOf(model: ComposeModel, stack: string, changes: ReadonlyMap<string, string>): MoveField[] {
  return composeToKubernetes({ ...model, name: stack }).report.map(({ field, verdict, message }): MoveField => {
    const changed = changes.get(field)
    if (changed !== undefined) return { field, verdict: 'changed', message: changed }
    const parts = field.split('.')
    if (parts[0] === 'secrets' && field.endsWith('.name')) return { field, verdict: 'changed', message: 'The namespace keeps it apart from others: it has its short name there.' }
    if (parts[0] === 'secrets' && field.endsWith('.external')) return { field, verdict: 'changed', message: 'Read from a running task, and kept as a Secret.' }
    if (parts[0] === 'volumes' && field.endsWith('.name')) return { field, verdict: 'changed', message: 'The same Docker volume, behind a claim.' }
    if (parts[0] === 'volumes' && field.endsWith('.external')) return { field, verdict: 'changed', message: 'The claim is made by the move.' }
    return { field, verdict, message }
  })
}

/** Where the data of each service is, one for each replica. */
function placesOf(services: readonly [string, Service][], { model, stack, nodes }: RunningStack, problems: MoveProblem[]): (VolumePlace & { part: string; key: string })[] {
  return services.flatMap(([part, service]) => (service.volumes ?? []).flatMap(({ type, source }) => {
    if (type !== 'volume' || source === undefined) return []
    const volume = realName(stack, source, model.volumes?.[source] ?? {})
    const on = nodes[part] ?? []
    const error = (message: string): never[] => (problems.push({ severity: 'error', message }), [])
    if (on.length === 0) return error(`No task of ${part} runs, so it is not known which server has its volume ${volume}: start it, or take it out of the stack.`)
    if (on.includes('')) return error(`A task of ${part} runs on a server that is not in the cluster, and its volume ${volume} is there: add that server first.`)
    if (service.deploy?.mode === 'global') return error(`${part} has one task on each server, each with a volume ${volume} of its own: the cluster's DaemonSets have no volumes of their own. Move its data by hand.`)
    if (new Set(on).size < on.length) return error(`Several tasks of ${part} share the volume ${volume} of one server: in the cluster each replica has its own. Run one, or give each server one.`)
    return on.map((node) => ({ node, volume, part, key: source }))
  }))
}

interface ClaimContext {
  app: RunningStack
  names: ReadonlyMap<string, string>
  volumeNames: ReadonlyMap<string, string>
  places: readonly (VolumePlace & { part: string; key: string })[]
  namespace: string
  problems: MoveProblem[]
}

/** The claims that the workloads ask for by name, each with its volume. */
function claimsFor(objects: readonly Manifest[], services: readonly [string, Service][], { app, names, volumeNames, places, namespace, problems }: ClaimContext): Manifest[] {
  const hostnameOf = (node: string): string => app.servers.find((server) => server.node === node)?.hostname ?? node
  const own = services.flatMap(([part]) => {
    const set = objects.find((object) => object.kind === 'StatefulSet' && object.metadata.name === names.get(part)) as unknown as Draft<StatefulSet> | undefined
    return (set?.spec?.volumeClaimTemplates ?? []).flatMap((template) => places.filter((place) => place.part === part && volumeNames.get(place.key) === template.metadata.name)
      .flatMap((place, i) => claimOn(namespace, `${template.metadata.name}-${names.get(part) ?? part}-${String(i)}`, place, template.spec?.accessModes ?? ['ReadWriteOnce'], template.metadata.labels, hostnameOf(place.node))))
  })
  const isOwn = new Set(services.flatMap(([part]) => {
    const set = objects.find((object) => object.kind === 'StatefulSet' && object.metadata.name === names.get(part)) as unknown as Draft<StatefulSet> | undefined
    return (set?.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name)
  }))
  const shared = Object.keys(app.model.volumes ?? {}).flatMap((key) => {
    const name = volumeNames.get(key) ?? key
    const at = [...new Map(places.filter((place) => place.key === key).map((place) => [place.node, place])).values()]
    const [place] = at
    if (place === undefined || isOwn.has(name)) return []
    if (at.length > 1) {
      problems.push({ severity: 'error', message: `The volume ${place.volume} is on several servers (${at.map(({ node }) => node).join(', ')}) and shared by several services: in the cluster a claim is on one. Keep them on one server first.` })
      return []
    }
    const claim = objects.find((object) => object.kind === 'PersistentVolumeClaim' && object.metadata.name === name) as unknown as Draft<PersistentVolumeClaim> | undefined
    return claimOn(namespace, name, place, claim?.spec?.accessModes ?? ['ReadWriteMany'], claim?.metadata.labels, hostnameOf(place.node))
  })
  return [...own, ...shared]
}

/** As it is made before it starts: in its namespace, without pods, and not reached from outside. */
function atRest(object: Manifest, model: ComposeModel, names: ReadonlyMap<string, string>, addresses: readonly string[], namespace: string): Manifest {
  const placed = { ...object, metadata: { ...object.metadata, namespace } }
  if (HOLDABLE.includes(object.kind)) return heldWorkload(placed as Workload) as Manifest
  if (object.kind !== 'Service') return placed
  const service = placed as unknown as Draft<KubeService>
  const { spec } = service
  if (spec?.type !== 'LoadBalancer') return unpublished(service)
  // Load balancers are the servers themselves.
  const part = [...names].find(([, name]) => object.metadata.name === `${name}-published`)?.[0]
  const host = (model.services[part ?? '']?.ports ?? []).flatMap(({ mode, published, protocol = 'tcp' }) => (mode === 'host' && published ? [`${String(published)}/${protocol.toUpperCase()}`] : []))
  const annotations = { ...service.metadata.annotations, ...(host.length === 0 ? {} : { [HOST_MODE]: host.join(',') }) }
  return unpublished({ ...service, metadata: { ...service.metadata, ...(host.length === 0 ? {} : { annotations }) }, spec: { ...spec, type: 'ClusterIP', externalIPs: [...addresses] } })
}

function secretsOf(services: readonly [string, Service][], model: ComposeModel): ToCluster['secrets'] {
  const found = new Map<string, ToCluster['secrets'][number]>()
  for (const [service, { secrets = [] }] of services) {
    for (const { source, target } of secrets) {
      if (source === undefined) continue
      const name = kubeName(model.secrets?.[source]?.name ?? source)
      const path = target ?? source
      if (!found.has(source)) found.set(source, { name, key: source, service, path: path.startsWith('/') ? path : `/run/secrets/${path}` })
    }
  }
  return [...found.values()]
}

function portsOf(part: string, service: Service): MovePort[] {
  return (service.ports ?? []).flatMap(({ published, protocol = 'tcp', mode }): MovePort[] => (published === undefined || published === 0 ? [] : [{
    port: published, protocol, part,
    before: mode === 'host' ? 'Docker, on each server where a task runs.' : 'Docker Swarm, on every server.',
    meanwhile: 'Docker keeps it until the new pods are ready; then the servers\' rules lead new connections to them, at once, and open ones go on.',
    after: 'The cluster, on every server, at its own addresses (not at localhost).',
  }]))
}
