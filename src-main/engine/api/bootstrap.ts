import { hasReason } from '../../common/errors.ts'
import { Namespaces, PriorityClasses, Services } from '../../common/kube/kinds.ts'
import { SYSTEM_PRIORITIES } from '../../common/kube/priorities.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { Api } from './api.ts'
import { API_SERVICE_IP } from './registry/service-pools.ts'
import type { WriteOptions } from './rest/core.ts'

const SYSTEM: WriteOptions = { caller: { user: 'system:apiserver', groups: ['system:masters'] } }

/** Makes what every cluster has: its first namespaces, the system's priorities and the `kubernetes` Service. What is there already stays. */
export async function bootstrap(api: Api): Promise<void> {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) await ensure(api, Namespaces, '', { metadata: { name } })
  for (const [name, { value, description }] of Object.entries(SYSTEM_PRIORITIES)) await ensure(api, PriorityClasses, '', { metadata: { name }, value, description })
  await ensure(api, Services, 'default', {
    metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { clusterIP: API_SERVICE_IP, ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: 6443 }] },
  })
}

async function ensure(api: Api, resource: Resource, namespace: string, object: unknown): Promise<void> {
  try {
    await api.create(resource, namespace, object, SYSTEM)
  } catch (error) {
    if (!hasReason(error, 'AlreadyExists')) throw error
  }
}
