import type { Pod, PodAffinityTerm } from '../../common/kube/generated/core-v1.ts'
import { selectionOf } from './pod-selection.ts'
import type { PodSelection } from './pod-selection.ts'

/** One pod affinity or anti-affinity term, read once. */
export interface Term {
  readonly topologyKey: string
  readonly selection: PodSelection
}

/** A preferred term; the weight is negative where it is better to be far. */
export interface WeightedTerm extends Term {
  readonly weight: number
}

/** What a pod says of the pods near it. */
export interface AffinityTerms {
  readonly near: readonly Term[]
  readonly far: readonly Term[]
  readonly preferred: readonly WeightedTerm[]
}

/** Reads a pod's affinity to other pods; undefined when it has none. */
export function affinityTerms(pod: Pod): AffinityTerms | undefined {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {}
  if (podAffinity === undefined && podAntiAffinity === undefined) return undefined
  const own = pod.metadata.namespace ?? ''
  const read = (term: PodAffinityTerm): Term => ({ topologyKey: term.topologyKey, selection: selectionOf(term, own) })
  const weighted = (list: readonly { weight: number; podAffinityTerm: PodAffinityTerm }[] | undefined, sign: 1 | -1): WeightedTerm[] =>
    (list ?? []).map(({ weight, podAffinityTerm }) => ({ ...read(podAffinityTerm), weight: sign * weight }))
  return {
    near: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(read),
    far: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map(read),
    preferred: [...weighted(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1), ...weighted(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1)],
  }
}
