import type { AppSummary, Health, StackDetail, StackSummary } from '../../common/contract/index.ts'
import { groupBy } from '../../common/group-by.ts'
import { NO_STACK } from '../stack/names.ts'
import { time } from './refs.ts'
import type { SwarmSnapshot } from './snapshot.ts'
import { fileSummaries, networkSummaries, stackNameOf } from './stack-parts.ts'

const WORST_FIRST: readonly Health[] = ['failed', 'degraded', 'progressing', 'unknown', 'healthy', 'stopped']

/** All stacks of a swarm, sorted by name; what is in none is the one without a name, where there is a service of that kind. Pure. */
export function stackSummaries(snapshot: SwarmSnapshot): StackSummary[] {
  const { services, networks, secrets, configs } = snapshot.picture
  const names = new Set([
    ...services.map(({ Spec }) => stackNameOf(Spec.Labels)),
    ...[...secrets.map(({ Spec }) => Spec), ...configs.map(({ Spec }) => Spec), ...networks].map(({ Labels }) => stackNameOf(Labels)).filter((name) => name !== NO_STACK),
  ])
  return [...names].sort().map((name) => summaryOf(snapshot, name))
}

/** One stack with all its parts; undefined when there is nothing of it. Pure. */
export function stackDetail(snapshot: SwarmSnapshot, name: string): StackDetail | undefined {
  const summary = stackSummaries(snapshot).find((stack) => stack.name === name)
  if (summary === undefined) return undefined
  const apps = appsOf(snapshot, name)
  const isUsed = ({ users }: { users: readonly { name: string }[] }): boolean => users.some((user) => apps.some(({ ref }) => ref.name === user.name))
  const belongs = (part: { stack: string; users: readonly { name: string }[] }): boolean => (part.stack === name && name !== NO_STACK) || isUsed(part)
  const volumes = groupBy(snapshot.picture.volumes.filter(({ labels }) => name !== NO_STACK && stackNameOf(labels) === name), (volume) => volume.name)
  return {
    ...summary, apps, networkList: networkSummaries(snapshot.picture).filter(belongs), fileList: fileSummaries(snapshot.picture).filter(belongs),
    volumes: [...volumes].map(([volume, there]) => ({ name: volume, nodes: there.map(({ nodeId }) => snapshot.nodeName(nodeId)) })),
  }
}

function summaryOf(snapshot: SwarmSnapshot, name: string): StackSummary {
  const { services, networks, secrets, configs } = snapshot.picture
  const apps = appsOf(snapshot, name)
  const worst = WORST_FIRST.flatMap((health) => apps.filter((app) => app.health === health))[0]
  const isOf = ({ Labels }: { Labels?: Record<string, string> | null }): boolean => name !== NO_STACK && stackNameOf(Labels) === name
  const files = fileSummaries(snapshot.picture).filter(({ stack }) => name !== NO_STACK && stack === name)
  const times = [
    ...services.filter(({ Spec }) => stackNameOf(Spec.Labels) === name).map(({ CreatedAt }) => time(CreatedAt)), ...networks.filter(isOf).map(({ Created }) => time(Created)),
    ...[...secrets, ...configs].filter(({ Spec }) => isOf(Spec)).map(({ CreatedAt }) => time(CreatedAt)),
  ]
  return {
    id: name, name, health: worst?.health ?? 'stopped', ...(worst?.why === undefined ? {} : { why: worst.why }), services: apps.length,
    tasks: { ready: sum(apps, ({ replicas }) => replicas.ready), desired: sum(apps, ({ replicas }) => replicas.desired) },
    networks: networks.filter(isOf).length, secrets: files.filter(({ kind }) => kind === 'secret').length, configs: files.filter(({ kind }) => kind === 'config').length,
    createdAt: times.length === 0 ? 0 : Math.min(...times),
  }
}

function appsOf(snapshot: SwarmSnapshot, name: string): AppSummary[] {
  const mine = new Set(snapshot.picture.services.filter(({ Spec }) => stackNameOf(Spec.Labels) === name).map(({ ID }) => ID))
  return snapshot.apps.filter(({ id }) => mine.has(id))
}

function sum(apps: readonly AppSummary[], of: (app: AppSummary) => number): number {
  return apps.reduce((total, app) => total + of(app), 0)
}
