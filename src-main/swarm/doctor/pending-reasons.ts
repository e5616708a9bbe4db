import type { Explanation } from '../../common/contract/index.ts'
import { count } from '../../common/counted.ts'
import { takesTasks } from '../docker/node-state.ts'
import type { SwarmNode, SwarmService } from '../docker/types.ts'
import { meets, partsOf, valueOf } from '../placement/constraints.ts'
import { byMending, filteredNodes } from '../placement/scheduler-words.ts'
import type { SchedulerFilter } from '../placement/scheduler-words.ts'
import { listed } from './finding.ts'

/** One cause why the scheduler finds no node, and what to do. */
export interface PendingReason {
  why: Explanation
  fix: string
}

const NANO = 1e9
const MIB = 2 ** 20

type Explain = (service: SwarmService, nodes: readonly SwarmNode[], nodesMeant: number) => PendingReason

/** What each filter of the scheduler means for a service. */
const MEANINGS: Readonly<Record<SchedulerFilter, Explain>> = {
  constraints: unmetConstraint,
  resources: (service, nodes) => {
    const { NanoCPUs = 0, MemoryBytes = 0 } = service.Spec.TaskTemplate.Resources?.Reservations ?? {}
    const wanted = [...(NanoCPUs > 0 ? [`${String(NanoCPUs / NANO)} CPU`] : []), ...(MemoryBytes > 0 ? [`${String(Math.round(MemoryBytes / MIB))} MiB`] : [])]
    const largest = nodes.reduce((most, { Description: { Resources } }) => Math.max(most, NanoCPUs > 0 ? (Resources?.NanoCPUs ?? 0) / NANO : (Resources?.MemoryBytes ?? 0) / MIB), 0)
    const has = NanoCPUs > 0 ? `${String(largest)} CPU` : `${String(Math.round(largest))} MiB`
    return { why: { reason: 'NotEnoughResources', message: `It reserves ${wanted.length === 0 ? 'more' : listed(wanted)} than is left on any node${wanted.length === 0 ? '' : ` (the largest has ${has} in all)`}.` }, fix: 'Reserve less (deploy.resources.reservations), free some on a node, or add a server.' }
  },
  hostPort: (service) => {
    const ports = (service.Spec.EndpointSpec?.Ports ?? []).filter(({ PublishMode }) => PublishMode === 'host').map(({ PublishedPort }) => String(PublishedPort))
    return { why: { reason: 'PortTaken', message: `It publishes port ${listed(ports)} with mode: host, and that is taken on each node that is left: only one task a node can have it.` }, fix: 'Run no more replicas than there are nodes (or mode: global), or choose another port.' }
  },
  platform: () => ({ why: { reason: 'OtherPlatform', message: 'Its image is not made for the platform of the nodes that are left.' }, fix: 'Build the image for them, too (docker buildx build --platform ...), or add a server of its platform.' }),
  maxReplicas: () => ({ why: { reason: 'MaxReplicas', message: 'Each node has as many of its tasks as it allows (max_replicas_per_node).' }, fix: 'Allow more on a node, run fewer replicas, or add a server.' }),
  plugin: () => ({ why: { reason: 'PluginMissing', message: 'A plugin that it needs (volume, network or log driver) is on no node that is left.' }, fix: 'Install the plugin on the nodes (docker plugin install), or use another driver.' }),
  ready: (_service, nodes) => {
    const shut = nodes.filter(({ Spec, Status }) => Spec.Availability !== 'active' || Status.State !== 'ready')
    return { why: { reason: 'NodesClosed', message: `${listed(shut.map(({ Description, Spec, Status }) => `${Description.Hostname} (${Status.State === 'ready' ? Spec.Availability : Status.State})`))} ${shut.length === 1 ? 'takes' : 'take'} no new tasks.` }, fix: 'Make a node active again, or bring back one that is down.' }
  },
}

/** What the scheduler's words (`no suitable node (...)`) mean for a service, the reasons that a person can mend first. Pure. */
export function pendingReasons(service: SwarmService, nodes: readonly SwarmNode[], err: string): PendingReason[] {
  const found = filteredNodes(err).sort(byMending).flatMap(({ filter, nodes: meant }) => (filter === undefined ? [] : [MEANINGS[filter](service, nodes, meant ?? 0)]))
  if (found.length > 0) return found
  return [{
    why: { reason: 'NoNode', message: err === '' ? 'The scheduler has not found a node for it.' : `The scheduler says: ${err}.` },
    fix: nodes.some(takesTasks) ? 'Look at the service\'s constraints and reservations.' : 'Make a node active again: none takes tasks now.',
  }]
}

/** Which constraint it is: one that no node meets, else that they do not hold together. */
function unmetConstraint(service: SwarmService, nodes: readonly SwarmNode[], nodesMeant: number): PendingReason {
  const constraints = service.Spec.TaskTemplate.Placement?.Constraints ?? []
  const nobody = constraints.filter((constraint) => !nodes.some((node) => meets(node, constraint)))
  const [first] = nobody
  if (first === undefined) {
    return { why: { reason: 'ConstraintUnmet', message: `Its constraints (${constraints.join(', ')}) hold together on no node that is up and takes tasks (${count(nodesMeant, 'node')} looked at).` }, fix: 'Loosen one of them, or label a node so that all hold.' }
  }
  const { key, equal, value } = partsOf(first)
  const there = [...new Set(nodes.flatMap((node) => valueOf(node, key) ?? []))].filter((v) => v !== '')
  const known = valueOf(nodes[0] as SwarmNode, key) !== undefined
  const hint = !known ? `"${key}" is nothing that nodes have.` : there.length === 0 ? `No node has ${key.replace(/^node\.labels\./i, 'the label ')}.` : `There is ${listed(there)}.`
  const label = /^node\.labels\.(.+)$/i.exec(key)?.[1]
  return {
    why: { reason: 'ConstraintUnmet', message: `No node meets the constraint ${first}. ${hint}` },
    fix: label !== undefined && equal ? `Give a node the label ${label}=${value}, or change the constraint.` : 'Change the constraint.',
  }
}
