import type { ContainerServiceSpec, ContainerSpec, ServiceSpec, TaskSpec } from './specs.ts'

/** A spec with other fields in its tasks' template, and all else as it is. */
export function withTask<T extends ServiceSpec>(spec: T, fields: Partial<TaskSpec>): T {
  return { ...spec, TaskTemplate: { ...spec.TaskTemplate, ...fields } }
}

/** A spec with other fields in its containers, and all else as it is. */
export function withContainer(spec: ContainerServiceSpec, fields: Partial<ContainerSpec>): ContainerServiceSpec {
  return { ...spec, TaskTemplate: { ...spec.TaskTemplate, ContainerSpec: { ...spec.TaskTemplate.ContainerSpec, ...fields } } }
}

/** A spec of a replicated service with another number of replicas, and all else as it is. */
export function withReplicas<T extends ServiceSpec>(spec: T, replicas: number): T {
  return { ...spec, Mode: { ...spec.Mode, Replicated: { ...spec.Mode?.Replicated, Replicas: replicas } } }
}

/** A spec whose tasks are all made anew, as by `docker service update --force`, and all else as it is. */
export function withForcedUpdate<T extends ServiceSpec>(spec: T): T {
  return withTask(spec, { ForceUpdate: (spec.TaskTemplate.ForceUpdate ?? 0) + 1 })
}
