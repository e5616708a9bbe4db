import type { ContainerStatus, Pod } from '../../../../common/kube/generated/core-v1.ts'
import { findCondition } from '../../../../common/kube/conditions.ts'
import { Pods } from '../../../../common/kube/kinds.ts'
import { amounts, identity, info, number, oneOf, stateKind, unixTime } from './state-kind.ts'
import type { StateMetric, StateSample } from './state-kind.ts'

const PHASES = ['Pending', 'Succeeded', 'Failed', 'Unknown', 'Running']
const REASONS = ['Evicted', 'NodeAffinity', 'NodeLost', 'Shutdown', 'UnexpectedAdmissionError']

const condition = (pod: Readonly<Pod>, type: string): string => (findCondition(pod.status?.conditions, type)?.status ?? 'Unknown').toLowerCase()

function each(pick: (status: ContainerStatus) => number | boolean | undefined, field: 'containerStatuses' | 'initContainerStatuses'): (pod: Readonly<Pod>) => StateSample[] {
  return (pod) => (pod.status?.[field] ?? []).map((status) => {
    const value = pick(status)
    return [{ container: status.name }, typeof value === 'boolean' ? Number(value) : value]
  })
}

function reasons(pick: (status: ContainerStatus) => string | undefined): (pod: Readonly<Pod>) => StateSample[] {
  return (pod) => (pod.status?.containerStatuses ?? []).flatMap((status): StateSample[] => {
    const reason = pick(status)
    return reason ? [[{ container: status.name, reason }, 1]] : []
  })
}

function resources(which: 'requests' | 'limits'): (pod: Readonly<Pod>) => StateSample[] {
  return ({ spec }) => spec.containers.flatMap((c) => amounts(c.resources?.[which], { container: c.name, node: spec.nodeName ?? '' }))
}

const containerMetrics: StateMetric<Pod>[] = [
  {
    name: 'kube_pod_container_info', help: 'Information about a container in a pod.',
    of: (pod) => (pod.status?.containerStatuses ?? []).map((s) => [{
      container: s.name, image: s.image, image_id: s.imageID, image_spec: pod.spec.containers.find((c) => c.name === s.name)?.image ?? '', container_id: s.containerID ?? '',
    }, 1]),
  },
  { name: 'kube_pod_container_status_waiting', help: 'Describes whether the container is currently in waiting state.', of: each((s) => s.state?.waiting !== undefined, 'containerStatuses') },
  { name: 'kube_pod_container_status_waiting_reason', help: 'Describes the reason the container is currently in waiting state.', of: reasons((s) => s.state?.waiting?.reason) },
  { name: 'kube_pod_container_status_running', help: 'Describes whether the container is currently in running state.', of: each((s) => s.state?.running !== undefined, 'containerStatuses') },
  { name: 'kube_pod_container_state_started', help: 'Start time in unix timestamp for a pod container.', of: each((s) => unixTime(s.state?.running?.startedAt ?? s.state?.terminated?.startedAt), 'containerStatuses') },
  { name: 'kube_pod_container_status_terminated', help: 'Describes whether the container is currently in terminated state.', of: each((s) => s.state?.terminated !== undefined, 'containerStatuses') },
  { name: 'kube_pod_container_status_terminated_reason', help: 'Describes the reason the container is currently in terminated state.', of: reasons((s) => s.state?.terminated?.reason) },
  { name: 'kube_pod_container_status_last_terminated_reason', help: 'Describes the last reason the container was in terminated state.', of: reasons((s) => s.lastState?.terminated?.reason) },
  { name: 'kube_pod_container_status_last_terminated_exitcode', help: 'Describes the exit code for the last container in terminated state.', of: each((s) => s.lastState?.terminated?.exitCode, 'containerStatuses') },
  { name: 'kube_pod_container_status_ready', help: 'Describes whether the containers readiness check succeeded.', of: each((s) => s.ready, 'containerStatuses') },
  { name: 'kube_pod_container_status_restarts_total', type: 'counter', help: 'The number of container restarts per container.', of: each((s) => s.restartCount, 'containerStatuses') },
  { name: 'kube_pod_init_container_status_ready', help: 'Describes whether the init containers readiness check succeeded.', of: each((s) => s.ready, 'initContainerStatuses') },
  { name: 'kube_pod_init_container_status_restarts_total', type: 'counter', help: 'The number of restarts for the init container.', of: each((s) => s.restartCount, 'initContainerStatuses') },
  { name: 'kube_pod_container_resource_requests', help: 'The number of requested request resource by a container.', of: resources('requests') },
  { name: 'kube_pod_container_resource_limits', help: 'The number of requested limit resource by a container.', of: resources('limits') },
]

/** Pods and their containers. */
export const podState = stateKind<Pod>({
  resource: Pods,
  labels: ({ metadata: { namespace = '', name, uid } }) => ({ namespace, pod: name, uid }),
  metrics: [
    info('kube_pod_info', 'Information about pod.', ({ metadata, spec, status }) => {
      const owner = metadata.ownerReferences?.find((o) => o.controller === true)
      return {
        host_ip: status?.hostIP, pod_ip: status?.podIP, node: spec.nodeName, created_by_kind: owner?.kind, created_by_name: owner?.name,
        priority_class: spec.priorityClassName, host_network: String(spec.hostNetwork === true),
      }
    }),
    ...identity('kube_pod', true),
    number('kube_pod_start_time', 'Start time in unix timestamp for a pod.', ({ status }) => unixTime(status?.startTime)),
    number('kube_pod_deletion_timestamp', 'Unix deletion timestamp', ({ metadata }) => unixTime(metadata.deletionTimestamp)),
    { name: 'kube_pod_restart_policy', help: 'Describes the restart policy in use by this pod.', of: ({ spec }) => [[{ type: spec.restartPolicy ?? 'Always' }, 1]] },
    { name: 'kube_pod_status_phase', help: 'The pods current phase.', of: ({ status }) => oneOf('phase', PHASES, status?.phase ?? 'Unknown') },
    { name: 'kube_pod_status_ready', help: 'Describes whether the pod is ready to serve requests.', of: (pod) => oneOf('condition', ['true', 'false', 'unknown'], condition(pod, 'Ready')) },
    { name: 'kube_pod_status_scheduled', help: 'Describes the status of the scheduling process for the pod.', of: (pod) => oneOf('condition', ['true', 'false', 'unknown'], condition(pod, 'PodScheduled')) },
    number('kube_pod_status_unschedulable', 'Describes the unschedulable status for the pod.', (pod) => (findCondition(pod.status?.conditions, 'PodScheduled')?.reason === 'Unschedulable' ? 1 : undefined)),
    { name: 'kube_pod_status_reason', help: 'The pod status reasons', of: ({ status }) => oneOf('reason', REASONS, status?.reason) },
    ...containerMetrics,
  ],
})
