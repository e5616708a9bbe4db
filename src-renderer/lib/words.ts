import type { AppDetail, AutoscalerView, ClusterMode, Explanation, Health, JobState, ObjectRef, PodPath } from '../../src-main/common/contract/index.ts'
import { m } from '../paraglide/messages.js'
import { SWARM_EVENTS } from './swarm-events.ts'

/** A health in one word of the screens' language. */
export function healthWord(health: Health): string {
  switch (health) {
    case 'healthy': return m.health_healthy()
    case 'progressing': return m.health_progressing()
    case 'degraded': return m.health_degraded()
    case 'failed': return m.health_failed()
    case 'stopped': return m.health_stopped()
    case 'unknown': return m.health_unknown()
  }
}

/** What an app's instances are called. */
export function instancesWord(mode: ClusterMode): string {
  return mode === 'swarm' ? m.nav_tasks() : m.nav_pods()
}

/** So many instances. */
export function countInstances(mode: ClusterMode, count: number): string {
  return mode === 'swarm' ? m.n_tasks({ count }) : m.n_pods({ count })
}

/** How other nodes' pods are reached. */
export function pathWords(paths: readonly PodPath[]): string {
  const words: Record<PodPath, string> = { routes: m.path_routes(), vxlan: 'VXLAN', wireguard: 'WireGuard' }
  return paths.map((path) => words[path]).join(' + ')
}

const REASONS: Record<string, () => string> = {
  CrashLoopBackOff: m.reason_crash_loop, ImagePullBackOff: m.reason_image_pull, ErrImagePull: m.reason_image_pull, InvalidImageName: m.reason_image_name,
  OOMKilled: m.reason_oom, Unschedulable: m.reason_unschedulable, FailedScheduling: m.reason_unschedulable, ContainerCreating: m.reason_creating, Pulling: m.reason_pulling,
  PodInitializing: m.reason_initializing, ContainersNotReady: m.reason_not_ready, NotReady: m.reason_not_ready, Unhealthy: m.reason_unhealthy, ProgressDeadlineExceeded: m.reason_deadline,
  UpdatePaused: m.reason_update_paused, RollbackPaused: m.reason_rollback_paused, Killed: m.reason_killed, PortInUse: m.reason_port_in_use, MountFailed: m.reason_mount, CannotRun: m.reason_create, StartFailed: m.reason_create,
  NetworkFailed: m.reason_network, NoAddress: m.reason_network, MissingFile: m.reason_config, SwarmUnreachable: m.reason_swarm_unreachable, TwoManagers: m.reason_two_managers, ManagerUnreachable: m.reason_manager_unreachable,
  RolloutAborted: m.reason_rollout_aborted, RolledBack: m.reason_rollout_aborted, RolloutStarted: m.reason_rollout_started, RolloutStep: m.reason_rollout_step, RolloutPromoted: m.reason_rollout_promoted, AnalysisFailed: m.reason_analysis_failed, OrderIgnored: m.reason_order_ignored,
  Canary: m.reason_canary, CanaryGivenUp: m.reason_canary_given_up, CanaryStarted: m.reason_canary_started, CanaryStep: m.reason_canary_step, CanaryPromoting: m.reason_canary_promoting, CanaryPromoted: m.reason_canary_promoted, CanaryWithdrawn: m.reason_canary_withdrawn,
  CanaryRefused: m.reason_labels_refused, AlertRefused: m.reason_labels_refused, AutoscaleRefused: m.reason_labels_refused, RebalanceRefused: m.reason_labels_refused, ScheduleRefused: m.reason_labels_refused,
  TasksMissing: m.reason_tasks_missing, RestartsOften: m.reason_restarts_often, CpuHigh: m.reason_cpu_high, MemoryHigh: m.reason_memory_high, AlertCleared: m.reason_alert_cleared, QuorumLost: m.reason_quorum_lost,
  CreateContainerConfigError: m.reason_config, CreateContainerError: m.reason_create, RunContainerError: m.reason_create, Error: m.reason_error, Completed: m.reason_completed,
  Running: m.pods_running, Pending: m.pods_pending, Terminating: m.pods_terminating, Succeeded: m.reason_completed, Failed: m.pods_failed,
  NodeNotReady: m.reason_node_not_ready, NodeLost: m.reason_node_lost, Cordoned: m.reason_cordoned, SchedulingDisabled: m.reason_cordoned, DeadlineExceeded: m.reason_deadline, Evicted: m.reason_evicted,
  MinimumReplicasUnavailable: m.reason_not_ready, BackOff: m.reason_crash_loop, DockerUnreachable: m.reason_docker, NodeNotResponding: m.reason_not_responding, NodeResponding: m.reason_responding, EndpointsRemoved: m.reason_endpoints_removed, NodeReady: m.reason_node_ready,
  KubeletHasInsufficientMemory: m.reason_memory, NodeHasInsufficientMemory: m.reason_memory, MemoryPressureRecently: m.reason_recently, NodeHasSufficientMemory: m.reason_memory_well,
  KubeletHasDiskPressure: m.reason_disk, NodeHasDiskPressure: m.reason_disk, DiskPressureRecently: m.reason_recently, NodeHasNoDiskPressure: m.reason_disk_well,
  KubeletHasInsufficientPID: m.reason_pids, NodeHasInsufficientPID: m.reason_pids, PIDPressureRecently: m.reason_recently, NodeHasSufficientPID: m.reason_pids_well,
  DoesNotFit: m.reason_does_not_fit, Leaving: m.reason_leaving, NoNodeFits: m.reason_no_node_fits, OnDelete: m.reason_on_delete, Partition: m.reason_partition, Paused: m.reason_paused,
  BackoffLimitExceeded: m.reason_backoff_limit, FailedIndexes: m.reason_failed_indexes, MaxFailedIndexesExceeded: m.reason_failed_indexes, PodFailurePolicy: m.reason_pod_failure,
  GPUNotUsable: m.reason_gpu, GPUOnlyDeclared: m.reason_gpu_declared, WaitingForData: m.reason_waiting_for_data, DataIsBack: m.reason_data_is_back, WaitingForServer: m.reason_waiting_for_server, ServerIsBack: m.reason_server_is_back,
  VolumeBusy: m.reason_volume_busy, VolumeLost: m.claim_gone_volume, NoVolume: m.reason_no_volume, ProvisioningVolume: m.claim_pending, BackupFailed: m.claim_backup_failing,
  'host-key-changed': m.ssh_host_key_changed, 'host-key-revoked': m.ssh_host_key_rejected, 'host-key-rejected': m.ssh_host_key_rejected, 'auth-failed': m.ssh_auth,
  'key-unreadable': m.ssh_key, passphrase: m.ssh_key, agent: m.ssh_agent, name: m.ssh_name, refused: m.ssh_refused, unreachable: m.ssh_unreachable, timeout: m.ssh_timeout,
  lost: m.ssh_lost, closed: m.ssh_lost, protocol: m.ssh_protocol, channel: m.ssh_protocol, sessions: m.ssh_protocol, command: m.ssh_protocol, config: m.ssh_config, docker: m.reason_docker,
  NetworkClash: m.server_network_clash, NameTaken: m.server_name_taken, ClockSkew: m.server_clock_skew, AlreadyAdded: m.server_already, OtherCluster: m.server_other_cluster,
  Routes: m.reason_pod_network, VXLAN: m.reason_pod_network, WireGuard: m.reason_pod_network, RoutesAndVXLAN: m.reason_pod_network, NotForwarded: m.reason_api,
}

/** A machine-readable reason in plain words; the reason itself where there are none for it. */
export function reasonWords(reason: string): string {
  return REASONS[reason]?.() ?? SWARM_EVENTS[reason]?.() ?? reason
}

const CONDITIONS: Record<string, () => string> = {
  Ready: m.condition_is_node_ready, NetworkUnavailable: m.condition_is_network, MemoryPressure: m.condition_is_memory, DiskPressure: m.condition_is_disk, PIDPressure: m.condition_is_pids, 'toque.dev/ApiReachable': m.condition_is_api, 'toque.dev/PodNetwork': m.condition_is_pod_network, 'toque.dev/Ingress': m.condition_is_ingress, 'toque.dev/PeersReach': m.condition_is_peers, 'toque.dev/Responding': m.condition_is_responding, 'toque.dev/Drained': m.condition_is_drained, Availability: m.swarm_availability, Leader: m.swarm_leader, Manager: m.swarm_manager,
}

/** What a node's condition is about, whether it is well or not; its own name where there are no words for it. */
export function conditionWords(type: string): string {
  return CONDITIONS[type]?.() ?? type
}

/** Why, in a table's cell: for an image on its way also how much of it is there. */
export function whyWords({ reason, message }: Explanation): string {
  const amount = reason === 'Pulling' ? /: ([\d.]+) of ([\d.]+ MB)$/.exec(message) : null
  return amount === null ? reasonWords(reason) : `${reasonWords(reason)}: ${amount[1] ?? ''} / ${amount[2] ?? ''}`
}

/** An object's state: the kind's own word, in the screens' language where it has one. */
export function stateWords(state: string): string {
  return STATES[state]?.() ?? reasonWords(state)
}

const STATES: Record<string, () => string> = { Terminating: m.state_terminating, Suspended: m.health_stopped, Complete: m.reason_completed }

const COLUMNS: Record<string, () => string> = {
  'Name': m.name, 'Namespace': m.namespace, 'Status': m.status, 'Ready': m.ready, 'Age': m.age, 'Restarts': m.restarts, 'Node': m.node, 'Labels': m.labels, 'Image': m.image, 'Images': m.image, 'Replicas': m.replicas,
}

/** The heading of a table's column: the API's word, in the screens' language where it has one. */
export function columnWords(name: string): string {
  return COLUMNS[name]?.() ?? name
}

/** Where a job stands. */
export function jobStateWords(state: JobState): string {
  const words: Record<JobState, () => string> = { waiting: m.job_state_waiting, running: m.job_state_running, suspended: m.job_state_suspended, complete: m.job_state_complete, failed: m.job_state_failed }
  return words[state]()
}

/** What an autoscaler does now. */
export function scalingWords(state: AutoscalerView['state']): string {
  const words: Record<AutoscalerView['state'], () => string> = {
    working: m.scaling_state_working, limited: m.scaling_state_limited, failing: m.scaling_state_failing, off: m.scaling_state_off, zero: m.scaling_state_zero, waiting: m.scaling_state_waiting,
  }
  return words[state]()
}

const SCALING: Record<string, () => string> = {
  TooManyReplicas: m.scaling_reason_too_many, TooFewReplicas: m.scaling_reason_too_few, ScaleUpLimit: m.scaling_reason_up_limit, ScaleDownLimit: m.scaling_reason_down_limit,
  ScaleDownStabilized: m.scaling_reason_down_waits, ScaleUpStabilized: m.scaling_reason_up_waits, ReadyForNewScale: m.scaling_reason_fits, SucceededRescale: m.scaling_reason_rescaled,
  FailedGetResourceMetric: m.scaling_reason_no_metric, FailedGetContainerResourceMetric: m.scaling_reason_no_metric, FailedGetPodsMetric: m.scaling_reason_no_metric, FailedGetObjectMetric: m.scaling_reason_no_metric,
  FailedGetExternalMetric: m.scaling_reason_no_metric, InvalidMetricSourceType: m.scaling_reason_no_metric, FailedGetScale: m.scaling_reason_no_target, InvalidSelector: m.scaling_reason_no_target, FailedUpdateScale: m.scaling_reason_no_target,
  ScalingDisabled: m.scaling_reason_off, ScaledToZero: m.scaling_reason_zero,
}

/** Why an autoscaler does what it does, in a sentence; undefined where there is none for the reason. */
export function scalingReasonWords(reason: string): string | undefined {
  return SCALING[reason]?.()
}

/** Which of the two worlds an object is of: whose words fit it. */
export function worldOf({ apiVersion }: ObjectRef): ClusterMode {
  return apiVersion === 'swarm' ? 'swarm' : 'kubernetes'
}

/** How another image gets to an app's pods, in a sentence. */
export function imageChangeWords({ strategy, ref }: Pick<AppDetail, 'strategy' | 'ref'>): string {
  if (strategy === 'Recreate') return m.image_recreate({ mode: worldOf(ref) })
  if (strategy === 'OnDelete') return m.image_on_delete()
  if (ref.kind === 'StatefulSet') return m.image_in_order()
  return ref.kind === 'DaemonSet' ? m.image_per_node() : m.image_rolling({ mode: worldOf(ref) })
}

/** `Deployment web`, as people say it: an app's and a pod's kind goes without saying. */
export function refWords(ref: ObjectRef): string {
  return ref.kind === 'Deployment' || ref.kind === 'Pod' ? ref.name : `${ref.kind} ${ref.name}`
}
