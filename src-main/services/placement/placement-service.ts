import type { ObjectRef, Placement, PlacementPlan, PlacementTable, PlannedInstance } from '../../common/contract/index.ts'
import { claimsHeldOn } from '../../common/kube/claim-data.ts'
import { hasReason, notFound } from '../../common/errors.ts'
import type { ReplicaSet } from '../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { PodDisruptionBudget } from '../../common/kube/generated/policy-v1.ts'
import { Namespaces, Nodes, PodDisruptionBudgets, Pods, ReplicaSets } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { controllerOf } from '../../common/kube/owners.ts'
import type { Client } from '../../engine/client/client.ts'
import { SchedulerCache } from '../../engine/scheduler/cache.ts'
import { explain } from '../../engine/scheduler/explain.ts'
import { rehearseLoss, simulate } from '../../engine/scheduler/simulate.ts'
import type { ClusterState, Landing, Simulation } from '../../engine/scheduler/simulate.ts'
import type { ManifestApi } from '../manifests/manifest-api.ts'
import { planText } from '../manifests/planner.ts'
import { refOf } from '../views/refs.ts'
import { plannedPods } from './planned-pods.ts'
import { pluginsWithVolumes, volumesNow } from './volume-filter.ts'

/** Answers what-if questions on a copy of the cluster's state, with the scheduler's own code. */
export class PlacementService implements Placement {
  readonly #client: Client
  readonly #manifests: ManifestApi

  constructor(client: Client, manifests: ManifestApi) {
    this.#client = client
    this.#manifests = manifests
  }

  async explain(instance: ObjectRef): Promise<PlacementTable> {
    const [state, plugins] = await Promise.all([this.#state(), pluginsWithVolumes(this.#client, { claimsCome: false })])
    const pod = state.pods.find((p) => p.metadata.namespace === instance.namespace && p.metadata.name === instance.name)
    if (pod === undefined) throw notFound('pods', instance.name)
    const { message, nodes, preemption } = explain(pod, SchedulerCache.of(state.nodes, state.pods, state.namespaces), state.budgets, plugins)
    return {
      nodes: nodes.map((n) => ({ ...n, reasons: [...n.reasons] })), ...(message === undefined ? {} : { why: { reason: 'Unschedulable', message } }),
      ...(preemption === undefined ? {} : { preemption: { node: preemption.node, victims: preemption.victims.map((v) => refOf(v.pod)) } }),
    }
  }

  async simulate(yaml: string): Promise<PlacementPlan> {
    const [{ steps, plan: { problems } }, state, sets, plugins] = await Promise.all([planText(this.#manifests, yaml), this.#state(), this.#sets(), pluginsWithVolumes(this.#client, { claimsCome: true })])
    if (problems.some((p) => p.severity === 'error')) return { instances: [], problems, nodes: [] }
    const { made, refused, gone } = await plannedPods(this.#manifests, steps, state, sets)
    const simulation = simulate({ ...state, pods: state.pods.filter((p) => !gone.has(p.metadata.uid)) }, made.map((pod) => ({ pod })), { plugins })
    const plan = planOf(simulation, sets)
    const notLetIn = refused.map(({ pod, why }): PlannedInstance => ({ ...named(pod as unknown as Frozen<Pod>, sets), outcome: 'refused', why: { reason: 'Refused', message: why }, perNode: [] }))
    return { ...plan, problems, instances: [...plan.instances, ...notLetIn] }
  }

  async rehearseLoss(nodes: string[]): Promise<PlacementPlan> {
    const [state, sets, plugins, lookup] = await Promise.all([this.#state(), this.#sets(), pluginsWithVolumes(this.#client, { claimsCome: false }), volumesNow(this.#client)])
    for (const name of nodes) if (!state.nodes.some((n) => n.metadata.name === name)) throw notFound('nodes', name)
    // A claim of which a person let go waits for nobody.
    const heldClaims = (pod: Frozen<Pod>): string[] => claimsHeldOn(pod, { ...lookup, nodes: () => state.nodes }).filter((held) => !held.letGo).map(({ claim }) => claim.metadata.name)
    return planOf(rehearseLoss(state, nodes, { plugins, heldClaims }), sets)
  }

  async #state(): Promise<ClusterState> {
    const [nodes, pods, namespaces, budgets] = await Promise.all([this.#client.list(Nodes), this.#client.list(Pods), this.#client.list(Namespaces), this.#budgets()])
    return { nodes: nodes.items, pods: pods.items, namespaces: namespaces.items, budgets }
  }

  async #sets(): Promise<readonly Frozen<ReplicaSet>[]> {
    return (await this.#client.list(ReplicaSets)).items
  }

  async #budgets(): Promise<readonly PodDisruptionBudget[]> {
    try {
      return (await this.#client.list(PodDisruptionBudgets)).items
    } catch (error) {
      if (hasReason(error, 'NotFound')) return []
      throw error
    }
  }
}

function planOf({ landings, after }: Simulation, sets: readonly Frozen<ReplicaSet>[]): PlacementPlan {
  return {
    instances: landings.map((landing) => instanceOf(landing, sets)), problems: [],
    nodes: after.nodes.map(({ name, pods, requested, allocatable }) => ({
      node: name, pods: pods.size, requested: { cpuMilli: requested['cpu'] ?? 0, memoryBytes: requested['memory'] ?? 0 },
      allocatable: { cpuMilli: allocatable['cpu'] ?? 0, memoryBytes: allocatable['memory'] ?? 0, pods: allocatable['pods'] ?? 0 },
    })),
  }
}

const REASONS: Partial<Record<Landing['outcome'], string>> = { pending: 'Unschedulable', waits: 'WaitingForData', ends: 'NoOwner', gated: 'SchedulingGated' }

function instanceOf({ pod, from, node, outcome, message, reasons, evictedFor }: Landing, sets: readonly Frozen<ReplicaSet>[]): PlannedInstance {
  return {
    ...named(pod, sets), outcome, ...(from === undefined ? {} : { from }), ...(node === undefined ? {} : { node }), ...(evictedFor === undefined ? {} : { evictedFor: refOf(evictedFor) }),
    ...(message === undefined ? {} : { why: { reason: REASONS[outcome] ?? outcome, message } }), perNode: [...(reasons ?? [])].map(([name, list]) => ({ node: name, reasons: [...list] })),
  }
}

/** Its own name, and its app's: a replica set's deployment. */
function named(pod: Frozen<Pod>, sets: readonly Frozen<ReplicaSet>[]): Pick<PlannedInstance, 'ref' | 'app'> {
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: pod.metadata.namespace ?? '', name: pod.metadata.name }
  const owner = controllerOf(pod)
  const set = sets.find((s) => s.metadata.uid === owner?.uid)
  const top = (set === undefined ? undefined : controllerOf(set)) ?? owner
  return top === undefined ? { ref } : { ref, app: { apiVersion: top.apiVersion, kind: top.kind, namespace: ref.namespace, name: top.name } }
}
