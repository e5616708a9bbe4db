import type { DockerEvent } from '../../hosts/docker-events.ts'
import type { SwarmList } from './picture.ts'

/** On the containers of a swarm's tasks. */
const TASK_LABEL = 'com.docker.swarm.task.id'

/**
 * The events of a server's Docker that say something about its swarm. A manager tells of services, nodes, networks, secrets and configs; tasks have no
 * events of their own, but each server tells of its containers. What a health check runs (`exec_*`) is left out: that would be every few seconds.
 */
export const EVENT_FILTERS: Record<string, string[]> = {
  type: ['service', 'node', 'network', 'secret', 'config', 'container', 'volume'],
  event: ['create', 'update', 'remove', 'start', 'die', 'oom', 'health_status', 'destroy'],
}

const LISTS: Readonly<Record<string, readonly SwarmList[]>> = {
  // What a service is to be is decided at once, its tasks follow.
  service: ['services', 'tasks'],
  // The tasks of a node that goes or comes change, too, and so does how many a global service wants.
  node: ['nodes', 'services', 'tasks'],
  network: ['networks'], secret: ['secrets'], config: ['configs'], container: ['services', 'tasks'],
}

/** What of a swarm may differ after an event. Pure. */
export function listsTouchedBy(event: DockerEvent): readonly SwarmList[] {
  if (event.Type === 'container' && event.Actor.Attributes[TASK_LABEL] === undefined) return []
  return LISTS[event.Type] ?? []
}

/** May a server's place in the swarm be another one after it? Managers write to their nodes all the time; those events say nothing of it. Pure. */
export function changesMembership({ Type, Action, Actor: { Attributes } }: DockerEvent): boolean {
  return Type === 'node' && (Action !== 'update' || ['state.new', 'role.new'].some((what) => Attributes[what] !== undefined))
}
