import type { AppDetail, AppSummary, EventEntry, Instance, NodeSummary, ObjectRef, Overview } from '../../common/contract/index.ts'
import { groupBy } from '../../common/group-by.ts'
import type { ControllerRevision, DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../../common/kube/generated/apps-v1.ts'
import type { Event, Namespace, Node, Pod, ReplicationController, Service } from '../../common/kube/generated/core-v1.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import { rolloutOf } from '../../common/kube/rollout.ts'
import type { Rollout } from '../../common/kube/rollout.ts'
import type { AppParts } from '../views/app.ts'
import { appDetail, appSummary } from '../views/app.ts'
import { endpointsOf } from '../views/endpoints.ts'
import { eventEntry } from '../views/event.ts'
import { instanceOf } from '../views/instance.ts'
import { addressOf, nodeSummary } from '../views/node.ts'
import { overviewOf } from '../../common/views/overview.ts'
import { sameRef } from '../../common/views/same-ref.ts'
import { refOf } from '../views/refs.ts'
import type { AppObject, AppRevision } from '../views/workload.ts'

/** What a cluster's caches hold at one moment. */
export interface ClusterObjects {
  readonly pods: readonly Readonly<Pod>[]
  readonly deployments: readonly Readonly<Deployment>[]
  readonly replicaSets: readonly Readonly<ReplicaSet>[]
  readonly statefulSets: readonly Readonly<StatefulSet>[]
  readonly daemonSets: readonly Readonly<DaemonSet>[]
  readonly replicationControllers: readonly Readonly<ReplicationController>[]
  readonly controllerRevisions: readonly Readonly<ControllerRevision>[]
  readonly services: readonly Readonly<Service>[]
  readonly nodes: readonly Readonly<Node>[]
  readonly namespaces: readonly Readonly<Namespace>[]
  readonly events: readonly Readonly<Event>[]
  readonly rollouts: readonly Readonly<Rollout>[]
}

/** One moment of a cluster as the screens see it. Each view is made when it is first asked for. */
export class Snapshot {
  readonly #objects: ClusterObjects
  #instances: Instance[] | undefined
  #parts: AppParts[] | undefined
  #apps: AppSummary[] | undefined
  #nodes: NodeSummary[] | undefined

  constructor(objects: ClusterObjects) {
    this.#objects = objects
  }

  /** Pods with the app each belongs to. */
  get instances(): Instance[] {
    if (this.#instances === undefined) {
      const sets = new Map(this.#objects.replicaSets.map((set) => [set.metadata.uid, set]))
      this.#instances = this.#objects.pods.map((pod) => instanceOf(pod, appOf(pod, sets)))
    }
    return this.#instances
  }

  get apps(): AppSummary[] {
    this.#apps ??= this.#appParts.map(appSummary)
    return this.#apps
  }

  /** One app, undefined when it is gone. */
  app(ref: ObjectRef): AppDetail | undefined {
    const parts = this.#appParts.find(({ object }) => sameRef(refOf(object), ref))
    return parts === undefined ? undefined : appDetail(parts)
  }

  get nodes(): NodeSummary[] {
    if (this.#nodes === undefined) {
      const pods = groupBy(this.#objects.pods, (pod) => pod.spec.nodeName ?? '')
      this.#nodes = this.#objects.nodes.map((node) => nodeSummary(node, pods.get(node.metadata.name) ?? []))
    }
    return this.#nodes
  }

  get overview(): Overview {
    return overviewOf(this.apps, this.instances, this.nodes)
  }

  /** The newest events, newest first; about one object and, for an app, its replica sets and instances. */
  events(about: ObjectRef | undefined, limit: number): EventEntry[] {
    const wanted = about === undefined ? undefined : this.#family(about)
    const entries = this.#objects.events.map(eventEntry).filter((e) => wanted === undefined || wanted.some((ref) => ref.kind === e.about.kind && ref.name === e.about.name && ref.namespace === e.about.namespace))
    return entries.sort((a, b) => b.time - a.time || (a.id < b.id ? 1 : -1)).slice(0, limit)
  }

  /** Names of the namespaces, sorted. */
  get namespaces(): string[] {
    return this.#objects.namespaces.map((n) => n.metadata.name).sort()
  }

  #family(about: ObjectRef): ObjectRef[] {
    const instances = this.instances.filter((i) => i.app !== undefined && sameRef(i.app, about)).map((i) => i.ref)
    const sets = about.kind === 'Deployment' ? this.#objects.replicaSets.filter((s) => s.metadata.namespace === about.namespace && controllerOf(s)?.name === about.name) : []
    return [about, ...instances, ...sets.map((s) => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', namespace: about.namespace, name: s.metadata.name }))]
  }

  get #appParts(): AppParts[] {
    if (this.#parts === undefined) {
      const instances = groupBy(this.instances, (i) => (i.app === undefined ? '' : keyOf(i.app)))
      const { nodes, services, replicaSets, controllerRevisions } = this.#objects
      const revisions = groupBy<AppRevision>([...replicaSets, ...controllerRevisions], (of) => controllerOf(of)?.uid ?? '')
      const addresses = nodes.map(addressOf).filter((a) => a !== '')
      const rollouts = groupBy(this.#objects.rollouts, (r) => r.metadata.namespace ?? '')
      this.#parts = this.#appObjects().map((object) => ({
        object, nodes, revisions: revisions.get(object.metadata.uid) ?? [], instances: instances.get(keyOf(refOf(object))) ?? [], endpoints: endpointsOf(object, services, addresses),
        rollout: object.kind === 'Deployment' ? rolloutOf(rollouts.get(object.metadata.namespace ?? '') ?? [], object.metadata.name) : undefined,
      }))
    }
    return this.#parts
  }

  /** What keeps pods running, but for what another app keeps. */
  #appObjects(): Readonly<AppObject>[] {
    const { deployments, statefulSets, daemonSets, replicaSets, replicationControllers } = this.#objects
    const alone = [...replicaSets, ...replicationControllers].filter((object) => controllerOf(object) === undefined)
    return [...deployments, ...statefulSets, ...daemonSets, ...alone]
  }
}

function keyOf({ apiVersion, kind, namespace, name }: ObjectRef): string {
  return `${apiVersion}/${kind}/${namespace}/${name}`
}

/** The app a pod belongs to: its replica set's deployment, else its own controller. */
export function appOf(pod: Readonly<Pod>, sets: ReadonlyMap<string, Readonly<ReplicaSet>>): ObjectRef | undefined {
  const owner = controllerOf(pod)
  if (owner === undefined) return undefined
  const set = owner.kind === 'ReplicaSet' ? sets.get(owner.uid) : undefined
  const top = (set === undefined ? undefined : controllerOf(set)) ?? owner
  return { apiVersion: top.apiVersion, kind: top.kind, namespace: pod.metadata.namespace ?? '', name: top.name }
}
