import { StatusError } from '../../../common/errors.ts'
import type { ClusterRole, PolicyRule, Role, RoleBinding } from '../../../common/kube/generated/rbac-authorization-v1.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { Lookup } from '../registry/kind.ts'
import type { Caller } from '../rest/core.ts'
import { MASTERS, Rbac } from './rbac.ts'
import { notCovered } from './rules.ts'

const GROUP = 'rbac.authorization.k8s.io'

/** Throws Forbidden where somebody writes a role with more than they have themselves, and may not `escalate`. Rules that stay as they were are nobody's gift. */
export function checkRole(resource: Resource, object: Readonly<Role | ClusterRole>, old: Readonly<Role | ClusterRole> | undefined, caller: Caller, lookup: Lookup): void {
  if (caller.groups.includes(MASTERS)) return
  const { name, namespace = '' } = object.metadata
  const rbac = new Rbac(lookup)
  if (rbac.authorize({ caller, verb: 'escalate', resource: { group: GROUP, resource: resource.plural, namespace, name } }).allowed) return
  const owned = rbac.rulesOf(caller, namespace)
  const { aggregationRule } = object as ClusterRole
  if (aggregationRule !== undefined && !semanticEqual(aggregationRule, (old as ClusterRole | undefined)?.aggregationRule) && notCovered(owned, EVERYTHING).length > 0) {
    throw refused(resource, name, 'must have cluster-admin privileges to use an aggregationRule')
  }
  if (old !== undefined && semanticEqual(object.rules ?? [], old.rules ?? [])) return
  refuseExtra(resource, name, caller, notCovered(owned, object.rules ?? []))
}

/** Throws Forbidden where somebody binds a role that has more than they have themselves, and may not `bind` it. */
export function checkBinding(resource: Resource, object: Readonly<Omit<RoleBinding, 'kind'>>, old: Readonly<Omit<RoleBinding, 'kind'>> | undefined, caller: Caller, lookup: Lookup): void {
  if (caller.groups.includes(MASTERS)) return
  const { metadata: { name, namespace = '' }, roleRef } = object
  if (old !== undefined && semanticEqual(object.subjects ?? [], old.subjects ?? [])) return
  const rbac = new Rbac(lookup)
  const roles = roleRef.kind === 'Role' ? 'roles' : 'clusterroles'
  if (rbac.authorize({ caller, verb: 'bind', resource: { group: GROUP, resource: roles, namespace, name: roleRef.name } }).allowed) return
  const rules = rbac.rulesOfRole(roleRef, namespace)
  if (rules === undefined) throw new StatusError('NotFound', `${groupResourceOf({ group: GROUP, plural: roles })} "${roleRef.name}" not found`, { name: roleRef.name, group: GROUP, kind: roles })
  refuseExtra(resource, name, caller, notCovered(rbac.rulesOf(caller, namespace), rules))
}

const EVERYTHING: readonly PolicyRule[] = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }]

function refuseExtra(resource: Resource, name: string, { user, groups }: Caller, extra: readonly PolicyRule[]): void {
  if (extra.length === 0) return
  const who = `user ${JSON.stringify(user)} (groups=${goList(groups)})`
  throw refused(resource, name, `${who} is attempting to grant RBAC permissions not currently held:\n${extra.map(shown).join('\n')}`)
}

function shown({ apiGroups, resources, resourceNames, nonResourceURLs, verbs }: PolicyRule): string {
  const parts = { APIGroups: apiGroups, Resources: resources, ResourceNames: resourceNames, NonResourceURLs: nonResourceURLs, Verbs: verbs }
  return `{${Object.entries(parts).flatMap(([field, list]) => (list === undefined ? [] : [`${field}:${goList(list)}`])).join(', ')}}`
}

function goList(list: readonly string[]): string {
  return `[${list.map((one) => JSON.stringify(one)).join(' ')}]`
}

function refused(resource: Resource, name: string, why: string): StatusError {
  return new StatusError('Forbidden', `${groupResourceOf(resource)} "${name}" is forbidden: ${why}`, { name, group: resource.group, kind: resource.plural })
}
