import type { ContainerServiceSpec } from '../../docker/specs.ts'
import { normalService, same } from '../normal.ts'

/**
 * The spec with each part of the task template, and the endpoint, as the live one writes it where both mean the same. The manager compares by the letter:
 * `docker service create` sends limits that are there and empty, and a service without them is another one to it, all tasks of which are replaced. Pure.
 */
export function asLive(spec: ContainerServiceSpec, live: ContainerServiceSpec): ContainerServiceSpec {
  const [wanted, there] = [normalService(spec), normalService(live)]
  const task = keptWhereSame(spec.TaskTemplate, live.TaskTemplate, wanted.TaskTemplate, there.TaskTemplate)
  const { EndpointSpec } = same(wanted.EndpointSpec, there.EndpointSpec) ? live : spec
  const { EndpointSpec: _, ...rest } = spec
  return { ...rest, TaskTemplate: task, ...(EndpointSpec === undefined ? {} : { EndpointSpec }) }
}

/** The fields of `value`, but those of `live` where the normal forms of both are the same. */
function keptWhereSame<T extends object>(value: T, live: T, normal: T, normalLive: T): T {
  const names = [...new Set([...Object.keys(value), ...Object.keys(live)])] as (keyof T)[]
  return Object.fromEntries(names.flatMap((name) => {
    const from = same(normal[name], normalLive[name]) ? live : value
    return name in from ? [[name, from[name]]] : []
  })) as T
}
