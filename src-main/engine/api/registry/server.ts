import { SERVER_FINALIZER, Servers, serverTarget } from '../../../common/kube/server.ts'
import type { Server } from '../../../common/kube/server.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { defineKind } from './kind.ts'

/** Server: a machine of the cluster's. */
export const serverKind = defineKind<Server>({
  resource: Servers,
  shortNames: ['srv'],
  hasStatus: true,
  hasGeneration: true,
  prepareForCreate(server) {
    // What Toque put there must go before the server is forgotten.
    server.metadata.finalizers = [...new Set([...(server.metadata.finalizers ?? []), SERVER_FINALIZER])]
  },
  validate({ spec }, errors) {
    if (spec.local === true && (spec.host ?? '') !== '') errors.invalid('spec.host', spec.host, 'must be empty where spec.local is true')
    if (spec.local !== true && (spec.host ?? '') === '') errors.required('spec.host')
    if (spec.port !== undefined && (spec.port < 1 || spec.port > 65535)) errors.invalid('spec.port', spec.port, 'must be between 1 and 65535')
  },
  columns: [
    nameColumn,
    { name: 'Host', type: 'string', cell: ({ spec }) => (spec.local === true ? '<this machine>' : serverTarget(spec)) },
    { name: 'Connection', type: 'string', cell: (o) => o.status?.phase ?? 'Connecting' },
    ageColumn,
    { name: 'Message', type: 'string', priority: 1, cell: (o) => o.status?.message ?? '' },
  ],
})
