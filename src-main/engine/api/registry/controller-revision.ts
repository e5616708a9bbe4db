import type { ControllerRevision } from '../../../common/kube/generated/apps-v1.ts'
import { ControllerRevisions } from '../../../common/kube/kinds.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { validateImmutable } from '../validation/metadata.ts'
import { defineKind } from './kind.ts'

/** ControllerRevision: the state of a StatefulSet's or DaemonSet's template at one time, for `kubectl rollout history` and `undo`. */
export const controllerRevisionKind = defineKind<ControllerRevision>({
  resource: ControllerRevisions,
  validate(revision, errors) {
    if (revision.data === undefined) errors.required('data', 'data is mandatory')
    errors.nonNegative('revision', revision.revision)
  },
  validateUpdate(revision, old, errors) {
    validateImmutable(revision.data, old.data, 'data', errors)
  },
  columns: [
    nameColumn,
    { name: 'Controller', type: 'string', description: 'Controller of the object', cell: controllerName },
    { name: 'Revision', type: 'integer', description: 'Revision indicates the revision of the state represented by Data.', cell: (o) => o.revision },
    ageColumn,
  ],
})

function controllerName(revision: ControllerRevision): string {
  const owner = controllerOf(revision)
  if (owner === undefined) return '<none>'
  const [group] = owner.apiVersion.includes('/') ? owner.apiVersion.split('/') : ['']
  return `${owner.kind.toLowerCase()}${group ? `.${group}` : ''}/${owner.name}`
}
