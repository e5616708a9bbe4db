import { timestamp } from '../../../../common/clock.ts'
import type { ClusterRole, Role } from '../../../../common/kube/generated/rbac-authorization-v1.ts'
import { ClusterRoles, Roles } from '../../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../../common/kube/object.ts'
import { checkRole } from '../../authorization/escalation.ts'
import { nameColumn } from '../../table/columns.ts'
import { pathSegment } from '../../validation/names.ts'
import { defineKind } from '../kind.ts'
import type { Column } from '../kind.ts'
import { validateRules } from './rules.ts'

/** As upstream: the time itself, no age. */
const createdColumn: Column = { name: 'Created At', type: 'date', description: 'When it was made.', cell: ({ metadata }: KubeObject) => metadata.creationTimestamp ?? timestamp(0) }

/** Role: what may be done in a namespace. */
export const roleKind = defineKind<Role>({
  resource: Roles,
  nameCheck: pathSegment,
  validate: (object, errors) => validateRules(object.rules, false, errors),
  admit: (object, old, caller, lookup) => checkRole(Roles, object, old, caller, lookup),
  columns: [nameColumn, createdColumn],
})

/** ClusterRole: what may be done in the whole cluster, or, by a RoleBinding, in a namespace. With an aggregationRule its rules are those of other roles. */
export const clusterRoleKind = defineKind<ClusterRole>({
  resource: ClusterRoles,
  nameCheck: pathSegment,
  validate(object, errors) {
    validateRules(object.rules, true, errors)
    if (object.aggregationRule !== undefined && (object.aggregationRule.clusterRoleSelectors ?? []).length === 0) {
      errors.required('aggregationRule.clusterRoleSelectors', 'at least one clusterRoleSelector required if aggregationRule is non-nil')
    }
  },
  admit: (object, old, caller, lookup) => checkRole(ClusterRoles, object, old, caller, lookup),
  columns: [nameColumn, createdColumn],
})
