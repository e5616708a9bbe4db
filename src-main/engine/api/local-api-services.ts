import { AUTO_MANAGED, localApiService } from '../../common/kube/api-services.ts'
import { APIServices } from '../../common/kube/kinds.ts'
import type { Api } from './api.ts'
import { lookupOf } from './rest/core.ts'
import type { WriteOptions } from './rest/core.ts'

/** Lists every group and version that is always served among the APIServices, and takes away what an earlier release served. What somebody else answers for stays. */
export async function ensureLocalApiServices(api: Api, options: WriteOptions): Promise<void> {
  const served = new Map(api.registry.served().filter((kind) => kind.schema === undefined).map(({ resource: { group, version } }) => [`${version}.${group}`, { group, version }]))
  const there = new Map(lookupOf(api.core).list(APIServices, '').map((service) => [service.metadata.name, service]))
  const missing = [...served].filter(([name]) => !there.has(name))
  const left = [...there].filter(([name, { metadata }]) => metadata.labels?.[AUTO_MANAGED] === 'onstart' && !served.has(name))
  // All at once: the store writes what comes together in one commit.
  await Promise.all([
    ...missing.map(([, { group, version }]) => api.create(APIServices, '', localApiService(group, version, 'onstart'), options)),
    ...left.map(([name]) => api.delete(APIServices, '', name, {}, options)),
  ])
}
