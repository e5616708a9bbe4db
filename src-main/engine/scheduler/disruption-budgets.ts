import type { PodDisruptionBudget } from '../../common/kube/generated/policy-v1.ts'
import { matchesSelector } from '../../common/kube/labels.ts'
import type { PodInfo } from './pod-info.ts'

/** The pods, in two lists, each in their order: those whose end their budgets do not allow when all before them end, and the others. */
export function byBudgets(pods: readonly PodInfo[], budgets: readonly PodDisruptionBudget[]): { violating: PodInfo[]; others: PodInfo[] } {
  const left = budgets.map((budget) => ({ budget, allowed: budget.status?.disruptionsAllowed ?? 0 }))
  const [violating, others]: [PodInfo[], PodInfo[]] = [[], []]
  for (const info of pods) {
    let violates = false
    for (const entry of left) {
      if (!protects(entry.budget, info)) continue
      entry.allowed--
      violates ||= entry.allowed < 0
    }
    ;(violates ? violating : others).push(info)
  }
  return { violating, others }
}

function protects({ metadata, spec, status }: PodDisruptionBudget, { pod, namespace }: PodInfo): boolean {
  if (metadata.namespace !== namespace || isEmpty(spec?.selector) || !matchesSelector(pod.metadata.labels, spec?.selector)) return false
  // The budget has taken it into account already.
  return status?.disruptedPods?.[pod.metadata.name] === undefined
}

function isEmpty(selector: object | undefined): boolean {
  return selector === undefined || Object.values(selector).every((part) => Object.keys(part as object).length === 0)
}
