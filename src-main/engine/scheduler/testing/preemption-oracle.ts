import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { PodDisruptionBudget } from '../../../common/kube/generated/policy-v1.ts'
import { feasible } from './oracle.ts'
import type { World } from './oracle.ts'

/** What the documents call the least harm, and on how many nodes room could be made. */
export interface Harm {
  node: string
  victims: string[]
  violations: number
  choices: number
}

/** Tries every set of pods of lower priority on every node. */
export function bestPreemption(pod: Pod, world: World, budgets: PodDisruptionBudget[]): Harm | undefined {
  const found = world.nodes.flatMap((node) => {
    const best = bestOn(node.metadata.name, pod, world, budgets)
    return best === undefined ? [] : [{ node: node.metadata.name, ...best }]
  })
  const priorities = (v: Pod[]): number[] => v.map(priorityOf)
  const keys = [
    (h: Found): number => h.violations, (h: Found): number => Math.max(...priorities(h.victims)), (h: Found): number => priorities(h.victims).reduce((a, b) => a + b + 2147483648, 0),
    (h: Found): number => h.victims.length, (h: Found): number => -Math.min(...h.victims.filter((v) => priorityOf(v) === Math.max(...priorities(h.victims))).map(startOf)),
  ]
  let left: Found[] = found
  for (const key of keys) left = left.filter((h) => key(h) === Math.min(...left.map(key)))
  // Of equals the first by name.
  const [first] = left.sort((a, b) => (a.node < b.node ? -1 : 1))
  return first && { node: first.node, victims: first.victims.map((v) => v.metadata.name).sort(), violations: first.violations, choices: found.length }
}

interface Found {
  node: string
  victims: Pod[]
  violations: number
}

function bestOn(name: string, pod: Pod, world: World, budgets: PodDisruptionBudget[]): Omit<Found, 'node'> | undefined {
  const lower = world.pods.filter((p) => p.spec.nodeName === name && priorityOf(p) < priorityOf(pod))
    .sort((a, b) => priorityOf(b) - priorityOf(a) || startOf(a) - startOf(b) || (a.metadata.uid < b.metadata.uid ? -1 : 1))
  const kept = new Set(keptByBudgets(lower, budgets))
  // Those whom a budget keeps are spared first, then the more important.
  const order = [...lower.filter((p) => kept.has(p)), ...lower.filter((p) => !kept.has(p))]
  let best: { spared: string; victims: Pod[] } | undefined
  for (let set = 0; set < 2 ** order.length; set++) {
    const victims = order.filter((_, i) => (set & (1 << i)) !== 0)
    const left: World = { ...world, pods: world.pods.filter((p) => !victims.includes(p)) }
    if (!feasible(pod, left).includes(name)) continue
    const spared = order.map((p) => (victims.includes(p) ? '0' : '1')).join('')
    if (best === undefined || spared > best.spared) best = { spared, victims }
  }
  return best === undefined || best.victims.length === 0 ? undefined : { victims: best.victims, violations: best.victims.filter((v) => kept.has(v)).length }
}

function keptByBudgets(pods: Pod[], budgets: PodDisruptionBudget[]): Pod[] {
  const allowed = budgets.map((b) => b.status?.disruptionsAllowed ?? 0)
  return pods.filter((pod) => {
    let kept = false
    budgets.forEach((b, i) => {
      const wanted = Object.entries(b.spec?.selector?.matchLabels ?? {})
      if (b.metadata.namespace !== pod.metadata.namespace || !wanted.every(([k, v]) => pod.metadata.labels?.[k] === v)) return
      const left = (allowed[i] ?? 0) - 1
      allowed[i] = left
      if (left < 0) kept = true
    })
    return kept
  })
}

function priorityOf(pod: Pod): number {
  return pod.spec.priority ?? 0
}

function startOf(pod: Pod): number {
  return Date.parse(pod.status?.startTime ?? '')
}
