import { StatusError } from '../../../common/errors.ts'
import type { Namespace } from '../../../common/kube/generated/core-v1.ts'
import { Namespaces, ServiceAccounts } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { dnsLabel } from '../validation/names.ts'
import { defineKind } from './kind.ts'

const PROTECTED = new Set(['default', 'kube-system', 'kube-public'])

/** Namespace: deletion waits for `spec.finalizers`, which the namespace controller clears once nothing is left inside. */
export const namespaceKind = defineKind<Namespace>({
  resource: Namespaces,
  shortNames: ['ns'],
  nameCheck: dnsLabel,
  hasStatus: true,
  subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  defaults(namespace) {
    // A name that is missing is validation's to explain.
    if (namespace.metadata.name) namespace.metadata.labels = { ...namespace.metadata.labels, 'kubernetes.io/metadata.name': namespace.metadata.name }
  },
  prepareForCreate(namespace) {
    namespace.spec = { finalizers: ['kubernetes'] }
    namespace.status = { phase: 'Active' }
  },
  // A controller brings it back; until then no pod could be made.
  companions: ({ metadata: { name } }) => [{ resource: ServiceAccounts, namespace: name, name: 'default' }],
  prepareForUpdate(namespace, old) {
    namespace.spec = structuredClone(old.spec)
  },
  beforeDelete({ metadata: { name } }) {
    if (PROTECTED.has(name)) throw new StatusError('Forbidden', `namespaces "${name}" is forbidden: this namespace may not be deleted`, { name, kind: 'namespaces' })
  },
  markDeleted(namespace) {
    namespace.status = { ...namespace.status, phase: 'Terminating' }
  },
  isHeld: (namespace) => (namespace.spec?.finalizers?.length ?? 0) > 0,
  selectableFields: ['status.phase'],
  selectableField: (namespace) => namespace.status?.phase ?? '',
  columns: [nameColumn, { name: 'Status', type: 'string', description: 'The status of the namespace', cell: (o) => o.status?.phase ?? '' }, ageColumn],
})
