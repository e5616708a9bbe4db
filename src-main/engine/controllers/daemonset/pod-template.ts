import type { DaemonSet } from '../../../common/kube/generated/apps-v1.ts'
import type { NodeSelectorRequirement, Pod } from '../../../common/kube/generated/core-v1.ts'
import { DaemonSets } from '../../../common/kube/kinds.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import { REVISION_HASH } from '../../../common/kube/well-known.ts'
import { daemonTolerations } from '../../../common/kube/daemon-fit.ts'

const NAME = 'metadata.name'

/** The daemon of a node: an ordinary pod that the scheduler may bind to that node only. `hash`: of its revision. */
export function daemonFor(set: Frozen<DaemonSet>, node: string, hash: string): Draft<Pod> {
  const { template } = set.spec
  const { labels, annotations, finalizers } = template.metadata ?? {}
  const spec = structuredClone(template.spec) ?? { containers: [] }
  const here: NodeSelectorRequirement[] = [{ key: NAME, operator: 'In', values: [node] }]
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [{}]
  spec.affinity = {
    ...spec.affinity,
    nodeAffinity: { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms.map((term) => ({ ...term, matchFields: here })) } },
  }
  spec.tolerations = daemonTolerations(set)
  return {
    apiVersion: 'v1', kind: 'Pod', spec,
    metadata: {
      generateName: `${set.metadata.name}-`, namespace: set.metadata.namespace ?? '', labels: { ...labels, [REVISION_HASH]: hash },
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }), ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
      ownerReferences: [controllerReference(DaemonSets, set)],
    },
  }
}

/** The node that a daemon is on, or is made for; undefined where neither is said. */
export function nodeOf(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName
  const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  return terms.flatMap((term) => term.matchFields ?? []).find((f) => f.key === NAME && f.operator === 'In' && f.values?.length === 1)?.values?.[0]
}
