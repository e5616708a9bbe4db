import type { ClusterRoleBinding, RoleBinding, Subject } from '../../../../common/kube/generated/rbac-authorization-v1.ts'
import { ClusterRoleBindings, RoleBindings } from '../../../../common/kube/kinds.ts'
import { semanticEqual } from '../../../../common/kube/equal.ts'
import { checkBinding } from '../../authorization/escalation.ts'
import { ageColumn, joined, nameColumn } from '../../table/columns.ts'
import type { FieldErrors } from '../../validation/field-errors.ts'
import { dnsSubdomain, pathSegment } from '../../validation/names.ts'
import { defineKind } from '../kind.ts'
import type { Column } from '../kind.ts'

const GROUP = 'rbac.authorization.k8s.io'

type Binding = Pick<RoleBinding, 'metadata' | 'roleRef' | 'subjects'>

function defaults(object: Binding): void {
  for (const subject of object.subjects ?? []) {
    // Anything may come from a client.
    if (subject.kind !== 'ServiceAccount') subject.apiGroup ||= GROUP
    else subject.apiGroup ??= ''
    if (subject.apiGroup === '') delete subject.apiGroup
  }
  if (typeof object.roleRef === 'object') object.roleRef.apiGroup ||= GROUP
}

function validate({ roleRef, subjects = [], metadata }: Binding, kinds: readonly string[], inCluster: boolean, errors: FieldErrors): void {
  const { apiGroup, kind, name } = roleRef as Partial<typeof roleRef> | undefined ?? {}
  if (apiGroup !== GROUP) errors.notSupported('roleRef.apiGroup', apiGroup, [GROUP])
  errors.oneOf('roleRef.kind', kind, kinds)
  if (!name) errors.required('roleRef.name')
  else errors.check('roleRef.name', name, pathSegment)
  for (const [i, subject] of subjects.entries()) validateSubject(subject, `subjects[${String(i)}]`, inCluster || metadata.namespace === undefined, errors)
}

function validateSubject({ kind, name, namespace, apiGroup }: Partial<Subject>, field: string, inCluster: boolean, errors: FieldErrors): void {
  if (!name) errors.required(`${field}.name`)
  switch (kind) {
    case 'ServiceAccount': {
      errors.check(`${field}.name`, name || undefined, dnsSubdomain)
      if (apiGroup) errors.notSupported(`${field}.apiGroup`, apiGroup, [''])
      if (!namespace && inCluster) errors.required(`${field}.namespace`)
      return
    }
    case 'User':
    case 'Group':
      if (apiGroup !== GROUP) errors.notSupported(`${field}.apiGroup`, apiGroup, [GROUP])
      return
    default: errors.oneOf(`${field}.kind`, kind, ['Group', 'ServiceAccount', 'User'])
  }
}

function validateUpdate(object: Binding, old: Readonly<Binding>, errors: FieldErrors): void {
  if (!semanticEqual(object.roleRef, old.roleRef)) errors.invalid('roleRef', object.roleRef, 'cannot change roleRef')
}

const named = (kind: string) => (o: Binding): string => joined((o.subjects ?? []).filter((s) => s.kind === kind).map((s) => (kind === 'ServiceAccount' ? `${s.namespace ?? o.metadata.namespace ?? ''}/${s.name}` : s.name)), '')

function columns<T extends RoleBinding | ClusterRoleBinding>(): Column<T>[] {
  return [
    nameColumn, { name: 'Role', type: 'string', description: 'What is bound.', cell: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` }, ageColumn,
    { name: 'Users', type: 'string', priority: 1, description: 'Users in the binding.', cell: named('User') },
    { name: 'Groups', type: 'string', priority: 1, description: 'Groups in the binding.', cell: named('Group') },
    { name: 'ServiceAccounts', type: 'string', priority: 1, description: 'ServiceAccounts in the binding.', cell: named('ServiceAccount') },
  ]
}

/** RoleBinding: who has a Role, or a ClusterRole, in a namespace. */
export const roleBindingKind = defineKind<RoleBinding>({
  resource: RoleBindings,
  nameCheck: pathSegment,
  defaults,
  validate: (object, errors) => validate(object, ['ClusterRole', 'Role'], false, errors),
  validateUpdate,
  admit: (object, old, caller, lookup) => checkBinding(RoleBindings, object, old, caller, lookup),
  columns: columns<RoleBinding>(),
})

/** ClusterRoleBinding: who has a ClusterRole everywhere. */
export const clusterRoleBindingKind = defineKind<ClusterRoleBinding>({
  resource: ClusterRoleBindings,
  nameCheck: pathSegment,
  defaults,
  validate: (object, errors) => validate(object, ['ClusterRole'], true, errors),
  validateUpdate,
  admit: (object, old, caller, lookup) => checkBinding(ClusterRoleBindings, object, old, caller, lookup),
  columns: columns<ClusterRoleBinding>(),
})
