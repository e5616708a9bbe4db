import type { DaemonSet, Deployment, StatefulSet } from '../../common/kube/generated/apps-v1.ts'
import type { Job } from '../../common/kube/generated/batch-v1.ts'
import type { Node, Pod, PodTemplateSpec } from '../../common/kube/generated/core-v1.ts'
import type { Draft, Frozen, KubeObject } from '../../common/kube/object.ts'

/** How many pods a workload makes, and what each is like. */
export interface PodShape {
  readonly template: PodTemplateSpec
  /** The names that its pods have (StatefulSet), or begin with. */
  readonly names: readonly string[]
  /** One on each of these nodes. */
  readonly nodes?: readonly string[]
}

/** Daemons run on nodes that are not ready for others. */
const DAEMON_TOLERATIONS = ['not-ready', 'unreachable', 'disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((name) => ({
  key: `node.kubernetes.io/${name}`, operator: 'Exists', effect: name === 'not-ready' || name === 'unreachable' ? 'NoExecute' : 'NoSchedule',
}))

/** The pods that an object leads to; undefined for a kind that makes none at once. */
export function podShape(object: Readonly<KubeObject>, nodes: readonly Frozen<Node>[]): PodShape | undefined {
  const { name } = object.metadata
  const numbered = (n: number): string[] => Array.from({ length: n }, (_, i) => `${name}-${String(i)}`)
  switch (object.kind) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'ReplicationController':
    case 'StatefulSet': {
      const { replicas = 1, template } = (object as Deployment | StatefulSet).spec
      return { template, names: numbered(replicas) }
    }
    case 'Job': {
      const { parallelism = 1, completions, suspend, template } = (object as Job).spec ?? {}
      return template === undefined ? undefined : { template, names: suspend === true ? [] : numbered(Math.min(parallelism, completions ?? parallelism)) }
    }
    case 'DaemonSet': return { template: (object as DaemonSet).spec.template, names: nodes.map((n) => `${name}-${n.metadata.name}`), nodes: nodes.map((n) => n.metadata.name) }
    default: return undefined
  }
}

/** One pod of a workload, as its controller would send it. */
export function podDraft(object: Readonly<KubeObject>, { template, nodes }: PodShape, name: string, index: number): Draft<Pod> {
  const { apiVersion, kind, metadata: { name: ownerName, namespace = 'default', uid } } = object
  const node = nodes?.[index]
  const spec = structuredClone(template.spec) ?? { containers: [] }
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace, labels: { ...template.metadata?.labels }, annotations: { ...template.metadata?.annotations },
      ownerReferences: [{ apiVersion, kind, name: ownerName, uid: uid || `planned-${kind}-${ownerName}`, controller: true }],
    },
    spec: node === undefined ? spec : { ...spec, affinity: { ...spec.affinity, nodeAffinity: pinned(spec.affinity?.nodeAffinity, node) }, tolerations: [...(spec.tolerations ?? []), ...DAEMON_TOLERATIONS] },
  }
}

type NodeAffinity = NonNullable<NonNullable<Pod['spec']['affinity']>['nodeAffinity']>

/** Only that node, if the template's own terms allow it. */
function pinned(affinity: NodeAffinity | undefined, node: string): NodeAffinity {
  const here = { key: 'metadata.name', operator: 'In', values: [node] }
  const terms = affinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [{}]
  return { ...affinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms.map((t) => ({ ...t, matchFields: [...(t.matchFields ?? []), here] })) } }
}
