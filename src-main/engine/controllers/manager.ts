import type { NodeAccess } from '../../common/kube/node-access.ts'
import type { Resource } from '../../common/kube/resource.ts'
import type { TrafficSource } from '../../common/kube/traffic.ts'
import type { VolumeWork } from '../../common/kube/volume-work.ts'
import { certificateControllers } from './certificate/index.ts'
import { ClusterRoleAggregationController } from './cluster-role-aggregation/controller.ts'
import type { ControllerContext, Runnable } from './context.ts'
import { ConfigRestartController } from './config-restart/controller.ts'
import { CustomResourceController } from './custom-resources/controller.ts'
import { CustomResources } from './custom-resources/custom-resources.ts'
import { CrdRegistrationController } from './crd-registration/controller.ts'
import { CronJobController } from './cronjob/controller.ts'
import { DaemonSetController } from './daemonset/controller.ts'
import { DeploymentController } from './deployment/controller.ts'
import { DisruptionController } from './disruption/controller.ts'
import { EndpointsController } from './endpoints/controller.ts'
import { EndpointSliceController } from './endpointslice/controller.ts'
import { EndpointSliceMirror } from './endpointslice/mirror.ts'
import { EventTtlController } from './event-ttl/controller.ts'
import { GarbageCollector } from './garbage-collector/controller.ts'
import type { AutoscalingOptions } from './hpa/controller.ts'
import { AutoscalerController } from './hpa/controller.ts'
import { JobController } from './job/controller.ts'
import { LogSinkController } from './log-sink/controller.ts'
import { NamespaceController } from './namespace/controller.ts'
import { NodeLifecycleController } from './node-lifecycle/controller.ts'
import { EvictionController } from './node-lifecycle/eviction-controller.ts'
import { NotificationController } from './notification/controller.ts'
import { PodGcController } from './pod-gc/controller.ts'
import { RebalanceController } from './rebalance/controller.ts'
import type { RebalanceRules } from './rebalance/controller.ts'
import { ReplicaSetController } from './replicaset/controller.ts'
import { REPLICATION_CONTROLLER } from './replicaset/replicated-kind.ts'
import { ResourceQuotaController } from './resource-quota/controller.ts'
import { BUILT_IN } from './resources.ts'
import { RolloutController } from './rollout/controller.ts'
import { ServiceAccountController } from './serviceaccount/controller.ts'
import { TokenSecretController } from './serviceaccount/token-controller.ts'
import { signingRequestControllers } from './signing-request/index.ts'
import type { RequestSigner } from './signing-request/signing-controller.ts'
import { StatefulSetController } from './statefulset/controller.ts'
import { TtlAfterFinishedController } from './ttl-after-finished/controller.ts'
import { volumeControllers } from './volume/index.ts'
import { copyControllers } from './volume-copies/index.ts'

/** What `startControllers` takes. */
export interface StartControllersOptions extends Omit<ControllerContext, 'resources'> {
  /** All kinds that the API serves; default: the built-in ones. */
  resources?: readonly Resource[]
  /** The API's CA certificate, PEM, for the pods: each namespace gets it as `kube-root-ca.crt`. */
  ca?: string
  /** Signs requests for certificates of the cluster; absent: nobody does. */
  signer?: RequestSigner
  /** How long a node may be silent before it counts as unreachable. Default 40 s. */
  nodeGraceMs?: number
  /** What the autoscalers measure by. */
  autoscaling?: AutoscalingOptions
  /** The way to the pods' logs, for log sinks. */
  logs?: Pick<NodeAccess, 'logs'>
  /** The scheduler's rules, by which pods are spread anew; absent: nothing ever is. */
  rebalancing?: RebalanceRules
  /** What the ingress counts, for the analyses of Rollouts. */
  traffic?: TrafficSource
  /** Who copies volumes; default: nobody, and copies wait. */
  volumeWork?: VolumeWork
}

/** Starts every controller once the informers they read are synced. `stop` resolves when the last reconcile is over. */
export async function startControllers({ resources = BUILT_IN, ca, signer, nodeGraceMs, autoscaling, logs, rebalancing, traffic, volumeWork, ...rest }: StartControllersOptions): Promise<{ stop(): Promise<void> }> {
  const context: ControllerContext = { ...rest, resources, custom: new CustomResources(rest.informers) }
  const controllers: Runnable[] = [
    new DeploymentController(context), new ReplicaSetController(context), new EndpointSliceController(context), new EndpointSliceMirror(context),
    new EndpointsController(context), new AutoscalerController(context, autoscaling), new StatefulSetController(context), new DisruptionController(context),
    new CronJobController(context), new DaemonSetController(context), new JobController(context), new ReplicaSetController(context, REPLICATION_CONTROLLER),
    new TtlAfterFinishedController(context), new RolloutController(context, traffic),
    new NamespaceController(context), new ServiceAccountController(context, ca), new TokenSecretController(context, ca), new GarbageCollector(context), new NodeLifecycleController(context, nodeGraceMs),
    new EvictionController(context), new PodGcController(context), new EventTtlController(context), new ResourceQuotaController(context),
    ...volumeControllers(context), ...copyControllers(context, volumeWork), new LogSinkController(context, logs), new NotificationController(context), new ConfigRestartController(context),
    new RebalanceController(context, rebalancing), new CustomResourceController(context), new CrdRegistrationController(context), new ClusterRoleAggregationController(context), ...certificateControllers(context),
    ...signingRequestControllers(context, signer),
  ]
  await context.informers.synced()
  for (const controller of controllers) controller.start()
  return {
    async stop() {
      await Promise.all(controllers.map((c) => c.stop()))
    },
  }
}
