import type { ClusterRole, PolicyRule, Role, RoleBinding, RoleRef, Subject } from '../../../common/kube/generated/rbac-authorization-v1.ts'
import { ClusterRoleBindings, ClusterRoles, RoleBindings, Roles } from '../../../common/kube/kinds.ts'
import type { Lookup } from '../registry/kind.ts'
import type { Caller } from '../rest/core.ts'
import type { Attributes } from './attributes.ts'
import { ruleAllows } from './rules.ts'

/** Members may do everything. */
export const MASTERS = 'system:masters'

export interface Decision {
  readonly allowed: boolean
  /** By which binding; or, where something is wrong with the bindings, what. */
  readonly reason: string
}

/** A rule that somebody has, and how they came to it. */
interface Granted {
  readonly rule: Readonly<PolicyRule>
  readonly reason: string
}

/** Decides by the roles and bindings that a lookup finds. */
export class Rbac {
  readonly #lookup: Pick<Lookup, 'get' | 'list'>

  constructor(lookup: Pick<Lookup, 'get' | 'list'>) {
    this.#lookup = lookup
  }

  authorize(attributes: Attributes): Decision {
    const { caller, resource } = attributes
    if (caller.groups.includes(MASTERS)) return { allowed: true, reason: '' }
    const missing = new Set<string>()
    for (const { rule, reason } of this.#granted(caller, resource?.namespace ?? '', missing)) if (ruleAllows(rule, attributes)) return { allowed: true, reason }
    return { allowed: false, reason: missing.size === 0 ? '' : `RBAC: ${[...missing].join(', ')}` }
  }

  /** Every rule that somebody has in a namespace ('': in all, and for what is in none). */
  rulesOf(caller: Caller, namespace: string): Readonly<PolicyRule>[] {
    if (caller.groups.includes(MASTERS)) return [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }]
    return [...this.#granted(caller, namespace, new Set())].map(({ rule }) => rule)
  }

  /** The rules of a role that a binding in `namespace` ('': a ClusterRoleBinding) names; undefined: there is no such role. */
  rulesOfRole({ kind, name }: Readonly<RoleRef>, namespace: string): readonly Readonly<PolicyRule>[] | undefined {
    const role: Readonly<ClusterRole | Role> | undefined = kind === 'Role' ? this.#lookup.get(Roles, namespace, name) : this.#lookup.get(ClusterRoles, '', name)
    return role === undefined ? undefined : role.rules ?? []
  }

  *#granted(caller: Caller, namespace: string, missing: Set<string>): Generator<Granted> {
    for (const binding of this.#lookup.list(ClusterRoleBindings, '')) yield* this.#grantedBy('ClusterRoleBinding', binding, caller, '', missing)
    if (namespace === '') return
    for (const binding of this.#lookup.list(RoleBindings, namespace)) yield* this.#grantedBy('RoleBinding', binding, caller, namespace, missing)
  }

  *#grantedBy(kind: string, binding: Readonly<Omit<RoleBinding, 'kind'>>, caller: Caller, namespace: string, missing: Set<string>): Generator<Granted> {
    const subject = binding.subjects?.find((s) => isMeant(s, caller, namespace))
    if (subject === undefined) return
    const { roleRef, metadata } = binding
    const rules = this.rulesOfRole(roleRef, namespace)
    if (rules === undefined) {
      missing.add(`${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io "${roleRef.name}" not found`)
      return
    }
    const where = namespace === '' ? metadata.name : `${metadata.name}/${namespace}`
    const who = subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace ?? namespace}` : subject.name
    const reason = `RBAC: allowed by ${kind} "${where}" of ${roleRef.kind} "${roleRef.name}" to ${subject.kind} "${who}"`
    for (const rule of rules) yield { rule, reason }
  }
}

/** The user that a service account's requests come from. */
export function serviceAccountUser(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}

function isMeant({ kind, name, namespace }: Readonly<Subject>, { user, groups }: Caller, bindingNamespace: string): boolean {
  switch (kind) {
    case 'User': return name === user
    case 'Group': return groups.includes(name)
    case 'ServiceAccount': return serviceAccountUser(namespace ?? bindingNamespace, name) === user
    default: return false
  }
}
