import type { AuditPolicy } from './policy.ts'

/** Questions about oneself, and what programs renew by the second. */
const QUIET = [{ group: 'authorization.k8s.io' }, { group: 'authentication.k8s.io', resources: ['selfsubjectreviews'] }, { group: 'coordination.k8s.io', resources: ['leases'] }, { group: 'events.k8s.io' }, { group: '', resources: ['events'] }]
/** Subresources through which somebody gets into a container: the request only reads, by its method. */
const INTO = ['pods/exec', 'pods/attach', 'pods/portforward', 'pods/proxy', 'services/proxy', 'nodes/proxy']

/** Where no policy is given: who changed what, who went where, and what was refused. */
export const DEFAULT_POLICY: AuditPolicy = {
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'Metadata', resources: QUIET, onlyRefused: true },
    { level: 'Metadata', resources: [{ group: '', resources: INTO }] },
    { level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection', 'post', 'put'] },
    { level: 'Metadata', onlyRefused: true },
  ],
}
