import type { Node, NodeSpec, Pod, PodSpec } from '../../../common/kube/generated/core-v1.ts'
import type { OwnerReference } from '../../../common/kube/generated/meta-v1.ts'
import { SchedulerCache } from '../cache.ts'
import { NodeInfo } from '../node-info.ts'
import { podInfo } from '../pod-info.ts'

const AT = '2026-01-01T00:00:00Z'

/** A Ready node, unless said otherwise. */
export function node(name: string, o: { cpu?: string; memory?: string; pods?: string; labels?: Record<string, string>; spec?: NodeSpec; ready?: boolean } = {}): Node {
  return {
    apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: AT, labels: { 'kubernetes.io/hostname': name, ...o.labels } }, spec: o.spec ?? {},
    status: {
      allocatable: { cpu: o.cpu ?? '4', memory: o.memory ?? '8Gi', pods: o.pods ?? '110' },
      conditions: [{ type: 'Ready', status: o.ready === false ? 'False' : 'True' }],
    },
  }
}

/** A pod that requests `cpu`. */
export function pod(name: string, o: { cpu?: string; labels?: Record<string, string>; owner?: string; spec?: Partial<PodSpec> } = {}): Pod {
  const resources = o.cpu === undefined ? {} : { resources: { requests: { cpu: o.cpu } } }
  const owner: OwnerReference[] = o.owner === undefined ? [] : [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: o.owner, uid: o.owner, controller: true }]
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name, namespace: 'ns', uid: name, resourceVersion: '1', creationTimestamp: AT, labels: o.labels ?? {}, ownerReferences: owner },
    spec: { containers: [{ name: 'c', image: 'nginx', ...resources }], ...o.spec },
  }
}

/** A node with pods on it. */
export function nodeInfo(of: Node, ...pods: Pod[]): NodeInfo {
  const info = new NodeInfo(of.metadata.name)
  info.node = of
  for (const p of pods) info.add(podInfo(p))
  return info
}

/** A cache with these nodes and what is on them. */
export function cacheOf(...nodes: NodeInfo[]): SchedulerCache {
  const cache = new SchedulerCache()
  for (const info of nodes) {
    if (info.node !== undefined) cache.setNode(info.node)
    for (const on of info.pods.values()) cache.assume(on, info.name)
  }
  return cache
}
