import { hasReason } from '../../../common/errors.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Deployment, DeploymentStatus, ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import { Deployments, ReplicaSets } from '../../../common/kube/kinds.ts'
import type { Draft, Frozen } from '../../../common/kube/object.ts'
import { controllerReference, isControlledBy } from '../../../common/kube/owners.ts'
import { POD_TEMPLATE_HASH } from '../../../common/kube/well-known.ts'
import type { Client } from '../../client/client.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { deleteIfThere } from '../../client/retry.ts'
import type { OwnWrites } from '../own-writes.ts'
import { fenceposts } from './fenceposts.ts'
import { sameTemplate, templateHash } from './hash.ts'
import { Annotation, beyondHistory, currentAnnotations, nextRevision, revisionOf } from './revisions.ts'
import { newReplicas, wantedOf } from './rolling.ts'
import type { Scale } from './rolling.ts'

/** What the deployment controller does to the API: nothing here decides. */
export class DeploymentEffects {
  readonly #client: Client
  readonly #recorder: EventRecorder
  readonly #writes: OwnWrites<ReplicaSet>

  constructor(client: Client, recorder: EventRecorder, writes: OwnWrites<ReplicaSet>) {
    this.#client = client
    this.#recorder = recorder
    this.#writes = writes
  }

  /** Gives the current ReplicaSet its revision and the deployment's annotations; resolves with it as it is then. */
  async refreshCurrent(d: Deployment, current: Frozen<ReplicaSet>, old: readonly ReplicaSet[]): Promise<Frozen<ReplicaSet>> {
    const annotations = currentAnnotations(d, current.metadata.annotations, nextRevision(old))
    const minReadySeconds = d.spec.minReadySeconds ?? 0
    if (semanticEqual(annotations, current.metadata.annotations) && (current.spec.minReadySeconds ?? 0) === minReadySeconds) return current
    return this.#update(d, { ...current, metadata: { ...current.metadata, annotations }, spec: { ...current.spec, minReadySeconds } })
  }

  /**
   * Makes the ReplicaSet of the deployment's present template. A name that another template's has (the hash collided) is counted in
   * the status, so that the next try gets another name; the Conflict thrown then brings that try. `replicas`: default as a rolling update begins.
   */
  async createCurrent(d: Frozen<Deployment>, old: readonly ReplicaSet[], replicas = newReplicas(d, undefined, old)): Promise<Frozen<ReplicaSet>> {
    const hash = templateHash(d.spec.template, d.status?.collisionCount)
    const draft = replicaSetOf(d, hash, nextRevision(old), replicas)
    try {
      const rs = await this.#client.create(ReplicaSets, draft)
      this.#writes.record(d.metadata.uid, rs)
      if (wantedOf(rs) > 0) this.#recorder.event(d, 'Normal', 'ScalingReplicaSet', `Scaled up replica set ${rs.metadata.name} from 0 to ${String(wantedOf(rs))}`)
      return rs
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error
      const there = await this.#client.get(ReplicaSets, d.metadata.namespace ?? '', draft.metadata.name ?? '')
      if (isControlledBy(there, d) && sameTemplate(there.spec.template, d.spec.template)) return there
      await this.#client.updateStatus(Deployments, { ...d, status: { ...d.status, collisionCount: (d.status?.collisionCount ?? 0) + 1 } })
      throw error
    }
  }

  /** Writes new sizes. Resolves with true when there were any. */
  async scale(d: Frozen<Deployment>, scales: readonly Scale<Frozen<ReplicaSet>>[]): Promise<boolean> {
    for (const { rs, replicas } of scales) {
      const annotations = { ...rs.metadata.annotations, ...sizeAnnotations(d) }
      await this.#update(d, { ...rs, metadata: { ...rs.metadata, annotations }, spec: { ...rs.spec, replicas } })
      const from = wantedOf(rs)
      if (from === replicas) continue
      const direction = replicas > from ? 'up' : 'down'
      this.#recorder.event(d, 'Normal', 'ScalingReplicaSet', `Scaled ${direction} replica set ${rs.metadata.name} from ${String(from)} to ${String(replicas)}`)
    }
    return scales.length > 0
  }

  /** Deletes what the history limit drops. */
  async cleanUp(d: Deployment, old: readonly Frozen<ReplicaSet>[]): Promise<void> {
    for (const rs of beyondHistory(d, old)) await deleteIfThere(this.#client, ReplicaSets, rs)
  }

  /** Writes the deployment's revision annotation when it differs. */
  async writeRevision(d: Frozen<Deployment>, revision: bigint): Promise<Frozen<Deployment>> {
    if (revision === 0n || revisionOf(d) === revision) return d
    const annotations = { ...d.metadata.annotations, [Annotation.revision]: String(revision) }
    return this.#client.update(Deployments, { ...d, metadata: { ...d.metadata, annotations } })
  }

  /** Writes the status when it differs. */
  async writeStatus(d: Frozen<Deployment>, status: DeploymentStatus): Promise<Frozen<Deployment>> {
    return semanticEqual(d.status, status) ? d : this.#client.updateStatus(Deployments, { ...d, status })
  }

  /** Takes a ReplicaSet of nobody's as the deployment's own, or lets one go that its selector matches no longer. */
  async setOwner(d: Frozen<Deployment>, rs: Frozen<ReplicaSet>, owned: boolean): Promise<Frozen<ReplicaSet>> {
    const others = rs.metadata.ownerReferences?.filter((o) => o.uid !== d.metadata.uid) ?? []
    const ownerReferences = owned ? [...others, controllerReference(Deployments, d)] : others
    return this.#client.update(ReplicaSets, { ...rs, metadata: { ...rs.metadata, ownerReferences } })
  }

  async #update(d: Deployment, rs: Frozen<ReplicaSet>): Promise<Frozen<ReplicaSet>> {
    const written = await this.#client.update(ReplicaSets, rs)
    this.#writes.record(d.metadata.uid, written)
    return written
  }
}

function sizeAnnotations(d: Deployment): Record<string, string> {
  const replicas = d.spec.replicas ?? 1
  return { [Annotation.desired]: String(replicas), [Annotation.max]: String(replicas + fenceposts(d).maxSurge) }
}

function replicaSetOf(d: Frozen<Deployment>, hash: string, revision: bigint, replicas: number): Draft<ReplicaSet> {
  const template = structuredClone(d.spec.template)
  template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [POD_TEMPLATE_HASH]: hash } }
  const { matchLabels, matchExpressions } = structuredClone(d.spec.selector)
  return {
    apiVersion: 'apps/v1', kind: 'ReplicaSet',
    metadata: {
      name: `${d.metadata.name}-${hash}`, namespace: d.metadata.namespace ?? '', labels: { ...template.metadata.labels },
      annotations: { ...currentAnnotations(d, undefined, revision), ...sizeAnnotations(d) }, ownerReferences: [controllerReference(Deployments, d)],
    },
    spec: {
      replicas, template, selector: { matchLabels: { ...matchLabels, [POD_TEMPLATE_HASH]: hash }, ...(matchExpressions === undefined ? {} : { matchExpressions }) },
      ...(d.spec.minReadySeconds === undefined ? {} : { minReadySeconds: d.spec.minReadySeconds }),
    },
  }
}
