import type { AutoscalerSettings, ContainerRequests, ObjectRef } from '../../common/contract/index.ts'
import { badRequest } from '../../common/errors.ts'
import { isCpuShare, SCALE_TO_ZERO_AFTER } from '../../common/kube/autoscaling.ts'
import type { HorizontalPodAutoscaler, MetricSpec } from '../../common/kube/generated/autoscaling-v2.ts'
import type { AppObject } from '../views/workload.ts'
import { toYaml } from '../manifests/text.ts'

/** An autoscaler's YAML with these settings: a new one, or the one there is with all that the form does not say (other metrics, behavior) kept. */
export function autoscalerYaml(app: ObjectRef, there: Readonly<HorizontalPodAutoscaler> | undefined, settings: AutoscalerSettings): string {
  const { min, max, cpuPercent, toZeroAfterSeconds } = settings
  const cpu: MetricSpec = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuPercent } } }
  const { [SCALE_TO_ZERO_AFTER]: _before, ...others } = there?.metadata.annotations ?? {}
  const annotations = { ...others, ...(toZeroAfterSeconds === undefined ? {} : { [SCALE_TO_ZERO_AFTER]: String(toZeroAfterSeconds) }) }
  const metrics = there?.spec.metrics ?? []
  return toYaml({
    apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler',
    metadata: { name: there?.metadata.name ?? app.name, namespace: app.namespace, ...(there?.metadata.labels === undefined ? {} : { labels: there.metadata.labels }), ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    spec: {
      ...there?.spec, scaleTargetRef: there?.spec.scaleTargetRef ?? { apiVersion: app.apiVersion, kind: app.kind, name: app.name }, minReplicas: min, maxReplicas: max,
      metrics: metrics.some(isCpuShare) ? metrics.map((m) => (isCpuShare(m) ? cpu : m)) : [cpu, ...metrics],
    },
  }, 'editable')
}

/** An app's YAML with other requests. BadRequest for a container that it does not have. */
export function requestsYaml(app: Readonly<AppObject>, requests: readonly ContainerRequests[]): string {
  const copy = structuredClone(app) as AppObject
  const containers = [...(copy.spec?.template?.spec?.containers ?? []), ...(copy.spec?.template?.spec?.initContainers ?? [])]
  for (const { container, cpuMilli, memoryBytes } of requests) {
    const found = containers.find((c) => c.name === container)
    if (found === undefined) throw badRequest(`${app.metadata.name} has no container "${container}".`)
    const wanted = { ...(cpuMilli === undefined ? {} : { cpu: `${String(cpuMilli)}m` }), ...(memoryBytes === undefined ? {} : { memory: `${String(Math.ceil(memoryBytes / 2 ** 20))}Mi` }) }
    found.resources = { ...found.resources, requests: { ...found.resources?.requests, ...wanted } }
  }
  return toYaml(copy, 'editable')
}
