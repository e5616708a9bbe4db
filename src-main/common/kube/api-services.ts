import type { APIService } from './generated/apiregistration-v1.ts'
import type { Draft } from './object.ts'

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
