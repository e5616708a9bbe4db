import type { Term } from './affinity-terms.ts'
import { DomainCounts } from './domain-counts.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'
import { selects } from './pod-selection.ts'
import type { NamespaceLabels } from './pod-selection.ts'

/** What a required affinity of a pod that is there already adds for a pod that it wants near: upstream's hardPodAffinityWeight. */
const REQUIRED_WEIGHT = 1

/** One term of pods that are placed already, and how many of them are in each domain. */
export interface StandingTerm {
  readonly term: Term
  /** `refuses`: required anti-affinity. Else what each of the pods adds to a node's score. */
  readonly effect: 'refuses' | number
  readonly counts: DomainCounts
}

/**
 * What the pods that are placed say of the pods that come: they may refuse one, or wish it near or far. Pods of one app say the same, so there
 * are few different terms however many pods there are.
 */
export class StandingTerms {
  readonly #labelsOf: NamespaceLabels
  readonly #terms = new Map<string, StandingTerm & { pods: number }>()
  /** The terms that speak of just one namespace. */
  readonly #byNamespace = new Map<string, Set<StandingTerm>>()
  readonly #others = new Set<StandingTerm>()

  constructor(labelsOf: NamespaceLabels) {
    this.#labelsOf = labelsOf
  }

  /** Any term at all? */
  get isEmpty(): boolean {
    return this.#terms.size === 0
  }

  /** A pod came to a node, or left it. */
  change({ affinity }: PodInfo, node: string, by: 1 | -1): void {
    if (affinity === undefined) return
    for (const term of affinity.far) this.#change(term, 'refuses', node, by)
    for (const term of affinity.near) this.#change(term, REQUIRED_WEIGHT, node, by)
    for (const term of affinity.preferred) this.#change(term, term.weight, node, by)
  }

  /** The terms that speak of this pod. */
  about({ pod, namespace }: PodInfo, kind: 'refusals' | 'wishes', nodes: readonly NodeInfo[], version: number): StandingTerm[] {
    const found: StandingTerm[] = []
    for (const group of [this.#byNamespace.get(namespace), this.#others]) {
      for (const standing of group ?? []) {
        if ((standing.effect === 'refuses') !== (kind === 'refusals')) continue
        if (!selects(standing.term.selection, namespace, pod.metadata.labels, this.#labelsOf)) continue
        standing.counts.refresh(nodes, version)
        found.push(standing)
      }
    }
    return found
  }

  #change(term: Term, effect: StandingTerm['effect'], node: string, by: 1 | -1): void {
    const key = `${String(effect)} ${term.topologyKey} ${term.selection.key}`
    const known = this.#terms.get(key) ?? { term, effect, counts: new DomainCounts(term.topologyKey), pods: 0 }
    known.pods += by
    known.counts.change(node, by)
    if (known.pods === 0) {
      this.#terms.delete(key)
      return void this.#groupOf(term).delete(known)
    }
    this.#terms.set(key, known)
    this.#groupOf(term).add(known)
  }

  #groupOf({ selection: { namespaces, byLabels } }: Term): Set<StandingTerm> {
    const [namespace] = namespaces
    if (namespace === undefined || byLabels !== undefined || namespaces.size > 1) return this.#others
    const group = this.#byNamespace.get(namespace) ?? new Set()
    this.#byNamespace.set(namespace, group)
    return group
  }
}
