import type { NodeSelectorRequirement, PodSpec } from '../../common/kube/generated/core-v1.ts'
import { HOSTNAME } from '../../common/kube/well-known.ts'
import { APP, isLabelValue, isQualifiedName } from '../conventions.ts'
import type { ServiceContext } from './context.ts'
import { defined } from './context.ts'

const ROLE = 'node-role.kubernetes.io/control-plane'

/** Where the pods may run, and how they are spread. */
export function placementOf({ service, note: all, kubeName }: ServiceContext): Partial<PodSpec> {
  const note = all.in('deploy', 'placement')
  const placement = service.deploy?.placement ?? {}
  const matchExpressions = (placement.constraints ?? []).flatMap((constraint, i) => requirement(constraint, note.in('constraints', i)))
  const topologySpreadConstraints = (placement.preferences ?? []).flatMap(({ spread }, i) => {
    const key = /^node\.labels\.(.+)$/.exec(spread ?? '')?.[1] ?? (spread === 'node.hostname' ? HOSTNAME : undefined)
    if (key === undefined || !isQualifiedName(key)) return note.lost(['preferences', i], 'Kubernetes spreads over labels of nodes only: give the nodes one.'), []
    note.same('preferences', i)
    return [{ maxSkew: 1, topologyKey: key, whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: { [APP]: kubeName } } }]
  })
  const most = placement.max_replicas_per_node
  if (most === 1) note.same('max_replicas_per_node')
  else if (most !== undefined && most > 1) note.lost('max_replicas_per_node', 'Kubernetes can keep pods of one app apart (1 per node) or even them out, but not count to more: give each a request that fits so often.')
  const [os, arch, variant] = (service.platform ?? '').split('/')
  if (service.platform !== undefined) {
    if (arch !== undefined && variant === undefined && isLabelValue(arch)) all.same('platform')
    else all.changed('platform', 'Nodes are chosen by their system and their processor, as far as it says them.')
  }
  return defined({
    nodeSelector: service.platform === undefined ? undefined : defined({ 'kubernetes.io/os': os !== '' && isLabelValue(os ?? ' ') ? os : undefined, 'kubernetes.io/arch': arch !== undefined && isLabelValue(arch) ? arch : undefined }) as Record<string, string>,
    affinity: defined({
      nodeAffinity: matchExpressions.length === 0 ? undefined : { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
      podAntiAffinity: most === 1 ? { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: HOSTNAME, labelSelector: { matchLabels: { [APP]: kubeName } } }] } : undefined,
    }),
    topologySpreadConstraints,
  })
}

/** A constraint of Swarm as one on the labels of nodes. */
function requirement(constraint: string, note: ServiceContext['note']): NodeSelectorRequirement[] {
  const m = /^\s*([^=!\s]+)\s*(==|!=)\s*(\S(?:.*\S)?)\s*$/.exec(constraint)
  const lost = (message: string): NodeSelectorRequirement[] => (note.lost([], message), [])
  if (m === null) return lost('It is no constraint that Docker understands: write node.labels.zone == east.')
  const [, subject = '', sign = '', value = ''] = m
  const operator = sign === '==' ? 'In' : 'NotIn'
  if (subject === 'node.role') {
    note.changed([], 'Managers are the nodes of the control plane here, and these often refuse other pods: check that any is left.')
    return [{ key: ROLE, operator: (value === 'manager') === (sign === '==') ? 'Exists' : 'DoesNotExist' }]
  }
  const key = subject === 'node.hostname' ? HOSTNAME : subject === 'node.platform.os' ? 'kubernetes.io/os' : subject === 'node.platform.arch' ? 'kubernetes.io/arch' : /^node\.labels\.(.+)$/.exec(subject)?.[1]
  if (key === undefined) return lost('Kubernetes knows nodes by their labels only: give the node a label, and ask for that.')
  if (!isQualifiedName(key) || !isLabelValue(value)) return lost('Kubernetes takes no such label: choose one of letters, digits, dots and dashes.')
  note.same()
  return [{ key, operator, values: [value] }]
}
