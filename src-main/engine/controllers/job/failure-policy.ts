import type { PodFailurePolicy, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule } from '../../../common/kube/generated/batch-v1.ts'
import type { ContainerStatus, Pod } from '../../../common/kube/generated/core-v1.ts'

/** What a Job's podFailurePolicy makes of a failed pod. `message`: why the whole Job fails. */
export interface FailureVerdict {
  /** It counts against the backoff limit. */
  counts: boolean
  action?: 'Count' | 'FailIndex' | 'FailJob' | 'Ignore'
  message?: string
}

/** The first rule that matches decides; with none, or no policy, the failure counts. Pure. */
export function failureVerdict(policy: PodFailurePolicy | undefined, pod: Pod): FailureVerdict {
  for (const [i, rule] of (policy?.rules ?? []).entries()) {
    const what = matchOf(rule, pod)
    if (what === undefined) continue
    switch (rule.action) {
      case 'Ignore': return { counts: false, action: 'Ignore' }
      case 'FailJob': return { counts: true, action: 'FailJob', message: `${what} matching FailJob rule at index ${String(i)}` }
      case 'FailIndex': return { counts: true, action: 'FailIndex' }
      default: return { counts: true, action: 'Count' }
    }
  }
  return { counts: true }
}

/** What of the pod a rule matches, in upstream's words. */
function matchOf({ onExitCodes, onPodConditions }: PodFailurePolicyRule, pod: Pod): string | undefined {
  const name = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`
  if (onExitCodes !== undefined) {
    const container = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((s) => exitCodeMatches(onExitCodes, s))
    return container === undefined ? undefined : `Container ${container.name} for pod ${name} failed with exit code ${String(container.state?.terminated?.exitCode)}`
  }
  const condition = onPodConditions?.find((p) => pod.status?.conditions?.some((c) => c.type === p.type && c.status === p.status))
  return condition === undefined ? undefined : `Pod ${name} has condition ${condition.type}`
}

function exitCodeMatches({ containerName, operator, values }: PodFailurePolicyOnExitCodesRequirement, status: ContainerStatus): boolean {
  const code = status.state?.terminated?.exitCode
  if (code === undefined || code === 0 || (containerName !== undefined && containerName !== status.name)) return false
  return values.includes(code) === (operator === 'In')
}
