import type { AppAbility, AppDetail } from '../../common/contract/index.ts'
import type { ConditionLike } from '../../common/kube/conditions.ts'
import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../common/kube/generated/apps-v1.ts'
import type { PodTemplateSpec, ReplicationController } from '../../common/kube/generated/core-v1.ts'
import { DaemonSets, Deployments, ReplicaSets, ReplicationControllers, StatefulSets } from '../../common/kube/kinds.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { apiVersionOf } from '../../common/kube/resource.ts'

/** An object that keeps pods running: an app. */
export type AppObject = Deployment | StatefulSet | DaemonSet | ReplicaSet | ReplicationController
/** What keeps an app's earlier templates: a Deployment's ReplicaSets, or ControllerRevisions. */
export type AppRevision = ReplicaSet | ControllerRevision

/** Every kind of app. */
const APP_RESOURCES: readonly Resource<AppObject>[] = [Deployments, StatefulSets, DaemonSets, ReplicaSets, ReplicationControllers]

/** The kind of app that a reference names; undefined where it is no app. */
export function appResource({ apiVersion, kind }: { apiVersion: string; kind: string }): Resource<AppObject> | undefined {
  return APP_RESOURCES.find((r) => r.kind === kind && apiVersionOf(r) === apiVersion)
}

/** What the screens need of an app's object, whatever its kind: counts of pods, and how it rolls out. */
export interface Workload {
  readonly template: Readonly<PodTemplateSpec> | undefined
  readonly desired: number
  readonly ready: number
  /** Of the newest template. */
  readonly updated: number
  readonly total: number
  /** Its controller has seen the newest spec. */
  readonly observed: boolean
  readonly strategy: AppDetail['strategy']
  /** So many are not to be updated: the partition of a StatefulSet. */
  readonly heldBack: number
  readonly paused: boolean
  /** Seconds within which a rollout has to get on. */
  readonly deadlineSeconds: number | undefined
  readonly conditions: readonly ConditionLike[]
  readonly abilities: readonly AppAbility[]
}

/** Reads an app's object. Pure. */
export function workloadOf(object: Readonly<AppObject>): Workload {
  switch (object.kind) {
    case 'Deployment': return deployment(object)
    case 'StatefulSet': return statefulSet(object)
    case 'DaemonSet': return daemonSet(object)
    case 'ReplicaSet': case 'ReplicationController': return replicas(object)
  }
}

function deployment({ metadata, spec, status }: Readonly<Deployment>): Workload {
  return {
    template: spec?.template, desired: spec?.replicas ?? 1, ready: status?.readyReplicas ?? 0, updated: status?.updatedReplicas ?? 0, total: status?.replicas ?? 0,
    observed: (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0), strategy: spec?.strategy?.type === 'Recreate' ? 'Recreate' : 'RollingUpdate', heldBack: 0,
    paused: spec?.paused === true, deadlineSeconds: spec?.progressDeadlineSeconds ?? 600, conditions: status?.conditions ?? [], abilities: ['scale', 'image', 'restart', 'pause', 'history', 'autoscale'],
  }
}

function statefulSet({ metadata, spec, status }: Readonly<StatefulSet>): Workload {
  const { type, rollingUpdate } = spec.updateStrategy ?? {}
  const desired = spec.replicas ?? 1
  return {
    template: spec.template, desired, ready: status?.readyReplicas ?? 0, updated: status?.updatedReplicas ?? 0, total: status?.replicas ?? 0,
    observed: (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0), strategy: type === 'OnDelete' ? 'OnDelete' : 'RollingUpdate',
    // A partition is an ordinal, and ordinals need not begin at 0.
    heldBack: type === 'OnDelete' ? 0 : Math.min(desired, Math.max(0, (rollingUpdate?.partition ?? 0) - (spec.ordinals?.start ?? 0))),
    paused: false, deadlineSeconds: undefined, conditions: status?.conditions ?? [], abilities: ['scale', 'image', 'restart', 'history', 'autoscale'],
  }
}

function daemonSet({ metadata, spec, status }: Readonly<DaemonSet>): Workload {
  return {
    template: spec.template, desired: status?.desiredNumberScheduled ?? 0, ready: status?.numberReady ?? 0, updated: status?.updatedNumberScheduled ?? 0, total: status?.currentNumberScheduled ?? 0,
    observed: (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0), strategy: spec.updateStrategy?.type === 'OnDelete' ? 'OnDelete' : 'RollingUpdate', heldBack: 0,
    paused: false, deadlineSeconds: undefined, conditions: status?.conditions ?? [], abilities: ['image', 'restart', 'history'],
  }
}

/** These have no rollouts: every pod there is counts as the newest. */
function replicas({ metadata, spec, status }: Readonly<ReplicaSet> | Readonly<ReplicationController>): Workload {
  return {
    template: spec?.template, desired: spec?.replicas ?? 1, ready: status?.readyReplicas ?? 0, updated: status?.replicas ?? 0, total: status?.replicas ?? 0,
    observed: (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0), strategy: 'None', heldBack: 0,
    paused: false, deadlineSeconds: undefined, conditions: status?.conditions ?? [], abilities: ['scale', 'autoscale'],
  }
}
