import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../../../common/kube/generated/apps-v1.ts'
import type { PodDisruptionBudget } from '../../../../common/kube/generated/policy-v1.ts'
import { DaemonSets, Deployments, PodDisruptionBudgets, ReplicaSets, StatefulSets } from '../../../../common/kube/kinds.ts'
import { conditionStates, identity, named, number, stateKind } from './state-kind.ts'

const D = 'kube_deployment'
/** Deployments. */
export const deploymentState = stateKind<Deployment>({
  resource: Deployments, labels: named('deployment'),
  metrics: [
    ...identity(D, true),
    number(`${D}_status_replicas`, 'The number of replicas per deployment.', (o) => o.status?.replicas ?? 0),
    number(`${D}_status_replicas_ready`, 'The number of ready replicas per deployment.', (o) => o.status?.readyReplicas ?? 0),
    number(`${D}_status_replicas_available`, 'The number of available replicas per deployment.', (o) => o.status?.availableReplicas ?? 0),
    number(`${D}_status_replicas_unavailable`, 'The number of unavailable replicas per deployment.', (o) => o.status?.unavailableReplicas ?? 0),
    number(`${D}_status_replicas_updated`, 'The number of updated replicas per deployment.', (o) => o.status?.updatedReplicas ?? 0),
    number(`${D}_status_observed_generation`, 'The generation observed by the deployment controller.', (o) => o.status?.observedGeneration ?? 0),
    { name: `${D}_status_condition`, help: 'The current status conditions of a deployment.', of: (o) => conditionStates(o.status?.conditions) },
    number(`${D}_spec_replicas`, 'Number of desired pods for a deployment.', (o) => o.spec.replicas ?? 1),
    number(`${D}_spec_paused`, 'Whether the deployment is paused and will not be processed by the deployment controller.', (o) => o.spec.paused === true),
    number(`${D}_metadata_generation`, 'Sequence number representing a specific generation of the desired state.', (o) => o.metadata.generation),
  ],
})

const R = 'kube_replicaset'
/** ReplicaSets. */
export const replicaSetState = stateKind<ReplicaSet>({
  resource: ReplicaSets, labels: named('replicaset'),
  metrics: [
    ...identity(R, true),
    number(`${R}_status_replicas`, 'The number of replicas per ReplicaSet.', (o) => o.status?.replicas ?? 0),
    number(`${R}_status_fully_labeled_replicas`, 'The number of fully labeled replicas per ReplicaSet.', (o) => o.status?.fullyLabeledReplicas ?? 0),
    number(`${R}_status_ready_replicas`, 'The number of ready replicas per ReplicaSet.', (o) => o.status?.readyReplicas ?? 0),
    number(`${R}_status_observed_generation`, 'The generation observed by the ReplicaSet controller.', (o) => o.status?.observedGeneration ?? 0),
    number(`${R}_spec_replicas`, 'Number of desired pods for a ReplicaSet.', (o) => o.spec.replicas ?? 1),
    number(`${R}_metadata_generation`, 'Sequence number representing a specific generation of the desired state.', (o) => o.metadata.generation),
  ],
})

const S = 'kube_statefulset'
/** StatefulSets. */
export const statefulSetState = stateKind<StatefulSet>({
  resource: StatefulSets, labels: named('statefulset'),
  metrics: [
    ...identity(S),
    number(`${S}_status_replicas`, 'The number of replicas per StatefulSet.', (o) => o.status?.replicas ?? 0),
    number(`${S}_status_replicas_available`, 'The number of available replicas per StatefulSet.', (o) => o.status?.availableReplicas ?? 0),
    number(`${S}_status_replicas_current`, 'The number of current replicas per StatefulSet.', (o) => o.status?.currentReplicas ?? 0),
    number(`${S}_status_replicas_ready`, 'The number of ready replicas per StatefulSet.', (o) => o.status?.readyReplicas ?? 0),
    number(`${S}_status_replicas_updated`, 'The number of updated replicas per StatefulSet.', (o) => o.status?.updatedReplicas ?? 0),
    number(`${S}_status_observed_generation`, 'The generation observed by the StatefulSet controller.', (o) => o.status?.observedGeneration ?? 0),
    number(`${S}_replicas`, 'Number of desired pods for a StatefulSet.', (o) => o.spec.replicas ?? 1),
    number(`${S}_metadata_generation`, 'Sequence number representing a specific generation of the desired state for the StatefulSet.', (o) => o.metadata.generation),
    { name: `${S}_status_current_revision`, help: 'Indicates the version of the StatefulSet used to generate Pods in the sequence [0,currentReplicas).', of: (o) => [[{ revision: o.status?.currentRevision ?? '' }, 1]] },
    { name: `${S}_status_update_revision`, help: 'Indicates the version of the StatefulSet used to generate Pods in the sequence [replicas-updatedReplicas,replicas).', of: (o) => [[{ revision: o.status?.updateRevision ?? '' }, 1]] },
  ],
})

const A = 'kube_daemonset'
/** DaemonSets. */
export const daemonSetState = stateKind<DaemonSet>({
  resource: DaemonSets, labels: named('daemonset'),
  metrics: [
    ...identity(A),
    number(`${A}_status_current_number_scheduled`, 'The number of nodes running at least one daemon pod and are supposed to.', (o) => o.status?.currentNumberScheduled ?? 0),
    number(`${A}_status_desired_number_scheduled`, 'The number of nodes that should be running the daemon pod.', (o) => o.status?.desiredNumberScheduled ?? 0),
    number(`${A}_status_number_available`, 'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available', (o) => o.status?.numberAvailable ?? 0),
    number(`${A}_status_number_misscheduled`, 'The number of nodes running a daemon pod but are not supposed to.', (o) => o.status?.numberMisscheduled ?? 0),
    number(`${A}_status_number_ready`, 'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and ready.', (o) => o.status?.numberReady ?? 0),
    number(`${A}_status_number_unavailable`, 'The number of nodes that should be running the daemon pod and have none of the daemon pod running and available', (o) => o.status?.numberUnavailable ?? 0),
    number(`${A}_status_updated_number_scheduled`, 'The total number of nodes that are running updated daemon pod', (o) => o.status?.updatedNumberScheduled ?? 0),
    number(`${A}_status_observed_generation`, 'The most recent generation observed by the daemon set controller.', (o) => o.status?.observedGeneration ?? 0),
    number(`${A}_metadata_generation`, 'Sequence number representing a specific generation of the desired state.', (o) => o.metadata.generation),
  ],
})

const B = 'kube_poddisruptionbudget'
/** PodDisruptionBudgets. */
export const disruptionBudgetState = stateKind<PodDisruptionBudget>({
  resource: PodDisruptionBudgets, labels: named('poddisruptionbudget'),
  metrics: [
    ...identity(B),
    number(`${B}_status_current_healthy`, 'Current number of healthy pods', (o) => o.status?.currentHealthy ?? 0),
    number(`${B}_status_desired_healthy`, 'Minimum desired number of healthy pods', (o) => o.status?.desiredHealthy ?? 0),
    number(`${B}_status_pod_disruptions_allowed`, 'Number of pod disruptions that are currently allowed', (o) => o.status?.disruptionsAllowed ?? 0),
    number(`${B}_status_expected_pods`, 'Total number of pods counted by this disruption budget', (o) => o.status?.expectedPods ?? 0),
    number(`${B}_status_observed_generation`, 'Most recent generation observed when updating this PDB status', (o) => o.status?.observedGeneration ?? 0),
  ],
})
