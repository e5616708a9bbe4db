import type { ComposeModel } from '../../common/compose/forms/file.ts'
import type { NetworkPolicy } from '../../common/kube/generated/networking-v1.ts'
import type { Draft } from '../../common/kube/object.ts'
import { NETWORK_PREFIX, isQualifiedName } from '../conventions.ts'
import type { Note } from '../report.ts'
import type { Meta, ServiceContext } from './context.ts'
import { kubeName } from './names.ts'

/** A pod's labels for the networks that its service says it is on. */
export function networkLabelsOf({ service, note, model }: ServiceContext): Record<string, string> {
  if (service.networks === undefined) return isIsolating(model) && service.network_mode === undefined ? { [`${NETWORK_PREFIX}default`]: 'true' } : {}
  const labels: Record<string, string> = {}
  for (const [name, attachment] of Object.entries(service.networks)) {
    if (!isQualifiedName(NETWORK_PREFIX + name)) {
      note.lost(['networks', name], 'Labels take no such name: call the network by letters, digits and dashes.')
      continue
    }
    const isAlone = name === 'default' && Object.keys(service.networks).length === 1
    if (Object.keys(attachment).length === 0) {
      if (isAlone) note.changed(['networks', name], 'Every service without networks is on the default one: it need not be said.')
      else note.same('networks', name)
    }
    for (const key of Object.keys(attachment)) if (key !== 'aliases') note.lost(['networks', name, key], 'All pods are on one network, whose addresses the cluster gives out: reach others by name.')
    labels[NETWORK_PREFIX + name] = 'true'
  }
  return labels
}

/** Do the networks keep any two services apart, or any from the world? Then policies have to: in Kubernetes everything reaches everything. */
export function isIsolating(model: ComposeModel): boolean {
  const on = Object.values(model.services).filter(({ network_mode: mode }) => mode === undefined).map(networksOf)
  const apart = on.some((a) => on.some((b) => !a.some((name) => b.includes(name))))
  return apart || Object.values(model.networks ?? {}).some(({ internal }) => internal === true)
}

function networksOf(service: ComposeModel['services'][string]): string[] {
  return service.networks === undefined ? ['default'] : Object.keys(service.networks)
}

/** One policy for each network that is in use: its pods hear only each other, and whoever comes by a published port. */
export function networkPolicies(model: ComposeModel, note: Note, meta: Meta): Draft<NetworkPolicy>[] {
  const isolating = isIsolating(model)
  for (const [name, network] of Object.entries(model.networks ?? {})) networkNote(name, network, note.in('networks', name), isolating)
  if (!isolating) return []
  const used = [...new Set(Object.values(model.services).flatMap((service) => (service.network_mode === undefined ? networksOf(service) : [])))].filter((name) => isQualifiedName(NETWORK_PREFIX + name))
  return used.map((name): Draft<NetworkPolicy> => {
    const matchLabels = { [NETWORK_PREFIX + name]: 'true' }
    const internal = model.networks?.[name]?.internal === true
    return {
      apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta(`network-${kubeName(name)}`),
      spec: {
        podSelector: { matchLabels }, policyTypes: internal ? ['Ingress', 'Egress'] : ['Ingress'],
        ingress: [{ from: [{ podSelector: { matchLabels } }] }],
        // Names are still to be looked up.
        ...(internal ? { egress: [{ to: [{ podSelector: { matchLabels } }] }, { ports: [{ port: 53, protocol: 'UDP' }, { port: 53, protocol: 'TCP' }] }] } : {}),
      },
    }
  })
}

/** What a service publishes is open to all, whatever its networks say. */
export function publishedPolicy({ service, kubeName: name }: ServiceContext, meta: Meta): Draft<NetworkPolicy>[] {
  const ports = (service.ports ?? []).filter(({ published, mode }) => published !== undefined || mode === 'host')
  if (ports.length === 0) return []
  return [{
    apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: meta(`${name}-published`),
    spec: { podSelector: { matchLabels: { app: name } }, policyTypes: ['Ingress'], ingress: [{ ports: ports.map(({ target, protocol }) => ({ port: target, protocol: (protocol ?? 'tcp').toUpperCase() })) }] },
  }]
}

function networkNote(name: string, network: NonNullable<ComposeModel['networks']>[string], note: Note, isolating: boolean): void {
  const reason = isolating ? 'A label of the pods, and a NetworkPolicy that keeps others out.' : 'A label of the pods; nothing has to be kept apart, so there is no NetworkPolicy.'
  if (Object.keys(network).length === 0) note.changed([], reason)
  if (network.internal !== undefined) note.changed('internal', network.internal ? 'A NetworkPolicy lets its pods reach only each other. A pod that is on another network too reaches what that one lets through.' : 'Not internal: nothing to do.')
  if (network.external !== undefined) note.changed('external', 'Whatever else is on it is found by name in its own namespace (name.namespace); nothing has to be there first.')
  if (network.driver_opts !== undefined) note.lost('driver_opts', 'The cluster\'s own network is used. An encrypted one is a setting of the cluster (WireGuard).')
  if (network.ipam !== undefined) note.lost('ipam', 'The cluster gives out addresses: reach others by name.')
  for (const key of ['name', 'driver', 'enable_ipv4', 'enable_ipv6', 'attachable', 'labels'] as const) if (network[key] !== undefined) note.lost(key, `The network "${name}" is no object here: the cluster's own network takes its place.`)
}
