import type { MovePlan, MoveRequest } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import type { Service } from '../../common/kube/generated/core-v1.ts'
import { Ingresses, PersistentVolumeClaims, PersistentVolumes, Services } from '../../common/kube/kinds.ts'
import { dockerVolumeOf } from '../../common/kube/volumes.ts'
import { PART_OF } from '../../convert/conventions.ts'
import type { Manifest } from '../../convert/to-kubernetes/convert.ts'
import { kubeName } from '../../convert/to-kubernetes/names.ts'
import { planStack } from '../../swarm/stack/apply/plan.ts'
import { inStack, readSwarm } from '../../swarm/stack/live-stack.ts'
import { SwarmApi } from '../../swarm/docker/swarm-api.ts'
import { stackNameProblem } from '../../swarm/stack/names.ts'
import { stackOf } from '../../swarm/stack/stack-of.ts'
import { planText } from '../manifests/planner.ts'
import { textOf } from './cluster-side.ts'
import { HELD, HOLDABLE } from './hold.ts'
import type { MoveParts } from './move-parts.ts'
import type { MoveProblem } from './parts-of-app.ts'
import { publishes } from './publish.ts'
import { readApp, servicesIn } from './read-app.ts'
import { readStack } from './read-stack.ts'
import type { MoveRecord } from './record.ts'
import { stepText } from './step-text.ts'
import { stepsFor } from './steps.ts'
import { stackAtRest } from './swarm-side.ts'
import type { Drafted } from './to-kubernetes.ts'
import { stackToCluster } from './to-kubernetes.ts'
import { appToStack } from './to-swarm.ts'

/** A plan, and the record that its move begins with. */
export interface Planned {
  readonly plan: MovePlan
  readonly record: MoveRecord
}

/** What a move would do now. Rejects with a sentence where there is nothing to plan. Writes nothing. */
export async function planMove(parts: MoveParts, what: MoveRequest): Promise<Planned> {
  check(what)
  return what.to === 'kubernetes' ? toKubernetes(parts, what) : toSwarm(parts, what)
}

/** The page is a program of its own: its word is checked. */
function check({ to, from, as, only }: MoveRequest): void {
  if ((to as unknown) !== 'kubernetes' && (to as unknown) !== 'swarm') throw badRequest(`An app is moved to kubernetes or swarm, not to "${String(to)}".`)
  if (typeof from !== 'string' || from === '' || (as !== undefined && typeof as !== 'string')) throw badRequest('Say which app: the name of a stack, or of a namespace.')
  if (only !== undefined && (!Array.isArray(only) || only.length === 0 || only.some((name) => typeof name !== 'string'))) throw badRequest('Say which workloads: at least one name.')
}

async function toKubernetes(parts: MoveParts, what: MoveRequest): Promise<Planned> {
  const app = await readStack(parts, what.from)
  const namespace = what.as ?? kubeName(what.from)
  if (kubeName(namespace) !== namespace) throw badRequest(`"${namespace}" cannot be the name of a namespace: use lower-case letters, digits and dashes, with a letter at the beginning.`)
  const drafted = stackToCluster(app, namespace)
  const claims = await claimsThere(parts, namespace, drafted.objects)
  const objects = claims.objects
  const { steps, plan } = await planText(parts.manifests, textOf(objects))
  const taken = steps.flatMap(({ live, ref }): MoveProblem[] => {
    if (live === undefined || ['Namespace', 'PersistentVolume', 'PersistentVolumeClaim'].includes(ref.kind)) return []
    const { labels, annotations } = live.metadata
    if (labels?.[PART_OF] === what.from && (annotations?.[HELD] !== undefined || !('spec' in live) || !HOLDABLE.includes(ref.kind))) return []
    return [{ severity: 'error', message: `The namespace ${namespace} has a ${ref.kind} "${ref.name}" already, which is not at rest from an earlier move of ${what.from}: choose another namespace, or remove it.` }]
  })
  const problems: MoveProblem[] = [
    ...drafted.problems, ...claims.problems, ...plan.problems.map(({ severity, message }): MoveProblem => ({ severity, message })), ...taken, ...await portProblems(parts, namespace, drafted),
    ...app.lost.map((message): MoveProblem => ({ severity: 'warning', message })),
    ...(drafted.secrets.length === 0 ? [] : [{ severity: 'warning' as const, message: `What the secrets ${drafted.secrets.map(({ key }) => key).join(', ')} hold is read from a running task, by the cat of its image: Docker tells it nobody else. It is kept in the cluster's Secrets, encrypted.` }]),
  ]
  return finish(what, { stack: what.from, namespace }, drafted, problems, {
    workloads: drafted.workloads, cluster: { objects, secrets: drafted.secrets }, services: servicesIn({ objects }).filter(publishes).map(({ metadata }) => metadata.name), old: [],
  })
}

/** Claims that are there with the same volume behind them are taken as they are; one with another volume stands in the way. */
async function claimsThere({ client }: MoveParts, namespace: string, objects: readonly Manifest[]): Promise<{ objects: Manifest[]; problems: MoveProblem[] }> {
  const [claims, volumes] = await Promise.all([client.list(PersistentVolumeClaims, { namespace }), client.list(PersistentVolumes)])
  const problems: MoveProblem[] = []
  const leave = new Set<string>()
  for (const object of objects) {
    if (object.kind !== 'PersistentVolumeClaim') continue
    const { volumeName: wanted = '' } = (object as unknown as { spec: { volumeName?: string } }).spec
    const live = claims.items.find(({ metadata }) => metadata.name === object.metadata.name)
    if (live === undefined || live.spec.volumeName === wanted) continue
    const behind = volumes.items.find(({ metadata }) => metadata.name === live.spec.volumeName)
    const at = behind === undefined ? undefined : dockerVolumeOf(behind)
    const volume = objects.find(({ kind, metadata }) => kind === 'PersistentVolume' && metadata.name === wanted) as unknown as Parameters<typeof dockerVolumeOf>[0] | undefined
    const goal = volume === undefined ? undefined : dockerVolumeOf(volume)
    if (at !== undefined && at.node === goal?.node && at.name === goal.name) [object.metadata.name ?? '', wanted].forEach((name) => leave.add(name))
    else problems.push({ severity: 'error', message: `The namespace ${namespace} has a claim "${object.metadata.name ?? ''}" already, with other data behind it: choose another namespace, or delete the claim when nobody needs it.` })
  }
  const isClaim = ({ kind }: Manifest): boolean => kind === 'PersistentVolumeClaim' || kind === 'PersistentVolume'
  return { objects: objects.filter((object) => !isClaim(object) || !leave.has(object.metadata.name ?? '')), problems }
}

/** Who else of the cluster has these ports already. */
async function portProblems({ client }: MoveParts, namespace: string, { ports }: Drafted): Promise<MoveProblem[]> {
  const [services, ingresses] = await Promise.all([client.list(Services), client.list(Ingresses)])
  return ports.flatMap(({ port, protocol, part }): MoveProblem[] => {
    const holder = services.items.find((service) => service.metadata.namespace !== namespace && publishes(service) && takes(service, port, protocol))
    if (holder !== undefined) return [{ severity: 'error', message: `The port ${String(port)} of ${part} is the Service ${holder.metadata.namespace ?? ''}/${holder.metadata.name}'s in the cluster: publish one of them elsewhere first.` }]
    if ((port === 80 || port === 443) && ingresses.items.length > 0) return [{ severity: 'error', message: `The port ${String(port)} of ${part} is where the cluster's Ingresses answer, and would be taken from them: publish it elsewhere, or give the service the labels toque.ingress.host and toque.ingress.port instead.` }]
    return []
  })
}

function takes({ spec }: Readonly<Service>, port: number, protocol: string): boolean {
  return (spec.ports ?? []).some((own) => (own.protocol ?? 'TCP').toLowerCase() === protocol && (own.nodePort === port || ((spec.externalIPs ?? []).length > 0 && own.port === port)))
}

async function toSwarm(parts: MoveParts, what: MoveRequest): Promise<Planned> {
  const { state, logins } = parts.swarm()
  await state.synced
  await state.looked(['services', 'tasks', 'nodes'])
  const stack = what.as ?? what.from
  const wrong = stackNameProblem(stack)
  if (wrong !== undefined) throw badRequest(wrong)
  const app = await readApp(parts, what.from, what.only)
  const drafted = appToStack(app, stack)
  const { docker } = state.managerHost
  const running = inStack((await readSwarm(new SwarmApi(docker))).services, stack).filter(({ spec }) => spec.Labels?.[HELD] === undefined)
  const taken: MoveProblem[] = running.length === 0 ? [] : [{ severity: 'error', message: `There is a stack ${stack} in the swarm that runs (${running.map(({ spec }) => spec.Name).join(', ')}): choose another name, or remove it.` }]
  const reading = stackAtRest(stackOf(drafted.model, stack, { files: drafted.files }))
  const { problems } = drafted.problems.some(({ severity }) => severity === 'error') || taken.length > 0 ? { problems: reading.problems } : await planStack(docker, reading, { rotate: true, auth: (image) => logins.for(stack, image) })
  return finish(what, { stack, namespace: what.from }, drafted, [...drafted.problems, ...taken, ...problems.map(({ severity, message }): MoveProblem => ({ severity, message }))], {
    workloads: drafted.workloads, swarm: { model: drafted.model, files: drafted.files }, services: servicesIn(app).filter(publishes).map(({ metadata }) => metadata.name),
    old: app.objects.filter(({ kind }) => kind !== 'PersistentVolumeClaim' && kind !== 'Job').map(({ apiVersion, kind, metadata }) => ({ apiVersion, kind, name: metadata.name ?? '' })),
  })
}

function finish(what: MoveRequest, { stack, namespace }: { stack: string; namespace: string }, drafted: Drafted, problems: readonly MoveProblem[], rest: Pick<MoveRecord, 'workloads' | 'cluster' | 'swarm' | 'services' | 'old'>): Planned {
  const { parts, replicas, report, ports, volumes, places } = drafted
  const steps = stepsFor(parts)
  const record: MoveRecord = { what, stack, namespace, phase: 'moving', step: 'make', message: '', parts, places, made: { objects: [], stack: false }, ...rest }
  const names = [...parts.stateless, ...parts.data]
  return {
    record,
    plan: {
      steps: steps.map((step) => stepText(step, record)), parts: names.map((name) => ({ name, replicas: replicas[name] ?? 0, data: parts.data.includes(name) })), report: [...report], ports: [...ports],
      volumes: [...volumes], problems: [...problems], stopSeconds: drafted.stopSeconds,
    },
  }
}
