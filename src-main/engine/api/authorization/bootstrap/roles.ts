import type { PolicyRule } from '../../../../common/kube/generated/rbac-authorization-v1.ts'
import { Signer } from '../../../../common/kube/signing-request.ts'

/** A ClusterRole that every cluster has. */
export interface BuiltinRole {
  readonly name: string
  readonly rules: readonly PolicyRule[]
  readonly labels?: Readonly<Record<string, string>>
  /** Its rules are those of the roles with this label. */
  readonly aggregates?: string
}

const READ = ['get', 'list', 'watch']
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update']
const into = (role: string): string => `rbac.authorization.k8s.io/aggregate-to-${role}`

const rule = (group: string, resources: string[], verbs: string[]): PolicyRule => ({ apiGroups: [group], resources, verbs })

const CORE = [
  'configmaps', 'endpoints', 'persistentvolumeclaims', 'persistentvolumeclaims/status', 'pods', 'replicationcontrollers', 'replicationcontrollers/scale', 'serviceaccounts', 'services', 'services/status',
]
const SEEN = [
  'bindings', 'events', 'limitranges', 'namespaces/status', 'pods/log', 'pods/status', 'replicationcontrollers/status', 'resourcequotas', 'resourcequotas/status', 'namespaces',
]
const APPS = ['controllerrevisions', 'daemonsets', 'daemonsets/status', 'deployments', 'deployments/scale', 'deployments/status', 'replicasets', 'replicasets/scale', 'replicasets/status', 'statefulsets', 'statefulsets/scale', 'statefulsets/status']
const BATCH = ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status']
const NETWORKING = ['ingresses', 'ingresses/status', 'networkpolicies']
const GATEWAY = ['gateways', 'gateways/status', 'httproutes', 'httproutes/status', 'referencegrants']
/** What of Toque's own kinds is about apps alone. */
const TOQUE = ['rollouts', 'rollouts/status', 'certificates', 'certificates/status']
/** Seen by all, written by administrators of the cluster: they reach out of it, to folders, servers and addresses. */
const TOQUE_SEEN = ['volumebackups', 'volumebackups/status', 'backupschedules', 'backupschedules/status', 'volumesnapshots', 'volumesnapshots/status']

const writable = (resources: string[]): string[] => resources.filter((name) => !name.endsWith('/status') && name !== 'controllerrevisions')

const VIEW: PolicyRule[] = [
  rule('', CORE, READ), rule('', SEEN, READ), rule('discovery.k8s.io', ['endpointslices'], READ), rule('apps', APPS, READ), rule('autoscaling', ['horizontalpodautoscalers', 'horizontalpodautoscalers/status'], READ),
  rule('batch', BATCH, READ), rule('networking.k8s.io', NETWORKING, READ), rule('policy', ['poddisruptionbudgets', 'poddisruptionbudgets/status'], READ),
  rule('gateway.networking.k8s.io', GATEWAY, READ), rule('toque.dev', [...TOQUE, ...TOQUE_SEEN], READ), rule('metrics.k8s.io', ['pods', 'nodes'], READ),
]
const EDIT: PolicyRule[] = [
  rule('', ['pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'secrets', 'services/proxy'], READ),
  rule('', ['serviceaccounts'], ['impersonate']), rule('', ['serviceaccounts/token'], ['create']), rule('', ['pods', 'pods/attach', 'pods/exec', 'pods/portforward', 'pods/proxy', 'pods/ephemeralcontainers'], WRITE),
  rule('', ['pods/eviction'], ['create']),
  rule('', ['configmaps', 'events', 'persistentvolumeclaims', 'replicationcontrollers', 'replicationcontrollers/scale', 'secrets', 'serviceaccounts', 'services', 'services/proxy'], WRITE),
  rule('apps', writable(APPS), WRITE), rule('autoscaling', ['horizontalpodautoscalers'], WRITE), rule('batch', writable(BATCH), WRITE),
  rule('networking.k8s.io', writable(NETWORKING), WRITE), rule('policy', ['poddisruptionbudgets'], WRITE), rule('coordination.k8s.io', ['leases'], [...WRITE, ...READ]),
  rule('gateway.networking.k8s.io', writable(GATEWAY), WRITE), rule('toque.dev', writable(TOQUE), WRITE),
]
const ADMIN: PolicyRule[] = [
  rule('authorization.k8s.io', ['localsubjectaccessreviews'], ['create']), rule('rbac.authorization.k8s.io', ['rolebindings', 'roles'], [...WRITE, ...READ]),
]

/** Who says yes to the requests of one of the cluster's own signers. */
const APPROVERS = Object.values(Signer).map((signer): BuiltinRole => ({
  name: `system:certificates.k8s.io:${signer.split('/')[1] ?? ''}-approver`, rules: [{ ...rule('certificates.k8s.io', ['signers'], ['approve']), resourceNames: [signer] }],
}))

/** What upstream gives every cluster, as far as something here stands behind it: the roles that people bind, and those that a client needs to look around. */
export const BUILTIN_ROLES: readonly BuiltinRole[] = [
  { name: 'cluster-admin', rules: [rule('*', ['*'], ['*']), { nonResourceURLs: ['*'], verbs: ['*'] }] },
  { name: 'admin', rules: [], aggregates: into('admin') },
  { name: 'edit', rules: [], aggregates: into('edit'), labels: { [into('admin')]: 'true' } },
  { name: 'view', rules: [], aggregates: into('view'), labels: { [into('edit')]: 'true' } },
  { name: 'system:aggregate-to-admin', rules: ADMIN, labels: { [into('admin')]: 'true' } },
  { name: 'system:aggregate-to-edit', rules: EDIT, labels: { [into('edit')]: 'true' } },
  { name: 'system:aggregate-to-view', rules: VIEW, labels: { [into('view')]: 'true' } },
  { name: 'system:discovery', rules: [{ nonResourceURLs: ['/api', '/api/*', '/apis', '/apis/*', '/healthz', '/livez', '/openapi', '/openapi/*', '/readyz', '/version', '/version/'], verbs: ['get'] }] },
  { name: 'system:public-info-viewer', rules: [{ nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'], verbs: ['get'] }] },
  {
    name: 'system:basic-user',
    rules: [rule('authorization.k8s.io', ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], ['create']), rule('authentication.k8s.io', ['selfsubjectreviews'], ['create'])],
  },
  { name: 'system:monitoring', rules: [{ nonResourceURLs: ['/healthz', '/healthz/*', '/livez', '/livez/*', '/metrics', '/metrics/*', '/readyz', '/readyz/*'], verbs: ['get'] }] },
  { name: 'system:auth-delegator', rules: [rule('authentication.k8s.io', ['tokenreviews'], ['create']), rule('authorization.k8s.io', ['subjectaccessreviews'], ['create'])] },
  { name: 'system:service-account-issuer-discovery', rules: [{ nonResourceURLs: ['/.well-known/openid-configuration', '/.well-known/openid-configuration/', '/openid/v1/jwks', '/openid/v1/jwks/'], verbs: ['get'] }] },
  ...APPROVERS,
]

/** Which groups have them: each role's name and its group. */
export const BUILTIN_BINDINGS: readonly (readonly [role: string, group: string])[] = [
  ['cluster-admin', 'system:masters'], ['system:discovery', 'system:authenticated'], ['system:basic-user', 'system:authenticated'], ['system:public-info-viewer', 'system:authenticated'],
  ['system:monitoring', 'system:monitoring'], ['system:service-account-issuer-discovery', 'system:serviceaccounts'],
]
