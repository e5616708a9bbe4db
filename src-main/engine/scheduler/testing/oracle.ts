import type { Container, Namespace, Node, NodeSelectorRequirement, NodeSelectorTerm, Pod, PodAffinityTerm, Taint, Toleration, TopologySpreadConstraint } from '../../../common/kube/generated/core-v1.ts'

// What the documents of Kubernetes say of scheduling, written down once more in the plainest way: every question looks at everything. It shares nothing
// with the plugins, not even how a quantity or a selector is read.

/** The whole cluster: pods with a node are on it. */
export interface World {
  nodes: Node[]
  pods: Pod[]
  namespaces: Namespace[]
}

/** The names of the nodes on which the pod may run. */
export function feasible(pod: Pod, world: World): string[] {
  return world.nodes.filter((node) => canRun(pod, node, world)).map((n) => n.metadata.name).sort()
}

function canRun(pod: Pod, node: Node, world: World): boolean {
  const on = podsOn(node, world)
  const may = (taint: Taint): boolean => (pod.spec.tolerations ?? []).some((t) => accepts(t, taint))
  if (node.spec?.unschedulable === true && !may({ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' })) return false
  if (!isReady(node) && !may({ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' })) return false
  if ((node.spec?.taints ?? []).some((t) => t.effect !== 'PreferNoSchedule' && !may(t))) return false
  if (pod.spec.nodeName && pod.spec.nodeName !== node.metadata.name) return false
  if (!wantsNode(pod, node)) return false
  for (const mine of portsOf(pod)) for (const other of on) for (const theirs of portsOf(other)) if (collide(mine, theirs)) return false
  if (!hasRoom(pod, node, on)) return false
  return spreads(pod, node, world) && nearAndFar(pod, node, world)
}

// --- resources

/** 250m, 2, 512Mi, 3Gi as a number of thousandths. */
export function thousandths(text: string | undefined): number {
  if (text === undefined) return 0
  if (text.endsWith('m')) return Number(text.slice(0, -1))
  if (text.endsWith('Mi')) return Number(text.slice(0, -2)) * 1024 * 1024 * 1000
  if (text.endsWith('Gi')) return Number(text.slice(0, -2)) * 1024 * 1024 * 1024 * 1000
  return Number(text) * 1000
}

function need(pod: Pod, resource: string, otherwise = 0): number {
  const of = (c: Container): number => {
    const text = c.resources?.requests?.[resource] ?? c.resources?.limits?.[resource]
    return text === undefined ? otherwise : thousandths(text)
  }
  const inits = pod.spec.initContainers ?? []
  const isSidecar = (c: Container): boolean => c.restartPolicy === 'Always'
  // While running: the containers and all sidecars. While an init container runs: it, and the sidecars before it.
  let most = sum(pod.spec.containers.map(of)) + sum(inits.filter(isSidecar).map(of))
  inits.forEach((c, i) => {
    const before = sum(inits.slice(0, i).filter(isSidecar).map(of))
    most = Math.max(most, before + of(c))
  })
  return most + thousandths(pod.spec.overhead?.[resource])
}

function hasRoom(pod: Pod, node: Node, on: Pod[]): boolean {
  const has = node.status?.allocatable ?? {}
  if (on.length + 1 > Number(has['pods'] ?? 110)) return false
  for (const resource of ['cpu', 'memory', 'ephemeral-storage', 'nvidia.com/gpu', 'example.com/dongle']) {
    const wanted = need(pod, resource)
    if (wanted > 0 && sum(on.map((p) => need(p, resource))) + wanted > thousandths(has[resource])) return false
  }
  return true
}

interface Port { ip: string; protocol: string; port: number }
function portsOf(pod: Pod): Port[] {
  return pod.spec.containers.flatMap((c) => (c.ports ?? []).filter((p) => p.hostPort).map((p) => ({ ip: p.hostIP ?? '', protocol: p.protocol ?? 'TCP', port: p.hostPort ?? 0 })))
}
function collide(a: Port, b: Port): boolean {
  const every = (ip: string): boolean => ip === '' || ip === '0.0.0.0'
  return a.port === b.port && a.protocol === b.protocol && (every(a.ip) || every(b.ip) || a.ip === b.ip)
}

// --- taints, labels, selectors

function accepts(t: Toleration, taint: Taint): boolean {
  const key = t.key ?? ''
  if (t.effect !== undefined && t.effect !== '' && t.effect !== taint.effect) return false
  if (key === '') return t.operator === 'Exists'
  if (key !== taint.key) return false
  return t.operator === 'Exists' || (t.value ?? '') === (taint.value ?? '')
}

function holds(labels: Record<string, string>, { key, operator, values = [] }: NodeSelectorRequirement): boolean {
  const has = Object.keys(labels).includes(key)
  const value = labels[key] ?? ''
  if (operator === 'In') return has && values.includes(value)
  if (operator === 'NotIn') return !(has && values.includes(value))
  if (operator === 'Exists') return has
  if (operator === 'DoesNotExist') return !has
  const whole = (text: string): boolean => text !== '' && !text.includes('.') && Number.isInteger(Number(text))
  if (!has || !whole(value) || !whole(values[0] ?? '')) return false
  return operator === 'Gt' ? Number(value) > Number(values[0]) : Number(value) < Number(values[0])
}

function selected(labels: Record<string, string> | undefined, selector: { matchLabels?: Record<string, string>; matchExpressions?: NodeSelectorRequirement[] } | undefined): boolean {
  if (selector === undefined) return false
  const own = labels ?? {}
  return Object.entries(selector.matchLabels ?? {}).every(([k, v]) => own[k] === v) && (selector.matchExpressions ?? []).every((r) => holds(own, r))
}

function termHolds(node: Node, term: NodeSelectorTerm): boolean {
  const expressions = term.matchExpressions ?? []
  const fields = term.matchFields ?? []
  if (expressions.length === 0 && fields.length === 0) return false
  return expressions.every((r) => holds(node.metadata.labels ?? {}, r)) && fields.every((r) => holds({ 'metadata.name': node.metadata.name }, r))
}

function wantsNode(pod: Pod, node: Node): boolean {
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  return Object.entries(pod.spec.nodeSelector ?? {}).every(([k, v]) => node.metadata.labels?.[k] === v)
    && (required === undefined || required.nodeSelectorTerms.some((t) => termHolds(node, t)))
}

// --- topology spread

function constraintsOf(pod: Pod, mode: string): TopologySpreadConstraint[] {
  return (pod.spec.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable === mode)
}

function countedBy(constraint: TopologySpreadConstraint, pod: Pod, other: Pod): boolean {
  if (other.metadata.namespace !== pod.metadata.namespace || !selected(other.metadata.labels, constraint.labelSelector)) return false
  return (constraint.matchLabelKeys ?? []).every((key) => pod.metadata.labels?.[key] === undefined || other.metadata.labels?.[key] === pod.metadata.labels[key])
}

/** Is what runs on the node counted for a constraint? */
function nodeCounts(constraint: TopologySpreadConstraint, all: TopologySpreadConstraint[], pod: Pod, node: Node): boolean {
  if (all.some((c) => node.metadata.labels?.[c.topologyKey] === undefined)) return false
  if (constraint.nodeAffinityPolicy !== 'Ignore' && !wantsNode(pod, node)) return false
  const barred = (node.spec?.taints ?? []).some((t) => t.effect !== 'PreferNoSchedule' && !(pod.spec.tolerations ?? []).some((tol) => accepts(tol, t)))
  return !(constraint.nodeTaintsPolicy === 'Honor' && barred)
}

function spreads(pod: Pod, node: Node, world: World): boolean {
  const all = constraintsOf(pod, 'DoNotSchedule')
  for (const constraint of all) {
    const key = constraint.topologyKey
    const here = node.metadata.labels?.[key]
    if (here === undefined) return false
    const counting = world.nodes.filter((n) => nodeCounts(constraint, all, pod, n))
    const domains = [...new Set(counting.map((n) => n.metadata.labels?.[key] ?? ''))]
    const inDomain = (domain: string): number => sum(counting.filter((n) => n.metadata.labels?.[key] === domain)
      .map((n) => podsOn(n, world).filter((p) => p.metadata.deletionTimestamp === undefined && countedBy(constraint, pod, p)).length))
    const fewest = domains.length === 0 || domains.length < (constraint.minDomains ?? 1) ? 0 : Math.min(...domains.map(inDomain))
    const self = countedBy(constraint, pod, pod) ? 1 : 0
    if (inDomain(here) + self - fewest > constraint.maxSkew) return false
  }
  return true
}

// --- pods near pods

function speaksOf(term: PodAffinityTerm, owner: Pod, other: Pod, world: World): boolean {
  const ns = other.metadata.namespace ?? ''
  const byLabels = term.namespaceSelector !== undefined && selected(world.namespaces.find((n) => n.metadata.name === ns)?.metadata.labels, term.namespaceSelector)
  const named = (term.namespaces ?? []).length > 0 ? (term.namespaces ?? []).includes(ns) : term.namespaceSelector === undefined && ns === owner.metadata.namespace
  return (byLabels || named) && selected(other.metadata.labels, term.labelSelector)
}

/** Are the two nodes in one domain? */
function together(a: Node, b: Node, key: string): boolean {
  return a.metadata.labels?.[key] !== undefined && a.metadata.labels[key] === b.metadata.labels?.[key]
}

function nearAndFar(pod: Pod, node: Node, world: World): boolean {
  const placed = world.nodes.flatMap((at) => podsOn(at, world).map((other) => ({ other, at })))
  const near = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  const far = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []
  if (near.some((t) => node.metadata.labels?.[t.topologyKey] === undefined)) return false
  const like = placed.filter(({ other }) => near.every((t) => speaksOf(t, pod, other, world)))
  const alone = near.every((t) => like.every(({ at }) => at.metadata.labels?.[t.topologyKey] === undefined))
  const first = alone && near.every((t) => speaksOf(t, pod, pod, world))
  if (!first && near.some((t) => !like.some(({ at }) => together(at, node, t.topologyKey)))) return false
  if (far.some((t) => placed.some(({ other, at }) => together(at, node, t.topologyKey) && speaksOf(t, pod, other, world)))) return false
  return !placed.some(({ other, at }) => (other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [])
    .some((t) => together(at, node, t.topologyKey) && speaksOf(t, other, pod, world)))
}

// --- scores

/** Each feasible node's score, by name. */
export function scores(pod: Pod, names: string[], world: World): Map<string, number> {
  const nodes = world.nodes.filter((n) => names.includes(n.metadata.name))
  const parts: [number, number[]][] = [
    [3, upTo100(nodes.map((n) => (n.spec?.taints ?? []).filter((t) => t.effect === 'PreferNoSchedule' && !(pod.spec.tolerations ?? []).some((tol) => accepts(tol, t))).length), true)],
    [2, upTo100(nodes.map((n) => sum((pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((p) => (termHolds(n, p.preference) ? p.weight : 0)))))],
    [2, spreadScores(pod, nodes, world)], [2, wishScores(pod, nodes, world)], [2, siblingScores(pod, nodes, world)],
    [1, nodes.map((n) => freeScore(pod, n, world))], [1, nodes.map((n) => balanceScore(pod, n, world))],
  ]
  return new Map(nodes.map((n, i) => [n.metadata.name, sum(parts.map(([weight, list]) => weight * (list[i] ?? 0)))]))
}

function upTo100(list: number[], fewerIsBetter = false): number[] {
  const top = Math.max(0, ...list)
  return list.map((n) => {
    const part = top === 0 ? 0 : Math.floor((100 * n) / top)
    return fewerIsBetter ? 100 - part : part
  })
}

function spreadScores(pod: Pod, nodes: Node[], world: World): number[] {
  const all = constraintsOf(pod, 'ScheduleAnyway')
  if (all.length === 0) return nodes.map(() => 0)
  const labelled = nodes.filter((n) => all.every((c) => n.metadata.labels?.[c.topologyKey] !== undefined))
  const raw = nodes.map((node) => {
    if (!labelled.includes(node)) return undefined
    return Math.round(sum(all.map((constraint) => {
      const key = constraint.topologyKey
      const perHost = key === 'kubernetes.io/hostname'
      const size = perHost ? labelled.length : new Set(labelled.map((n) => n.metadata.labels?.[key])).size
      const counting = perHost ? [node] : world.nodes.filter((n) => together(n, node, key) && nodeCounts(constraint, all, pod, n))
      const n = sum(counting.map((at) => podsOn(at, world).filter((p) => p.metadata.deletionTimestamp === undefined && countedBy(constraint, pod, p)).length))
      return n * Math.log(size + 2) + constraint.maxSkew - 1
    })))
  })
  const known = raw.filter((n) => n !== undefined)
  const [most, least] = [Math.max(0, ...known), Math.min(...known)]
  return raw.map((n) => (n === undefined ? 0 : most === 0 ? 100 : Math.floor((100 * (most + least - n)) / most)))
}

function wishScores(pod: Pod, nodes: Node[], world: World): number[] {
  const wishes = (p: Pod): { term: PodAffinityTerm; weight: number }[] => [
    ...(p.spec.affinity?.podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((w) => ({ term: w.podAffinityTerm, weight: w.weight })),
    ...(p.spec.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((w) => ({ term: w.podAffinityTerm, weight: -w.weight })),
  ]
  const raw = nodes.map((node) => {
    let total = 0
    for (const at of world.nodes) {
      for (const other of podsOn(at, world)) {
        for (const { term, weight } of wishes(pod)) if (together(at, node, term.topologyKey) && speaksOf(term, pod, other, world)) total += weight
        for (const { term, weight } of wishes(other)) if (together(at, node, term.topologyKey) && speaksOf(term, other, pod, world)) total += weight
        // What an existing pod requires to be near counts as one wish of it.
        for (const term of other.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
          if (together(at, node, term.topologyKey) && speaksOf(term, other, pod, world)) total += 1
        }
      }
    }
    return total
  })
  const [most, least] = [Math.max(...raw), Math.min(...raw)]
  return raw.map((n) => (most === least ? 0 : Math.floor((100 * (n - least)) / (most - least))))
}

/** Our own: replicas of one owner apart, where the pod says nothing of spreading. */
function siblingScores(pod: Pod, nodes: Node[], world: World): number[] {
  const owner = pod.metadata.ownerReferences?.find((o) => o.controller)?.uid
  if (owner === undefined || (pod.spec.topologySpreadConstraints ?? []).length > 0) return nodes.map(() => 0)
  return upTo100(nodes.map((n) => podsOn(n, world).filter((p) => p.metadata.ownerReferences?.some((o) => o.controller && o.uid === owner)).length), true)
}

function freeScore(pod: Pod, node: Node, world: World): number {
  const guess: Record<string, number> = { cpu: 100, memory: 200 * 1024 * 1024 * 1000 }
  const parts = ['cpu', 'memory'].flatMap((resource) => {
    const has = thousandths(node.status?.allocatable?.[resource])
    const used = sum([...podsOn(node, world), pod].map((p) => need(p, resource, guess[resource])))
    return has === 0 ? [] : [used > has ? 0 : Math.floor(((has - used) * 100) / has)]
  })
  return parts.length === 0 ? 0 : Math.floor(sum(parts) / parts.length)
}

function balanceScore(pod: Pod, node: Node, world: World): number {
  if (need(pod, 'cpu') + need(pod, 'memory') === 0) return 0
  const parts = ['cpu', 'memory'].flatMap((resource) => {
    const has = thousandths(node.status?.allocatable?.[resource])
    return has === 0 ? [] : [Math.min(1, sum([...podsOn(node, world), pod].map((p) => need(p, resource))) / has)]
  })
  return parts.length < 2 ? 100 : Math.floor((1 - Math.abs(((parts[0] ?? 0) - (parts[1] ?? 0)) / 2)) * 100)
}

// --- the world

function podsOn(node: Node, world: World): Pod[] {
  return world.pods.filter((p) => p.spec.nodeName === node.metadata.name && p.status?.phase !== 'Succeeded' && p.status?.phase !== 'Failed')
}

function isReady(node: Node): boolean {
  return (node.status?.conditions ?? []).some((c) => c.type === 'Ready' && c.status === 'True')
}

function sum(list: number[]): number {
  return list.reduce((a, b) => a + b, 0)
}
