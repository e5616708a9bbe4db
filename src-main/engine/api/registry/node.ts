import type { Node } from '../../../common/kube/generated/core-v1.ts'
import { Nodes } from '../../../common/kube/kinds.ts'
import { NODE_ROLE } from '../../../common/kube/well-known.ts'
import { ageColumn, joined, nameColumn } from '../table/columns.ts'
import { qualifiedName } from '../validation/names.ts'
import { defineKind, proxySubresource } from './kind.ts'

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** Node: a server. Its agent writes the status. */
export const nodeKind = defineKind<Node>({
  resource: Nodes,
  shortNames: ['no'],
  hasStatus: true,
  createdWithStatus: true,
  subresources: [proxySubresource('NodeProxyOptions')],
  defaults(node) {
    // A node may be created without a spec.
    node.spec ??= {}
  },
  validate(node, errors) {
    node.spec?.taints?.forEach((taint, i) => {
      const at = `spec.taints[${String(i)}]`
      if (!taint.key) errors.required(`${at}.key`)
      else errors.check(`${at}.key`, taint.key, qualifiedName)
      errors.oneOf(`${at}.effect`, taint.effect, EFFECTS)
    })
  },
  validateUpdate(node, old, errors) {
    const was = old.spec?.podCIDR
    if (was && node.spec?.podCIDR !== was) errors.forbidden('spec.podCIDR', 'node updates may not change podCIDR except from "" to valid')
  },
  selectableFields: ['spec.unschedulable'],
  selectableField: (node) => String(node.spec?.unschedulable ?? false),
  columns: [
    nameColumn,
    { name: 'Status', type: 'string', description: 'The status of the node', cell: statusOf },
    { name: 'Roles', type: 'string', description: 'The roles of the node', cell: rolesOf },
    ageColumn,
    { name: 'Version', type: 'string', description: 'Kubelet Version reported by the node.', cell: (o) => o.status?.nodeInfo?.kubeletVersion ?? '' },
    { name: 'Internal-IP', type: 'string', priority: 1, cell: (o) => addressOf(o, 'InternalIP') },
    { name: 'External-IP', type: 'string', priority: 1, cell: (o) => addressOf(o, 'ExternalIP') },
    { name: 'OS-Image', type: 'string', priority: 1, cell: (o) => o.status?.nodeInfo?.osImage || '<unknown>' },
    { name: 'Kernel-Version', type: 'string', priority: 1, cell: (o) => o.status?.nodeInfo?.kernelVersion || '<unknown>' },
    { name: 'Container-Runtime', type: 'string', priority: 1, cell: (o) => o.status?.nodeInfo?.containerRuntimeVersion || '<unknown>' },
  ],
})

function statusOf(node: Node): string {
  const ready = node.status?.conditions?.find((c) => c.type === 'Ready')
  const word = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady'
  return node.spec?.unschedulable === true ? `${word},SchedulingDisabled` : word
}

function rolesOf(node: Node): string {
  const roles = Object.entries(node.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(NODE_ROLE)) return [key.slice(NODE_ROLE.length)]
    return key === 'kubernetes.io/role' ? [value] : []
  })
  return joined(roles.filter((role) => role !== '').sort())
}

function addressOf(node: Node, type: string): string {
  return node.status?.addresses?.find((a) => a.type === type)?.address ?? '<none>'
}
