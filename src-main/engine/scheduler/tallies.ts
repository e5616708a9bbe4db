import { DomainCounts } from './domain-counts.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'
import { selects } from './pod-selection.ts'
import type { NamespaceLabels, PodSelection } from './pod-selection.ts'

/** As many questions as are kept answered; the one that was not asked for longest is forgotten. */
const KEPT = 512

/** Which pods to count, by which domains. */
export interface TallyQuery {
  readonly topologyKey: string
  /** A pod counts when all of these select it. */
  readonly selections: readonly PodSelection[]
  /** Pods that are being deleted count too. */
  readonly terminating: boolean
  /** What is on which nodes counts; `key` names the rule. Absent: all. */
  readonly where?: { readonly key: string; counts(node: NodeInfo): boolean }
}

interface Tally {
  readonly query: TallyQuery
  readonly counts: DomainCounts
}

/** Counts of pods by domain that pods' constraints ask for, each worked out when it is first asked for and kept up to date from then on. */
export class Tallies {
  readonly #labelsOf: NamespaceLabels
  readonly #tallies = new Map<string, Tally>()
  /** Those that speak of one namespace only, which are nearly all. */
  readonly #byNamespace = new Map<string, Set<Tally>>()
  readonly #others = new Set<Tally>()

  constructor(labelsOf: NamespaceLabels) {
    this.#labelsOf = labelsOf
  }

  /** The answer to a query; `nodes` with their pods, and `version` as DomainCounts.refresh takes it. */
  get(query: TallyQuery, nodes: readonly NodeInfo[], version: number): DomainCounts {
    const key = JSON.stringify([query.topologyKey, query.terminating, query.where?.key, query.selections.map((s) => s.key)])
    const known = this.#tallies.get(key)
    if (known !== undefined) {
      this.#tallies.delete(key)
      this.#tallies.set(key, known)
      return known.counts.refresh(nodes, version)
    }
    const tally: Tally = { query, counts: new DomainCounts(query.topologyKey, query.where?.counts) }
    for (const node of nodes) {
      let n = 0
      for (const pod of node.pods.values()) if (this.#counts(query, pod)) n++
      if (n > 0) tally.counts.change(node.name, n)
    }
    this.#tallies.set(key, tally)
    this.#groupOf(query).add(tally)
    if (this.#tallies.size > KEPT) this.#forgetOldest()
    return tally.counts.refresh(nodes, version)
  }

  /** A pod came to a node, or left it. */
  change(pod: PodInfo, node: string, by: 1 | -1): void {
    for (const group of [this.#byNamespace.get(pod.namespace), this.#others]) {
      if (group === undefined) continue
      for (const { query, counts } of group) if (this.#counts(query, pod)) counts.change(node, by)
    }
  }

  /** A namespace's labels changed, or a node came that was not counted: whatever depended on them is asked anew. */
  forget(which: 'all' | 'by-namespace-labels'): void {
    if (which === 'by-namespace-labels' && this.#others.size === 0) return
    for (const [key, tally] of this.#tallies) {
      if (which === 'all' || this.#others.has(tally)) this.#drop(key, tally)
    }
  }

  #counts({ selections, terminating }: TallyQuery, { pod, namespace }: PodInfo): boolean {
    if (!terminating && pod.metadata.deletionTimestamp !== undefined) return false
    return selections.every((s) => selects(s, namespace, pod.metadata.labels, this.#labelsOf))
  }

  #groupOf({ selections }: TallyQuery): Set<Tally> {
    const [first] = selections
    const [namespace] = first?.namespaces ?? []
    if (namespace === undefined || first === undefined || first.namespaces.size > 1 || selections.some((s) => s.byLabels !== undefined)) return this.#others
    const group = this.#byNamespace.get(namespace) ?? new Set()
    this.#byNamespace.set(namespace, group)
    return group
  }

  #forgetOldest(): void {
    for (const [key, tally] of this.#tallies) return this.#drop(key, tally)
  }

  #drop(key: string, tally: Tally): void {
    this.#tallies.delete(key)
    const group = this.#groupOf(tally.query)
    group.delete(tally)
    if (group.size === 0 && group !== this.#others) for (const ns of tally.query.selections[0]?.namespaces ?? []) this.#byNamespace.delete(ns)
  }
}
