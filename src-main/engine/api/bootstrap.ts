import { hasReason } from '../../common/errors.ts'
import { EndpointSlices, EndpointsResource, FlowSchemas, Namespaces, PriorityClasses, PriorityLevelConfigurations, Services, StorageClasses } from '../../common/kube/kinds.ts'
import { SYSTEM_PRIORITIES } from '../../common/kube/priorities.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { DEFAULT_CLASS, DOCKER_VOLUME_DRIVER, LOCAL_CLASS } from '../../common/kube/volumes.ts'
import { SERVICE_NAME, SKIP_MIRROR } from '../../common/kube/well-known.ts'
import type { Api } from './api.ts'
import { ensureBuiltinRoles } from './authorization/bootstrap/ensure.ts'
import { ensureLocalApiServices } from './local-api-services.ts'
import { MANDATORY_FLOWS, MANDATORY_LEVELS } from './registry/flow-control/mandatory.ts'
import { API_SERVICE_IP } from './registry/service-pools.ts'
import type { WriteOptions } from './rest/core.ts'

const SYSTEM: WriteOptions = { caller: { user: 'system:apiserver', groups: ['system:masters'] } }

/** On the namespace kube-system: the cluster has had its first StorageClass. Who deletes that does not find it again. */
const HAD_CLASS = 'toque.dev/had-storage-class'

/** Makes what every cluster has: its first namespaces, roles, the system's priorities and flows, what answers for which group, the `kubernetes` Service and a StorageClass. What is there already stays. */
export async function bootstrap(api: Api): Promise<void> {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) await ensure(api, Namespaces, '', { metadata: { name } })
  for (const [name, { value, description }] of Object.entries(SYSTEM_PRIORITIES)) await ensure(api, PriorityClasses, '', { metadata: { name }, value, description })
  await ensure(api, Services, 'default', {
    metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { clusterIP: API_SERVICE_IP, ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }] },
  })
  await ensureApiEndpoints(api)
  const kept = { annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } }
  for (const [name, spec] of Object.entries(MANDATORY_LEVELS)) await ensure(api, PriorityLevelConfigurations, '', { metadata: { name, ...kept }, spec })
  for (const [name, spec] of Object.entries(MANDATORY_FLOWS)) await ensure(api, FlowSchemas, '', { metadata: { name, ...kept }, spec })
  await ensureLocalApiServices(api, SYSTEM)
  await ensureBuiltinRoles(api, SYSTEM)
  if (api.get(Namespaces, '', 'kube-system').metadata.annotations?.[HAD_CLASS] !== undefined) return
  await ensure(api, StorageClasses, '', {
    metadata: { name: LOCAL_CLASS, annotations: { [DEFAULT_CLASS]: 'true' } },
    provisioner: DOCKER_VOLUME_DRIVER, reclaimPolicy: 'Delete', volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true,
  })
  await api.patch(Namespaces, '', 'kube-system', 'application/merge-patch+json', { metadata: { annotations: { [HAD_CLASS]: 'true' } } }, 'main', SYSTEM)
}

/** Upstream's API servers say where they are. Here the way from a node to the API is the node's own, and changes; the one address that leads to it from every pod is the Service's. */
async function ensureApiEndpoints(api: Api): Promise<void> {
  const ports = [{ name: 'https', port: 443, protocol: 'TCP' }]
  await ensure(api, EndpointsResource, 'default', {
    metadata: { name: 'kubernetes', labels: { [SKIP_MIRROR]: 'true' } }, subsets: [{ addresses: [{ ip: API_SERVICE_IP }], ports }],
  })
  await ensure(api, EndpointSlices, 'default', {
    metadata: { name: 'kubernetes', labels: { [SERVICE_NAME]: 'kubernetes' } }, addressType: 'IPv4', endpoints: [{ addresses: [API_SERVICE_IP], conditions: { ready: true } }], ports,
  })
}

async function ensure(api: Api, resource: Resource, namespace: string, object: unknown): Promise<void> {
  try {
    await api.create(resource, namespace, object, SYSTEM)
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error
  }
}
