import type { ObjectRef } from '../../common/contract/index.ts'
import type { SwarmNode, SwarmService, SwarmTask } from '../docker/types.ts'
import { StackLabel } from '../stack/names.ts'

export const SWARM_API = 'swarm'
/** Where what belongs to no stack is shown. */
export const NO_STACK = 'default'

/** The stack of an object by its labels, as the screens' namespace. */
export function namespaceOf(labels: Readonly<Record<string, string>> | null | undefined): string {
  const stack = labels?.[StackLabel.namespace]
  return stack === undefined || stack === '' ? NO_STACK : stack
}

/** What names a service. */
interface Named {
  readonly Spec: { readonly Name: string; readonly Labels?: Readonly<Record<string, string>> | null }
}

/** A service by its whole name, as `docker service ls` prints it: that is unique in a swarm. */
export function serviceRef({ Spec }: Named): ObjectRef {
  return { apiVersion: SWARM_API, kind: 'Service', namespace: namespaceOf(Spec.Labels), name: Spec.Name }
}

/** What a service is called inside its stack: its container's name on the screens, and its DNS name in the stack's networks. */
export function shortName({ Spec }: SwarmService): string {
  const stack = namespaceOf(Spec.Labels)
  return Spec.Name.startsWith(`${stack}_`) ? Spec.Name.slice(stack.length + 1) : Spec.Name
}

/** A task by the name of its container: `web.1.ID`, or `web.NODE.ID` where there is one on each node. `service` undefined: it was removed. */
export function taskRef(task: SwarmTask, service: SwarmService | undefined): ObjectRef {
  const name = `${service?.Spec.Name ?? task.ServiceID ?? 'task'}.${task.Slot === undefined || task.Slot === 0 ? (task.NodeID ?? '') : String(task.Slot)}.${task.ID}`
  return { apiVersion: SWARM_API, kind: 'Task', namespace: namespaceOf(service?.Spec.Labels), name }
}

/** The ID of the task that a reference names. */
export function taskIdOf({ name }: ObjectRef): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/** The nodes' names by ID: host names, with a piece of the ID where several have the same (one that joined again leaves its old self behind). */
export function nodeNames(nodes: readonly SwarmNode[]): Map<string, string> {
  const counts = new Map<string, number>()
  for (const { Description } of nodes) counts.set(Description.Hostname, (counts.get(Description.Hostname) ?? 0) + 1)
  return new Map(nodes.map(({ ID, Description: { Hostname } }) => [ID, Hostname === '' || (counts.get(Hostname) ?? 0) > 1 ? `${Hostname === '' ? 'node' : Hostname}.${ID.slice(0, 8)}` : Hostname]))
}

export function nodeRef(name: string): ObjectRef {
  return { apiVersion: SWARM_API, kind: 'Node', namespace: '', name }
}

/** An image as people know it: `nginx:1.27` of `nginx:1.27@sha256:…`. One that has only a digest keeps it. */
export function imageName(image: string): string {
  const at = image.indexOf('@')
  const name = at < 0 ? image : image.slice(0, at)
  // A colon before the last slash belongs to the registry's port.
  return at >= 0 && name.lastIndexOf(':') <= name.lastIndexOf('/') ? image : name
}

/** Docker's RFC 3339 with nanoseconds as milliseconds since the epoch; 0 where there is none. */
export function time(text: string | undefined): number {
  const ms = text === undefined || text.startsWith('0001-') ? 0 : Date.parse(text)
  return Number.isNaN(ms) ? 0 : ms
}
