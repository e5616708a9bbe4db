import type { ClusterRole, ClusterRoleBinding } from '../../../../common/kube/generated/rbac-authorization-v1.ts'
import { ClusterRoleBindings, ClusterRoles } from '../../../../common/kube/kinds.ts'
import type { Draft } from '../../../../common/kube/object.ts'
import type { Api } from '../../api.ts'
import { lookupOf } from '../../rest/core.ts'
import type { WriteOptions } from '../../rest/core.ts'
import { notCovered } from '../rules.ts'
import { BUILTIN_BINDINGS, BUILTIN_ROLES } from './roles.ts'
import type { BuiltinRole } from './roles.ts'

const GROUP = 'rbac.authorization.k8s.io'
const BUILTIN = { 'kubernetes.io/bootstrapping': 'rbac-defaults' }
/** Who sets it to false keeps what they made of a builtin role. */
const AUTO_UPDATE = `${GROUP}/autoupdate`

/** Makes the builtin roles and bindings; of those that are there, what is missing is added, unless somebody said otherwise. Nothing is ever taken away. */
export async function ensureBuiltinRoles(api: Api, options: WriteOptions): Promise<void> {
  for (const role of BUILTIN_ROLES) await ensureRole(api, role, options)
  for (const [role, group] of BUILTIN_BINDINGS) await ensureBinding(api, role, group, options)
}

async function ensureRole(api: Api, { name, rules, labels = {}, aggregates }: BuiltinRole, options: WriteOptions): Promise<void> {
  const there = lookupOf(api.core).get(ClusterRoles, '', name)
  const metadata = { name, labels: { ...BUILTIN, ...labels }, annotations: { [AUTO_UPDATE]: 'true' } }
  if (there === undefined) {
    const aggregation = aggregates === undefined ? {} : { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [aggregates]: 'true' } }] } }
    const role: Draft<ClusterRole> = { apiVersion: `${GROUP}/v1`, kind: 'ClusterRole', metadata, rules: structuredClone(rules) as ClusterRole['rules'] & object, ...aggregation }
    await api.create(ClusterRoles, '', role, options)
    return
  }
  if (!keptUp(there)) return
  const missing = notCovered(there.rules ?? [], rules)
  if (missing.length > 0) await api.update(ClusterRoles, '', name, { ...there, rules: [...(there.rules ?? []), ...missing] }, options)
}

async function ensureBinding(api: Api, name: string, group: string, options: WriteOptions): Promise<void> {
  const there = lookupOf(api.core).get(ClusterRoleBindings, '', name)
  const subject = { kind: 'Group', name: group, apiGroup: GROUP }
  if (there === undefined) {
    const binding: Draft<ClusterRoleBinding> = {
      apiVersion: `${GROUP}/v1`, kind: 'ClusterRoleBinding', metadata: { name, labels: BUILTIN, annotations: { [AUTO_UPDATE]: 'true' } },
      roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name }, subjects: [subject],
    }
    await api.create(ClusterRoleBindings, '', binding, options)
    return
  }
  const { subjects = [] } = there
  if (!keptUp(there) || subjects.some((s) => s.kind === 'Group' && s.name === group)) return
  await api.update(ClusterRoleBindings, '', name, { ...there, subjects: [...subjects, subject] }, options)
}

function keptUp({ metadata: { annotations } }: Readonly<ClusterRole | ClusterRoleBinding>): boolean {
  return annotations?.[AUTO_UPDATE] === 'true'
}
