import { defaultBehavior } from '../../../common/kube/autoscaling.ts'
import type { HorizontalPodAutoscaler } from '../../../common/kube/generated/autoscaling-v2.ts'
import { HorizontalPodAutoscalers } from '../../../common/kube/kinds.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { targetsCell } from './autoscaler/targets.ts'
import { validateAutoscaler } from './autoscaler/validate.ts'
import { autoscalerVersion1 } from './autoscaler/version1.ts'
import { defineKind } from './kind.ts'

/** Without metrics it is the CPU that counts, at this share of the request. */
const CPU_PERCENT = 80

/** HorizontalPodAutoscaler: autoscaling/v2, and autoscaling/v1 made of it. */
export const horizontalPodAutoscalerKind = defineKind<HorizontalPodAutoscaler>({
  resource: HorizontalPodAutoscalers,
  shortNames: ['hpa'],
  categories: ['all'],
  hasStatus: true,
  otherVersions: [autoscalerVersion1],
  defaults(autoscaler) {
    const spec = autoscaler.spec as HorizontalPodAutoscaler['spec'] | undefined
    if (spec === undefined) return
    spec.minReplicas ??= 1
    if ((spec.metrics ?? []).length === 0) spec.metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: CPU_PERCENT } } }]
    if (spec.behavior !== undefined) defaultBehavior(spec.behavior)
  },
  prepareForCreate(autoscaler) {
    autoscaler.status = { currentReplicas: 0, desiredReplicas: 0 }
  },
  validate: validateAutoscaler,
  columns: [
    nameColumn,
    { name: 'Reference', type: 'string', description: 'Reference points to the target resource.', cell: (o) => `${o.spec.scaleTargetRef.kind}/${o.spec.scaleTargetRef.name}` },
    { name: 'Targets', type: 'string', description: 'Target and current value of each metric.', cell: (o) => targetsCell(o.spec.metrics, o.status?.currentMetrics) },
    { name: 'MinPods', type: 'string', description: 'Lower limit for the number of pods.', cell: (o) => (o.spec.minReplicas === undefined ? '<unset>' : String(o.spec.minReplicas)) },
    { name: 'MaxPods', type: 'string', description: 'Upper limit for the number of pods.', cell: (o) => o.spec.maxReplicas },
    { name: 'Replicas', type: 'string', description: 'Number of pods last seen.', cell: (o) => o.status?.currentReplicas ?? 0 },
    ageColumn,
  ],
})
