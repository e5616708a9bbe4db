import { timestamp } from '../../../common/clock.ts'
import type { Node, NodeCondition, NodeStatus } from '../../../common/kube/generated/core-v1.ts'
import type { Draft } from '../../../common/kube/object.ts'
import { withCondition } from '../../../common/kube/conditions.ts'
import { MTU_ANNOTATION, NETWORKS_ANNOTATION, RESPONDING } from '../../../common/kube/node-conditions.ts'
import type { NodeImage, NodeInfo, PodNetwork } from '../container-runtime.ts'
import type { Answer } from './heartbeat.ts'
import type { NodePlace } from './node-agent.ts'
import { nodeImages } from './node-images.ts'

/** Where the network finds the pods' bridge on a node. */
const BRIDGE_ANNOTATION = 'toque.dev/bridge'
/** Upstream's default for a node's pods. */
const MAX_PODS = 110
const ARCHITECTURE: Record<string, string> = { x86_64: 'amd64', aarch64: 'arm64' }

/** Labels every node has. Pure. */
export function nodeLabels(name: string, info: NodeInfo): Record<string, string> {
  const arch = ARCHITECTURE[info.architecture] ?? info.architecture
  return {
    'kubernetes.io/hostname': name, 'kubernetes.io/os': info.operatingSystem, 'kubernetes.io/arch': arch,
    'beta.kubernetes.io/os': info.operatingSystem, 'beta.kubernetes.io/arch': arch,
  }
}

/** What the network of this and other nodes needs to know. Pure. */
export function nodeAnnotations(place: NodePlace, network: PodNetwork): Record<string, string> {
  return { [BRIDGE_ANNOTATION]: network.bridge, [NETWORKS_ANNOTATION]: place.networks.join(','), ...(place.mtu === undefined ? {} : { [MTU_ANNOTATION]: String(place.mtu) }) }
}

/** A node as it registers itself. Pure. */
export function nodeDraft(name: string, place: NodePlace, info: NodeInfo, network: PodNetwork): Draft<Node> {
  return {
    apiVersion: 'v1', kind: 'Node',
    metadata: { name, labels: { ...nodeLabels(name, info), ...place.labels }, annotations: nodeAnnotations(place, network) },
    spec: { podCIDR: network.cidr, podCIDRs: [network.cidr] },
  }
}

/** A node's status. `before` keeps the times of conditions that did not change. Pure. */
export function nodeStatus(before: NodeStatus, name: string, hostIP: string, info: NodeInfo, images: readonly NodeImage[], now: number): NodeStatus {
  const ours = { cpu: String(info.cpus), memory: `${String(Math.floor(info.memoryBytes / 1024))}Ki`, pods: String(MAX_PODS) }
  return {
    ...before,
    // Others' stay: disk and GPUs.
    capacity: { ...before.capacity, ...ours },
    allocatable: { ...before.allocatable, ...ours },
    ...nodeFacts(name, hostIP, info),
    conditions: readyCondition(before, { ready: true }, now),
    images: nodeImages(images),
  }
}

/** What of a node's status is so whoever writes it: where the server is and what runs there. Pure. */
export function nodeFacts(name: string, hostIP: string, info: NodeInfo): Pick<NodeStatus, 'addresses' | 'nodeInfo'> {
  return {
    addresses: [{ type: 'InternalIP', address: hostIP }, { type: 'Hostname', address: name }],
    nodeInfo: {
      architecture: ARCHITECTURE[info.architecture] ?? info.architecture, bootID: '', machineID: info.machineId, systemUUID: info.machineId,
      containerRuntimeVersion: `docker://${info.runtimeVersion}`, kernelVersion: info.kernelVersion, kubeletVersion: 'v1.32.0', kubeProxyVersion: 'v1.32.0',
      operatingSystem: info.operatingSystem, osImage: info.osImage,
    },
  }
}

/** A node's conditions with a new Ready, and a new heartbeat. Others' conditions stay. Pure. */
export function readyCondition(before: NodeStatus, state: { ready: true } | { ready: false; message: string }, now: number): NodeCondition[] {
  const status = state.ready ? 'True' : 'False'
  const old = before.conditions?.find((c) => c.type === 'Ready')
  const time = timestamp(now)
  const ready: NodeCondition = {
    type: 'Ready', status, lastHeartbeatTime: time,
    lastTransitionTime: old?.status === status ? old.lastTransitionTime ?? time : time,
    ...(state.ready ? { reason: 'DockerReady', message: 'Docker answers' } : { reason: 'DockerUnreachable', message: state.message }),
  }
  return [...(before.conditions ?? []).filter((c) => c.type !== 'Ready'), ready]
}

/** What is known of a server: that it answers and what runs on it, that it answers again, or nothing. */
export type Responding = Answer | 'seen'

/** A node's conditions with what is known of its server. Pure. */
export function respondingCondition(before: NodeStatus, state: Responding, now: number): NodeCondition[] {
  const says = state === 'seen'
    ? { status: 'True', reason: 'Answers', message: 'The server answers' }
    : state.heard ? { status: 'Unknown', reason: 'AnswersAgain', message: 'The server answers again; its containers are looked at before anything is sent to its pods.' }
    : { status: 'False', reason: 'Silent', message: `The server has not answered for ${(state.silentMs / 1000).toFixed(1)} s. Nothing is sent to its pods meanwhile.` }
  return withCondition<NodeCondition>(before.conditions ?? [], { type: RESPONDING, lastTransitionTime: timestamp(now), ...says })
}
