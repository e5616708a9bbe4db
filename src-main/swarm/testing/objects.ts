import type { SwarmNode, SwarmService, SwarmTask, TaskState } from '../docker/types.ts'

/** Swarm objects for tests of decisions; the views are tested with what a real Docker said (testing/real/). */

let index = 0

export function aService(name: string, more: Partial<SwarmService> = {}, spec: Partial<SwarmService['Spec']> = {}): SwarmService {
  index += 1
  return {
    ID: `service-${name}`, Version: { Index: index }, CreatedAt: '2026-01-01T00:00:00.000000001Z', UpdatedAt: '2026-01-01T00:00:00.000000001Z',
    Spec: { Name: name, Labels: {}, TaskTemplate: { ContainerSpec: { Image: 'nginx:1' }, ForceUpdate: 0 }, Mode: { Replicated: { Replicas: 2 } }, ...spec }, ...more,
  }
}

export function aTask(service: SwarmService, slot: number, state: TaskState, more: Partial<SwarmTask> = {}, status: Partial<SwarmTask['Status']> = {}): SwarmTask {
  index += 1
  return {
    ID: `task${String(index)}`, Version: { Index: index }, CreatedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(), UpdatedAt: '2026-01-01T00:00:00Z', ServiceID: service.ID, Slot: slot, NodeID: 'node-1',
    Spec: structuredClone(service.Spec.TaskTemplate), DesiredState: 'running', Status: { State: state, Timestamp: new Date(Date.UTC(2026, 0, 1, 0, 0, index)).toISOString(), ...status }, ...more,
  }
}

export function aNode(name: string, more: Partial<SwarmNode> = {}): SwarmNode {
  index += 1
  return {
    ID: `id-of-${name}`, Version: { Index: index }, CreatedAt: '2026-01-01T00:00:00Z', UpdatedAt: '2026-01-01T00:00:00Z', Spec: { Role: 'worker', Availability: 'active', Labels: {} },
    Description: { Hostname: name, Platform: { OS: 'linux', Architecture: 'x86_64' }, Resources: { NanoCPUs: 2e9, MemoryBytes: 4 * 2 ** 30 }, Engine: { EngineVersion: '20.10.24' } }, Status: { State: 'ready', Addr: '10.0.0.1' }, ...more,
  }
}
