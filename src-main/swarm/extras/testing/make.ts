import type { ServiceSpec, TaskSpec } from '../../docker/specs.ts'
import type { SwarmNode, SwarmService, SwarmTask, TaskState, UpdateStatus } from '../../docker/types.ts'

/** The moment of all tests here. */
export const NOW = Date.UTC(2026, 0, 1, 12)
/** RFC 3339, so many seconds before NOW. */
export const ago = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString()

/** A replicated service of three that reserves a tenth of a CPU and 64 MiB. */
export function service(name: string, labels: Record<string, string>, more: { replicas?: number; mode?: ServiceSpec['Mode']; task?: TaskSpec; updatedAt?: string; state?: UpdateStatus['State']; version?: number } = {}): SwarmService {
  return {
    ID: `${name}-id`, Version: { Index: more.version ?? 1 }, CreatedAt: ago(3600), UpdatedAt: more.updatedAt ?? ago(3600),
    Spec: {
      Name: name, Labels: labels, Mode: more.mode ?? { Replicated: { Replicas: more.replicas ?? 3 } },
      TaskTemplate: { Resources: { Reservations: { NanoCPUs: 100_000_000, MemoryBytes: 64 * 2 ** 20 } }, ...more.task },
    },
    ...(more.state === undefined ? {} : { UpdateStatus: { State: more.state, Message: 'told by Swarm' } }),
  }
}

let serial = 0
/** A task that runs since an hour, on node `node`. */
export function task(of: SwarmService, node: string, more: Partial<Omit<SwarmTask, 'Status'>> & { state?: TaskState; err?: string; exitCode?: number; since?: string } = {}): SwarmTask {
  const { state = 'running', err, exitCode, since = ago(3500), ...rest } = more
  const id = `task-${String(serial++)}`
  return {
    ID: id, Version: { Index: 1 }, CreatedAt: ago(3550), UpdatedAt: ago(3500), ServiceID: of.ID, NodeID: node, Slot: 1, Spec: of.Spec.TaskTemplate, DesiredState: 'running',
    Status: { Timestamp: since, State: state, ...(err === undefined ? {} : { Err: err }), ContainerStatus: { ContainerID: `container-${id}`, ...(exitCode === undefined ? {} : { ExitCode: exitCode }) } }, ...rest,
  }
}

/** A node that is ready and open since two hours, with four CPUs and 8 GiB. */
export function node(id: string, more: { updatedAt?: string; availability?: SwarmNode['Spec']['Availability']; state?: SwarmNode['Status']['State']; labels?: Record<string, string>; role?: SwarmNode['Spec']['Role'] } = {}): SwarmNode {
  return {
    ID: id, Version: { Index: 1 }, CreatedAt: ago(9000), UpdatedAt: more.updatedAt ?? ago(7200), Spec: { Availability: more.availability ?? 'active', Role: more.role ?? 'worker', Labels: more.labels ?? {} },
    Description: { Hostname: id, Platform: { Architecture: 'x86_64', OS: 'linux' }, Resources: { NanoCPUs: 4_000_000_000, MemoryBytes: 8 * 2 ** 30 } }, Status: { State: more.state ?? 'ready' },
  }
}
