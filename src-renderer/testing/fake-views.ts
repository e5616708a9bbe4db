import type { AppDetail, AppSummary, Explanation, Health, Instance, NodeSummary, Overview } from '../../src-main/common/contract/index.ts'
import { compareHealth } from '../lib/health.ts'
import type { FakeApp, FakeWorld } from './fake-world.ts'

const ABILITIES: Readonly<Record<string, AppSummary['abilities']>> = {
  Deployment: ['scale', 'image', 'restart', 'pause', 'history', 'autoscale'], StatefulSet: ['scale', 'image', 'restart', 'history', 'autoscale'], DaemonSet: ['image', 'restart', 'history'],
}

/** An app in a list. */
export function summaryOf(world: FakeWorld, app: FakeApp): AppSummary {
  const pods = world.podsOf(app).filter((p) => p.status !== 'Terminating')
  const ready = pods.filter((p) => p.containers.every((c) => c.ready)).length
  const updated = pods.filter((p) => world.isNew(app, p)).length
  const why: Explanation | undefined = pods.find((p) => p.why !== undefined)?.why
  const worst = [...pods].sort((a, b) => compareHealth(a.health, b.health))[0]?.health
  const health: Health = app.desired === 0 ? 'stopped' : worst === 'failed' && ready > 0 ? 'degraded' : updated < app.desired || ready < app.desired ? (worst === 'failed' ? 'failed' : why !== undefined ? 'degraded' : 'progressing') : (worst ?? 'unknown')
  return {
    id: `${app.ref.namespace}/${app.ref.name}`, ref: app.ref, health, ...(why === undefined ? {} : { why }), replicas: { desired: app.desired, ready, updated },
    images: app.containers.map((c) => c.image), abilities: ABILITIES[app.ref.kind] ?? [], endpoints: app.endpoints, createdAt: app.createdAt,
  }
}

/** An app on its page. */
export function detailOf(world: FakeWorld, app: FakeApp): AppDetail {
  const summary = summaryOf(world, app)
  const pods = world.podsOf(app)
  const old = pods.filter((p) => !world.isNew(app, p)).length
  const complete = old === 0 && summary.replicas.ready === app.desired && pods.length === app.desired
  return {
    ...summary, ...placesOf(world, app, pods), containers: app.containers, strategy: 'RollingUpdate', paused: app.paused, revisions: app.revisions, labels: app.labels, ...(app.release === undefined ? {} : { release: app.release }),
    rollout: {
      state: complete ? 'complete' : app.paused ? 'paused' : app.fate === 'runs' ? 'progressing' : 'stuck', updated: pods.length - old, ready: summary.replicas.ready, desired: app.desired, old,
      ...(summary.why === undefined ? {} : { why: summary.why }),
    },
  }
}

function placesOf(world: FakeWorld, app: FakeApp, pods: readonly Instance[]): Pick<AppDetail, 'places' | 'onNodes'> {
  const { kind, namespace, name } = app.ref
  if (kind === 'StatefulSet') {
    return { places: Array.from({ length: app.desired }, (_, ordinal) => {
      const instance = pods.find((p) => p.ref.name === `${name}-${String(ordinal)}`)
      return { ordinal, ...(instance === undefined ? {} : { instance: instance.ref }), claims: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name: `data-${name}-${String(ordinal)}` }] }
    }) }
  }
  if (kind !== 'DaemonSet') return {}
  const why = { reason: 'DoesNotFit', message: 'Its labels do not match the node selector or affinity of the template.' }
  return { onNodes: world.nodes.map((n) => {
    const instance = pods.find((p) => p.node === n.ref.name)
    return { node: n.ref.name, ...(instance === undefined ? { why } : { instance: instance.ref }) }
  }) }
}

/** The overview. `isUntold`: the cluster cannot be asked, so that nothing is known to be well. */
export function overviewOf(world: FakeWorld, isUntold: boolean): Overview {
  const apps = world.apps.map((a) => summaryOf(world, a))
  const count: Record<Health, number> = { healthy: 0, progressing: 0, degraded: 0, failed: 0, stopped: 0, unknown: 0 }
  for (const app of apps) count[app.health]++
  const problems = apps.filter((a) => a.why !== undefined).sort((a, b) => compareHealth(a.health, b.health)).map((a) => ({ reason: '', message: '', ...a.why, about: a.ref }))
  const sum = (pick: (n: NodeSummary) => number): number => world.nodes.reduce((all, n) => all + pick(n), 0)
  return {
    health: isUntold ? 'unknown' : count.failed > 0 ? 'failed' : count.degraded > 0 ? 'degraded' : count.progressing > 0 ? 'progressing' : 'healthy', problems, apps: count,
    instances: {
      running: world.pods.filter((p) => p.status === 'Running').length, pending: world.pods.filter((p) => ['Pending', 'ContainerCreating', 'ImagePullBackOff'].includes(p.status)).length,
      failed: world.pods.filter((p) => p.status === 'CrashLoopBackOff').length, succeeded: 0, terminating: world.pods.filter((p) => p.status === 'Terminating').length,
    },
    nodes: { ready: world.nodes.filter((n) => n.health !== 'unknown').length, total: world.nodes.length },
    capacity: { cpuMilli: sum((n) => n.capacity.cpuMilli), memoryBytes: sum((n) => n.capacity.memoryBytes), pods: sum((n) => n.capacity.pods) },
    requested: { cpuMilli: sum((n) => n.requested.cpuMilli), memoryBytes: sum((n) => n.requested.memoryBytes) },
  }
}
