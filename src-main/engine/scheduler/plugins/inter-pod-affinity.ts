import type { PodAffinityTerm } from '../../../common/kube/generated/core-v1.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import type { Labels } from '../../../common/kube/labels.ts'
import type { FilterPlugin, ScorePlugin } from '../framework.ts'
import type { NodeInfo } from '../node-info.ts'
import type { PodInfo } from '../pod-info.ts'

const AFFINITY = "node(s) didn't match pod affinity rules"
const ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
const EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"

interface Term {
  topologyKey: string
  /** Topology values with a matching pod. */
  domains: Set<string>
}

interface State {
  near: Term[]
  far: Term[]
  /** `key=value` of each domain that a pod already there wants for itself. */
  refused: Set<string>
  /** The first pod of a group that wants to be near its like: nobody is there yet, so anywhere will do. */
  first: boolean
}

/** Required pod affinity and anti-affinity; also of the pods already there, who may refuse this one. */
export const interPodAffinity: FilterPlugin<State> = {
  name: 'InterPodAffinity',
  wokenBy: ['node', 'pod-placed', 'pod-gone'],
  prepare(pod, nodes) {
    const near = pod.pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    const far = pod.pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
    const refused = refusedBy(pod, nodes)
    if (near.length + far.length + refused.size === 0) return undefined
    const terms = near.map((term) => domainsOf(term, pod, nodes))
    const first = terms.every((t) => t.domains.size === 0) && near.every((term) => selects(term, pod, pod.pod.metadata.labels, pod.pod.metadata.namespace))
    return { near: terms, far: far.map((term) => domainsOf(term, pod, nodes)), refused, first }
  },
  filter(_, { node }, { near, far, refused, first }) {
    const labels = node?.metadata.labels ?? {}
    const inDomain = ({ topologyKey, domains }: Term): boolean => domains.has(labels[topologyKey] ?? '')
    const ok = first ? near.every((t) => labels[t.topologyKey] !== undefined) : near.every(inDomain)
    if (!ok) return [AFFINITY]
    if (far.some(inDomain)) return [ANTI_AFFINITY]
    return refused.size > 0 && Object.entries(labels).some(([k, v]) => refused.has(`${k}=${v}`)) ? [EXISTING] : []
  },
}

/** Preferred pod affinity (adds its weight) and anti-affinity (takes it away) for each matching pod in a node's domain. */
export const preferredInterPodAffinity: ScorePlugin<{ topologyKey: string; weights: Map<string, number> }[]> = {
  name: 'InterPodAffinity',
  weight: 2,
  prepare(pod, _, all) {
    const { podAffinity, podAntiAffinity } = pod.pod.spec.affinity ?? {}
    const near = (podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((t) => ({ ...t, sign: 1 }))
    const far = (podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((t) => ({ ...t, sign: -1 }))
    const terms = [...near, ...far]
    if (terms.length === 0) return undefined
    return terms.map(({ podAffinityTerm: term, weight, sign }) => {
      const weights = new Map<string, number>()
      forEachMatch(term, pod, all, (domain) => weights.set(domain, (weights.get(domain) ?? 0) + sign * weight))
      return { topologyKey: term.topologyKey, weights }
    })
  },
  score: (_, { node }, terms) => terms.reduce((n, t) => n + (t.weights.get(node?.metadata.labels?.[t.topologyKey] ?? '') ?? 0), 0),
  normalize(scores) {
    const [lowest, highest] = [Math.min(...scores), Math.max(...scores)]
    return scores.map((s) => (highest === lowest ? 0 : (100 * (s - lowest)) / (highest - lowest)))
  },
}

function domainsOf(term: PodAffinityTerm, pod: PodInfo, nodes: readonly NodeInfo[]): Term {
  const domains = new Set<string>()
  forEachMatch(term, pod, nodes, (domain) => domains.add(domain))
  return { topologyKey: term.topologyKey, domains }
}

function forEachMatch(term: PodAffinityTerm, pod: PodInfo, nodes: readonly NodeInfo[], found: (domain: string) => void): void {
  for (const info of nodes) {
    const domain = info.node?.metadata.labels?.[term.topologyKey]
    if (domain === undefined) continue
    for (const { pod: other } of info.pods.values()) {
      if (other.metadata.deletionTimestamp === undefined && selects(term, pod, other.metadata.labels, other.metadata.namespace)) found(domain)
    }
  }
}

/** Does `owner`'s term select a pod with these labels in this namespace? */
function selects(term: PodAffinityTerm, owner: PodInfo, labels: Labels | undefined, namespace: string | undefined): boolean {
  const { namespaces = [], namespaceSelector, labelSelector } = term
  const own = owner.pod.metadata.namespace ?? ''
  // An empty namespaceSelector means all namespaces; one with conditions needs the namespaces' labels, which scheduling does not keep.
  const everywhere = namespaceSelector !== undefined && Object.keys(namespaceSelector).length === 0
  const inside = everywhere || (namespaces.length > 0 ? namespaces : [own]).includes(namespace ?? '')
  return inside && matchesSelector(labels, labelSelector)
}

function refusedBy(pod: PodInfo, nodes: readonly NodeInfo[]): Set<string> {
  const refused = new Set<string>()
  for (const info of nodes) {
    for (const other of info.refusing.values()) {
      for (const term of other.pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
        const domain = info.node?.metadata.labels?.[term.topologyKey]
        if (domain !== undefined && selects(term, other, pod.pod.metadata.labels, pod.pod.metadata.namespace)) refused.add(`${term.topologyKey}=${domain}`)
      }
    }
  }
  return refused
}
