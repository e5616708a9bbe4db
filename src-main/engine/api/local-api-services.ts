import type { APIService } from '../../common/kube/generated/apiregistration-v1.ts'
import { APIServices } from '../../common/kube/kinds.ts'
import type { Draft } from '../../common/kube/object.ts'
import type { Api } from './api.ts'
import { lookupOf } from './rest/core.ts'
import type { WriteOptions } from './rest/core.ts'

/** Says that an APIService is the server's own: `onstart` for what it always answers for, `true` for what comes and goes. */
export const AUTO_MANAGED = 'kube-aggregator.kubernetes.io/automanaged'

/** Upstream's order of groups: the higher comes first in discovery. */
const GROUP_PRIORITIES: Readonly<Record<string, number>> = {
  '': 18_000, 'apps': 17_800, 'events.k8s.io': 17_750, 'authentication.k8s.io': 17_700, 'authorization.k8s.io': 17_600, 'autoscaling': 17_500, 'batch': 17_400,
  'certificates.k8s.io': 17_300, 'networking.k8s.io': 17_200, 'policy': 17_100, 'rbac.authorization.k8s.io': 17_000, 'storage.k8s.io': 16_800,
  'apiextensions.k8s.io': 16_700, 'admissionregistration.k8s.io': 16_700, 'scheduling.k8s.io': 16_600, 'coordination.k8s.io': 16_500, 'node.k8s.io': 16_300,
  'discovery.k8s.io': 16_200, 'flowcontrol.apiserver.k8s.io': 16_100,
}
/** Upstream's order within a group, where it is not the usual one. */
const VERSION_PRIORITIES: Readonly<Record<string, number>> = { '/v1': 1, 'autoscaling/v2': 30, 'flowcontrol.apiserver.k8s.io/v1': 21 }
const OTHER_GROUP = 1000
const OTHER_VERSION = 100
const USUAL_VERSION = 15

/** The APIService of a group and version that this server answers for. */
export function localApiService(group: string, version: string, managed: 'onstart' | 'true'): Draft<APIService> {
  const priority = GROUP_PRIORITIES[group]
  return {
    apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService',
    metadata: { name: `${version}.${group}`, labels: { [AUTO_MANAGED]: managed } },
    spec: {
      group, version, groupPriorityMinimum: priority ?? OTHER_GROUP,
      versionPriority: VERSION_PRIORITIES[`${group}/${version}`] ?? (priority === undefined ? OTHER_VERSION : USUAL_VERSION),
    },
  }
}

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
