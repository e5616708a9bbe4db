import { hasReason } from '../../../common/errors.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { ControllerRevision } from '../../../common/kube/generated/apps-v1.ts'
import type { PodTemplateSpec } from '../../../common/kube/generated/core-v1.ts'
import type { LabelSelector } from '../../../common/kube/generated/meta-v1.ts'
import { ControllerRevisions } from '../../../common/kube/kinds.ts'
import { matchesSelector } from '../../../common/kube/labels.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { controllerOf, controllerReference, isControlledBy } from '../../../common/kube/owners.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import { REVISION_HASH } from '../../../common/kube/well-known.ts'
import type { Client } from '../../client/client.ts'
import type { Lister } from '../../client/informer.ts'
import { deleteIfThere } from '../../client/retry.ts'
import { templateHash } from '../deployment/hash.ts'
import { beyondLimit, nextRevision, revisionData, sortRevisions } from './history.ts'

/** Something whose templates are kept as ControllerRevisions. */
export interface Owner extends KubeObject {
  spec: { selector: LabelSelector; template: PodTemplateSpec; revisionHistoryLimit?: number }
}

/** Keeps the ControllerRevisions of one kind's objects. */
export class Revisions<T extends Owner> {
  readonly #client: Client
  readonly #lister: Lister<ControllerRevision>
  readonly #resource: Resource<T>

  constructor(client: Client, lister: Lister<ControllerRevision>, resource: Resource<T>) {
    this.#client = client
    this.#lister = lister
    this.#resource = resource
  }

  /** The owner's revisions, lowest first; it takes nobody's that its selector matches. */
  async of(owner: Frozen<T>): Promise<Frozen<ControllerRevision>[]> {
    const mine = this.#lister.ownedBy(owner.metadata.uid)
    const free = this.#lister.ownedBy('').filter((r) => r.metadata.namespace === owner.metadata.namespace && controllerOf(r) === undefined && matchesSelector(r.metadata.labels, owner.spec.selector))
    for (const r of free) {
      if (r.metadata.deletionTimestamp !== undefined) continue
      const ownerReferences = [...(r.metadata.ownerReferences ?? []), controllerReference(this.#resource, owner)]
      mine.push(await this.#client.update(ControllerRevisions, { ...r, metadata: { ...r.metadata, ownerReferences } }))
    }
    return sortRevisions(mine)
  }

  /** Makes the revision of the present template the newest. `collisions`: how often a name was another template's; resolves with the new count. */
  async newest(owner: Frozen<T>, sorted: readonly Frozen<ControllerRevision>[], collisions: number): Promise<{ revision: Frozen<ControllerRevision>; collisions: number }> {
    const data = revisionData(owner.spec.template)
    const next = nextRevision(sorted, data)
    if (next.do === 'keep') return { revision: next.revision, collisions }
    if (next.do === 'renumber') return { revision: await this.#client.update(ControllerRevisions, { ...next.revision, revision: next.number }), collisions }
    for (let count = collisions; ; count++) {
      const revision = await this.#create(owner, data, next.number, count)
      if (revision !== undefined) return { revision, collisions: count }
    }
  }

  /** Deletes what the history limit drops. `live`: names of the revisions in use. */
  async cleanUp(owner: Frozen<T>, sorted: readonly Frozen<ControllerRevision>[], live: ReadonlySet<string>): Promise<void> {
    for (const r of beyondLimit(sorted, live, owner.spec.revisionHistoryLimit ?? 10)) await deleteIfThere(this.#client, ControllerRevisions, r)
  }

  /** Resolves with undefined when another template has the name. */
  async #create(owner: Frozen<T>, data: unknown, number: number, collisions: number): Promise<Frozen<ControllerRevision> | undefined> {
    const { name: ownerName, namespace = '', annotations = {} } = owner.metadata
    const hash = templateHash(owner.spec.template, collisions)
    const name = `${ownerName.slice(0, 223)}-${hash}`
    try {
      return await this.#client.create(ControllerRevisions, {
        apiVersion: 'apps/v1', kind: 'ControllerRevision', data, revision: number,
        metadata: { name, namespace, labels: { ...owner.spec.template.metadata?.labels, [REVISION_HASH]: hash }, annotations: { ...annotations }, ownerReferences: [controllerReference(this.#resource, owner)] },
      })
    } catch (error) {
      if (!hasReason(error, 'AlreadyExists')) throw error
      const there = await this.#client.get(ControllerRevisions, namespace, name)
      return isControlledBy(there, owner) && semanticEqual(there.data, data) ? there : undefined
    }
  }
}
