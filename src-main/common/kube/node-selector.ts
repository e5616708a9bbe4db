import type { Node, NodeSelectorRequirement, NodeSelectorTerm, Pod } from './generated/core-v1.ts'
import { matchesAll, matchesLabels } from './labels.ts'
import type { Requirement } from './labels.ts'

/** Does the node match a term? An empty term matches nothing. */
export function matchesNodeTerm(node: Node, term: NodeSelectorTerm): boolean {
  const { matchExpressions = [], matchFields = [] } = term
  if (matchExpressions.length + matchFields.length === 0) return false
  return matchesAll(node.metadata.labels, matchExpressions.map(requirement)) && matchesAll({ 'metadata.name': node.metadata.name }, matchFields.map(requirement))
}

/** Does the node meet what the pod demands of it: nodeSelector, and one term of the required node affinity? */
export function matchesNodeAffinity(pod: Pod, node: Node): boolean {
  if (!matchesLabels(node.metadata.labels, pod.spec.nodeSelector)) return false
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesNodeTerm(node, term))
}

function requirement({ key, operator, values = [] }: NodeSelectorRequirement): Requirement {
  return { key, operator: operator as Requirement['operator'], values }
}
