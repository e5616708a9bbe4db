import type { Store } from '../../store/store.ts'
import { mutatingWebhookKind, validatingWebhookKind } from './admission-registration/webhooks.ts'
import { admissionPolicyBindingKind } from './admission-registration/policy-binding.ts'
import { admissionPolicyKind } from './admission-registration/policy.ts'
import { apiServiceKind } from './api-service.ts'
import { backupScheduleKind } from './backup-schedule.ts'
import { bindingKind } from './binding.ts'
import { certificateIssuerKind, certificateKind } from './certificate.ts'
import { componentStatusKind } from './component-status.ts'
import { configMapKind } from './config-map.ts'
import { controllerRevisionKind } from './controller-revision.ts'
import { cronJobKind } from './cron-job.ts'
import { daemonSetKind } from './daemon-set.ts'
import { deploymentKind } from './deployment.ts'
import { endpointSliceKind } from './endpoint-slice.ts'
import { endpointsKind } from './endpoints.ts'
import { eventKind } from './event.ts'
import { flowSchemaKind } from './flow-control/flow-schema.ts'
import { priorityLevelKind } from './flow-control/priority-level.ts'
import { gatewayClassKind, gatewayKind, httpRouteKind, referenceGrantKind } from './gateway.ts'
import { horizontalPodAutoscalerKind } from './horizontal-pod-autoscaler.ts'
import { ingressClassKind } from './ingress-class.ts'
import { ingressKind } from './ingress.ts'
import { jobKind } from './job.ts'
import type { Kind } from './kind.ts'
import { leaseKind } from './lease.ts'
import { limitRangeKind } from './limit-range.ts'
import { logPositionKind } from './log-position.ts'
import { logSinkKind } from './log-sink.ts'
import { namespaceKind } from './namespace.ts'
import { networkPolicyKind } from './network-policy.ts'
import { nodeKind } from './node.ts'
import { notificationKind } from './notification.ts'
import { persistentVolumeClaimKind } from './persistent-volume-claim.ts'
import { persistentVolumeKind } from './persistent-volume.ts'
import { podDisruptionBudgetKind } from './pod-disruption-budget.ts'
import { podTemplateKind } from './pod-template.ts'
import { podKind } from './pod.ts'
import { priorityClassKind } from './priority-class.ts'
import { clusterRoleBindingKind, roleBindingKind } from './rbac/binding.ts'
import { clusterRoleKind, roleKind } from './rbac/role.ts'
import { rebalanceKind } from './rebalance.ts'
import { replicaSetKind } from './replica-set.ts'
import { replicationControllerKind } from './replication-controller.ts'
import { resourceQuotaKind } from './resource-quota.ts'
import { accessReviewKinds } from './reviews/access.ts'
import { tokenReviewKind } from './reviews/token-review.ts'
import { selfSubjectReviewKind } from './reviews/who-am-i.ts'
import { rolloutKind } from './rollout.ts'
import { runtimeClassKind } from './runtime-class.ts'
import { secretKind } from './secret.ts'
import { serverKind } from './server.ts'
import { serviceAccountKind } from './service-account.ts'
import { serviceKind } from './service.ts'
import { ServicePools } from './service-pools.ts'
import { signingRequestKind } from './signing-request.ts'
import { statefulSetKind } from './stateful-set.ts'
import { storageClassKind } from './storage-class.ts'
import { csiDriverKind } from './storage/csi-driver.ts'
import { csiNodeKind } from './storage/csi-node.ts'
import { csiStorageCapacityKind } from './storage/csi-storage-capacity.ts'
import { volumeAttachmentKind } from './storage/volume-attachment.ts'
import { volumeBackupKind } from './volume-backup.ts'
import { volumeSnapshotKind } from './volume-snapshot.ts'

/** Every built-in kind. */
export function builtinKinds(store: Store): Kind[] {
  return [
    configMapKind, endpointsKind, eventKind, namespaceKind, nodeKind, podKind, secretKind, serviceAccountKind, serviceKind(new ServicePools(store)),
    deploymentKind, replicaSetKind, endpointSliceKind, leaseKind, networkPolicyKind, serverKind, persistentVolumeKind, persistentVolumeClaimKind,
    storageClassKind, horizontalPodAutoscalerKind, controllerRevisionKind, podDisruptionBudgetKind, statefulSetKind, cronJobKind, daemonSetKind,
    jobKind, replicationControllerKind, limitRangeKind, priorityClassKind, resourceQuotaKind, ingressClassKind, ingressKind,
    logSinkKind, logPositionKind, notificationKind, rebalanceKind, rolloutKind,
    volumeBackupKind, backupScheduleKind, volumeSnapshotKind,
    certificateIssuerKind, certificateKind, gatewayClassKind, gatewayKind, httpRouteKind, referenceGrantKind,
    roleKind, roleBindingKind, clusterRoleKind, clusterRoleBindingKind, ...accessReviewKinds, selfSubjectReviewKind, tokenReviewKind,
    bindingKind, componentStatusKind(store), podTemplateKind, runtimeClassKind, csiDriverKind, csiNodeKind, csiStorageCapacityKind, volumeAttachmentKind,
    mutatingWebhookKind, validatingWebhookKind, admissionPolicyKind, admissionPolicyBindingKind, apiServiceKind, flowSchemaKind, priorityLevelKind,
    signingRequestKind,
  ]
}
