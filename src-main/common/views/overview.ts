import type { AppSummary, Explanation, Health, Instance, NodeSummary, ObjectRef, Overview } from '../contract/index.ts'

const WORST_FIRST: readonly Health[] = ['failed', 'unknown', 'degraded', 'progressing', 'healthy', 'stopped']

/** Everything at a glance. `instances` of system namespaces count as any other. */
export function overviewOf(apps: readonly AppSummary[], instances: readonly Instance[], nodes: readonly NodeSummary[]): Overview {
  const counts: Record<Health, number> = { healthy: 0, progressing: 0, degraded: 0, failed: 0, stopped: 0, unknown: 0 }
  for (const app of apps) counts[app.health] += 1
  const problems = problemsOf(apps, instances, nodes)
  const worst = WORST_FIRST.find((health) => problems.some((p) => p.health === health))
  return {
    health: nodes.length === 0 ? 'unknown' : (worst ?? (counts.progressing > 0 ? 'progressing' : 'healthy')),
    problems: problems.map(({ health: _, ...problem }) => problem),
    apps: counts,
    instances: instanceCounts(instances),
    nodes: { ready: nodes.filter((n) => n.health === 'healthy' || n.health === 'degraded').length, total: nodes.length },
    capacity: sum(nodes.map((n) => n.capacity), { cpuMilli: 0, memoryBytes: 0, pods: 0 }),
    requested: sum(nodes.map((n) => n.requested), { cpuMilli: 0, memoryBytes: 0 }),
  }
}

function problemsOf(apps: readonly AppSummary[], instances: readonly Instance[], nodes: readonly NodeSummary[]): (Explanation & { about: ObjectRef; health: Health })[] {
  // An instance of an app is told by its app.
  const alone = instances.filter((i) => i.app === undefined)
  const all = [...nodes, ...apps, ...alone]
  return all
    .flatMap(({ health, why, ref }) => (why !== undefined && (health === 'failed' || health === 'unknown' || health === 'degraded') ? [{ ...why, about: ref, health }] : []))
    .sort((a, b) => WORST_FIRST.indexOf(a.health) - WORST_FIRST.indexOf(b.health))
}

function instanceCounts(instances: readonly Instance[]): Overview['instances'] {
  const counts = { running: 0, pending: 0, failed: 0, succeeded: 0, terminating: 0 }
  for (const { status, health, containers } of instances) {
    if (status === 'Terminating') counts.terminating += 1
    else if (health === 'stopped') counts.succeeded += 1
    else if (health === 'failed' && status !== 'Pending') counts.failed += 1
    else if (containers.some((c) => c.kind === 'app' && c.state === 'running')) counts.running += 1
    else counts.pending += 1
  }
  return counts
}

function sum<T extends Record<string, number>>(all: readonly T[], zero: T): T {
  const total: Record<string, number> = { ...zero }
  for (const one of all) for (const key of Object.keys(zero)) total[key] = (total[key] ?? 0) + (one[key] ?? 0)
  return total as T
}
