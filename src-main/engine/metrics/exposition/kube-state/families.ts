import type { KubeObject } from '../../../../common/kube/object.ts'
import type { Resource } from '../../../../common/kube/resource.ts'
import type { Family, Sample } from '../text.ts'
import { autoscalerState } from './autoscalers.ts'
import { cronJobState, jobState } from './jobs.ts'
import { nodeState } from './nodes.ts'
import { configMapState, ingressState, namespaceState, quotaState, secretState, serviceState } from './others.ts'
import { logSinkState, notificationState } from './outbound.ts'
import { podState } from './pods.ts'
import type { StateKind, StateMetric } from './state-kind.ts'
import { claimState, volumeState } from './volumes.ts'
import { daemonSetState, deploymentState, disruptionBudgetState, replicaSetState, statefulSetState } from './workloads.ts'

/** Every kind whose objects are told of. */
export const STATE_KINDS: readonly StateKind[] = [
  nodeState, namespaceState, podState, deploymentState, replicaSetState, statefulSetState, daemonSetState, jobState, cronJobState, autoscalerState,
  disruptionBudgetState, serviceState, ingressState, claimState, volumeState, quotaState, configMapState, secretState,
  logSinkState, notificationState,
]

/** What kube-state-metrics would tell of the objects that `list` gives. Nothing is made before it is read. */
export function* kubeStateFamilies(list: (resource: Resource) => readonly Readonly<KubeObject>[], kinds: readonly StateKind[] = STATE_KINDS): Generator<Family, void> {
  for (const { resource, labels, metrics } of kinds) {
    const objects = list(resource)
    if (objects.length === 0) continue
    for (const metric of metrics) yield { name: metric.name, help: metric.help, type: metric.type ?? 'gauge', samples: samplesOf(objects, labels, metric) }
  }
}

function* samplesOf(objects: readonly Readonly<KubeObject>[], labels: StateKind['labels'], metric: StateMetric<KubeObject>): Generator<Sample, void> {
  for (const object of objects) {
    const own = labels(object)
    for (const [more, value] of metric.of(object)) if (value !== undefined) yield { labels: { ...own, ...more }, value }
  }
}
