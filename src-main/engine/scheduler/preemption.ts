import type { PodDisruptionBudget } from '../../common/kube/generated/policy-v1.ts'
import { byBudgets } from './disruption-budgets.ts'
import { checker } from './framework.ts'
import type { FilterPlugin, No } from './framework.ts'
import type { PodInfo } from './pod-info.ts'
import type { Workbench } from './snapshot.ts'

/** A pod fits on this node when these others are gone. */
export interface Preemption {
  readonly node: string
  /** The most important first. */
  readonly victims: readonly PodInfo[]
  /** How many of them their disruption budgets would keep. */
  readonly violations: number
}

/** Where room can be made, or why on no node. */
export type PreemptionVerdict = { readonly found: Preemption } | { readonly found: undefined; /** By node. */ readonly reasons: ReadonlyMap<string, readonly string[]> }

const NOT_HELPFUL = 'Preemption is not helpful for scheduling'
const NO_VICTIMS = 'No preemption victims found for incoming pod'
/** As upstream: so many candidates are enough to choose from. */
const ENOUGH = 100
const ENOUGH_PERCENT = 10
/** Added to each priority of a sum, so that a negative one is no gain. */
const ABOVE_ALL_NEGATIVE = 2 ** 31

/**
 * Finds the node where making room for a pod does the least harm, among those that said no for reasons that pods on them are part of (`noes`). Only
 * pods of a lower priority go. The fewest pods that a disruption budget keeps, then the lowest of the highest priorities, the smallest sum of
 * priorities, the fewest pods, and those that started last. `start`: where in the list to begin, in a big cluster.
 */
export function findPreemption(pod: PodInfo, bench: Workbench, filters: readonly FilterPlugin[], noes: ReadonlyMap<string, No>, budgets: readonly PodDisruptionBudget[], start = 0): PreemptionVerdict {
  const reasons = new Map<string, readonly string[]>()
  const candidates: Preemption[] = []
  const possible: string[] = []
  for (const [name, no] of noes) {
    if (no.yieldsToPreemption) possible.push(name)
    else reasons.set(name, [NOT_HELPFUL])
  }
  const enough = Math.max(ENOUGH, Math.floor((bench.nodes.length * ENOUGH_PERCENT) / 100))
  for (let i = 0; i < possible.length && candidates.length < enough; i++) {
    const name = possible[(start + i) % possible.length] ?? ''
    const outcome = dryRun(pod, name, bench, filters, budgets)
    if ('victims' in outcome) candidates.push(outcome)
    else reasons.set(name, outcome.reasons)
  }
  const [first, ...others] = candidates
  return first === undefined ? { found: undefined, reasons } : { found: others.reduce((best, next) => (compare(next, best) < 0 ? next : best), first) }
}

/** May the pod take others' places now? Not while those that make room for it are still ending. */
export function mayPreempt(pod: PodInfo, bench: Workbench, nominatedTo: string | undefined, noes: ReadonlyMap<string, No>): boolean {
  if (pod.pod.spec.preemptionPolicy === 'Never') return false
  if (nominatedTo === undefined || noes.get(nominatedTo)?.yieldsToPreemption === false) return true
  return ![...(bench.node(nominatedTo)?.pods.values() ?? [])].some((other) => other.priority < pod.priority && other.pod.metadata.deletionTimestamp !== undefined)
}

/** Takes all pods of lower priority off the node, and lets back, the important ones first, those beside which the pod still fits. Leaves the bench as it was. */
function dryRun(pod: PodInfo, name: string, bench: Workbench, filters: readonly FilterPlugin[], budgets: readonly PodDisruptionBudget[]): Preemption | { reasons: readonly string[] } {
  const node = bench.node(name)
  const lower = [...(node?.pods.values() ?? [])].filter((other) => other.priority < pod.priority).sort(byImportance)
  if (node === undefined || lower.length === 0) return { reasons: [NO_VICTIMS] }
  for (const other of lower) bench.removePod(other.pod.metadata.uid)
  try {
    const no = checker(pod, bench, filters)(node)
    if (no !== undefined) return { reasons: no.reasons }
    const victims: PodInfo[] = []
    let violations = 0
    const { violating, others } = byBudgets(lower, budgets)
    for (const list of [violating, others]) {
      for (const other of list) {
        bench.assume(other, name)
        if (checker(pod, bench, filters)(node) === undefined) continue
        bench.removePod(other.pod.metadata.uid)
        victims.push(other)
        if (list === violating) violations++
      }
    }
    // Room was made while nobody looked: the next try finds it.
    if (victims.length === 0) return { reasons: [NO_VICTIMS] }
    return { node: name, victims: victims.sort(byImportance), violations }
  } finally {
    for (const other of lower) bench.assume(other, name)
  }
}

/** The more important first: of higher priority, running longer. */
function byImportance(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || startOf(a) - startOf(b) || (a.pod.metadata.uid < b.pod.metadata.uid ? -1 : 1)
}

/** Below 0: `a` does less harm. */
function compare(a: Preemption, b: Preemption): number {
  return a.violations - b.violations || highest(a) - highest(b) || sum(a) - sum(b) || a.victims.length - b.victims.length || earliestStart(b) - earliestStart(a) || 0
}

function highest({ victims }: Preemption): number {
  return victims[0]?.priority ?? 0
}

function sum({ victims }: Preemption): number {
  return victims.reduce((n, v) => n + v.priority + ABOVE_ALL_NEGATIVE, 0)
}

/** Of its most important pods. */
function earliestStart(of: Preemption): number {
  return Math.min(...of.victims.filter((v) => v.priority === highest(of)).map(startOf))
}

/** Milliseconds since the epoch; one that has not started is the youngest. */
function startOf({ pod }: PodInfo): number {
  return pod.status?.startTime === undefined ? Number.MAX_SAFE_INTEGER : Date.parse(pod.status.startTime)
}
