import type { ClusterRole, PolicyRule } from '../../../common/kube/generated/rbac-authorization-v1.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'

/** The rules that a role takes from others, by name, each once; undefined: it takes none. As upstream's controller: for each selector in turn, itself left out. */
export function aggregatedRules(role: Readonly<ClusterRole>, all: readonly Readonly<ClusterRole>[]): PolicyRule[] | undefined {
  if (role.aggregationRule === undefined) return undefined
  const byName = [...all].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  const rules: PolicyRule[] = []
  for (const selector of role.aggregationRule.clusterRoleSelectors ?? []) {
    for (const other of byName) {
      if (other.metadata.name === role.metadata.name || !matchesSelector(other.metadata.labels, selector)) continue
      for (const rule of other.rules ?? []) if (!rules.some((had) => semanticEqual(had, rule))) rules.push(rule)
    }
  }
  return rules
}
