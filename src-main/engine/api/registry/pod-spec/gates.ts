import type { NodeSelectorTerm, Pod, PodSpec } from '../../../../common/kube/generated/core-v1.ts'
import { timestamp } from '../../../../common/clock.ts'
import { same } from '../../rest/same.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'

/** A new pod with gates says so from the start. `now`: milliseconds since the epoch. */
export function gatedCondition(pod: Pod, now: number): Pod['status'] {
  if ((pod.spec.schedulingGates ?? []).length === 0) return {}
  const message = 'Scheduling is blocked due to non-empty scheduling gates'
  return { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message, lastTransitionTime: timestamp(now) }] }
}

/** Gates may only be taken away; as long as there are some, where the pod may run may be narrowed. */
export function validateGatedUpdate(pod: PodSpec, old: PodSpec, errors: FieldErrors): void {
  const known = new Set((old.schedulingGates ?? []).map((g) => g.name))
  pod.schedulingGates?.forEach(({ name }, i) => {
    if (!known.has(name)) errors.forbidden(`spec.schedulingGates[${String(i)}]`, `only deletion is allowed, but found new scheduling gate '${name}'`)
  })
  if (known.size === 0) return
  if (Object.entries(old.nodeSelector ?? {}).some(([k, v]) => pod.nodeSelector?.[k] !== v)) errors.invalid('spec.nodeSelector', pod.nodeSelector, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)')
  const was = old.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  if (was === undefined) return
  const terms = pod.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? []
  const path = 'spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms'
  if (terms.length !== was.length) return errors.invalid(path, terms, 'no additions/deletions to non-empty NodeSelectorTerms list are allowed')
  terms.forEach((term, i) => {
    if (!contains(term, was[i] ?? {})) errors.invalid(`${path}[${String(i)}]`, term, 'only additions are allowed (no mutations or deletions)')
  })
}

/** A gated pod's spec without what may still be narrowed, to compare the rest. */
export function withoutNarrowable<T extends Pick<PodSpec, 'schedulingGates' | 'nodeSelector' | 'affinity'>>({ schedulingGates: _g, nodeSelector, affinity, ...rest }: T, gated: boolean): unknown {
  if (!gated) return { ...rest, nodeSelector, affinity }
  const { nodeAffinity: _narrowed, ...others } = affinity ?? {}
  return { ...rest, affinity: Object.keys(others).length === 0 ? undefined : others }
}

function contains(term: NodeSelectorTerm, old: NodeSelectorTerm): boolean {
  return (['matchExpressions', 'matchFields'] as const).every((field) => (old[field] ?? []).every((r, i) => same(term[field]?.[i], r)))
}
