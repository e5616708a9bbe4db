import type { Node } from '../../../../common/kube/generated/core-v1.ts'
import { Nodes } from '../../../../common/kube/kinds.ts'
import { NODE_ROLE } from '../../../../common/kube/well-known.ts'
import { amounts, conditionStates, identity, info, number, stateKind } from './state-kind.ts'

/** Nodes. */
export const nodeState = stateKind<Node>({
  resource: Nodes,
  labels: ({ metadata: { name } }) => ({ node: name }),
  metrics: [
    info('kube_node_info', 'Information about a cluster node.', ({ spec, status }) => ({
      kernel_version: status?.nodeInfo?.kernelVersion, os_image: status?.nodeInfo?.osImage, container_runtime_version: status?.nodeInfo?.containerRuntimeVersion,
      kubelet_version: status?.nodeInfo?.kubeletVersion, kubeproxy_version: status?.nodeInfo?.kubeProxyVersion, provider_id: spec?.providerID, pod_cidr: spec?.podCIDR,
      system_uuid: status?.nodeInfo?.systemUUID, internal_ip: status?.addresses?.find((a) => a.type === 'InternalIP')?.address,
    })),
    ...identity('kube_node'),
    { name: 'kube_node_role', help: 'The role of a cluster node.', of: ({ metadata }) => Object.keys(metadata.labels ?? {}).filter((l) => l.startsWith(NODE_ROLE)).map((l) => [{ role: l.slice(NODE_ROLE.length) }, 1]) },
    number('kube_node_spec_unschedulable', 'Whether a node can schedule new pods.', ({ spec }) => spec?.unschedulable === true),
    { name: 'kube_node_spec_taint', help: 'The taint of a cluster node.', of: ({ spec }) => (spec?.taints ?? []).map(({ key, value = '', effect }) => [{ key, value, effect }, 1]) },
    { name: 'kube_node_status_condition', help: 'The condition of a cluster node.', of: ({ status }) => conditionStates(status?.conditions) },
    { name: 'kube_node_status_capacity', help: 'The total amount of resources available for a node.', of: ({ status }) => amounts(status?.capacity) },
    { name: 'kube_node_status_allocatable', help: 'The amount of resources allocatable for pods (after reserving some for system daemons).', of: ({ status }) => amounts(status?.allocatable) },
  ],
})
