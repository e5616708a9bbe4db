import { hasReason } from '../../../common/errors.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { OwnerReference } from '../../../common/kube/generated/meta-v1.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import { apiVersionOf } from '../../../common/kube/resource.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import { FOREGROUND, ORPHAN } from '../../../common/kube/well-known.ts'
import { dropFinalizer } from '../../client/finalizers.ts'
import { ignoreMissing } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import { decide, isOrphaning, isWaiting } from './decide.ts'
import type { OwnerState } from './decide.ts'
import { OwnerGraph, ownersOf } from './graph.ts'
import type { GraphNode } from './graph.ts'

/** Deletes what no owner keeps any more, and carries out foreground and orphaning deletions. Keys are UIDs. */
export class GarbageCollector implements Runnable {
  readonly name = 'garbage-collector'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #graph = new OwnerGraph()

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 8, reconcile: (uid) => this.#reconcile(uid) })
    for (const resource of context.resources) if (resource.kind !== 'Event') this.#follow(resource)
    // What goes with its kind, its informer tells as deleted.
    context.custom?.follow({ onAdd: (resource) => this.#follow(resource) })
  }

  #follow(resource: Resource): void {
    this.#context.informers.for(resource).addHandler({
      onAdd: (object) => this.#seen(resource, object, undefined), onUpdate: (object, old) => this.#seen(resource, object, old), onDelete: (object) => this.#gone(object),
    })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  #seen(resource: Resource, object: Frozen<KubeObject>, old: Frozen<KubeObject> | undefined): void {
    this.#graph.set({ resource, object })
    const { uid, ownerReferences, deletionTimestamp, finalizers } = object.metadata
    if (old !== undefined && old.metadata.deletionTimestamp === deletionTimestamp
      && semanticEqual([ownerReferences, finalizers], [old.metadata.ownerReferences, old.metadata.finalizers])) return
    if (ownersOf(object).length > 0 || isWaiting(object) || isOrphaning(object)) this.#controller.enqueue(uid)
    this.#tellOwners(object)
    if (old !== undefined) this.#tellOwners(old)
  }

  #gone(object: Frozen<KubeObject>): void {
    const dependents = this.#graph.dependentsOf(object.metadata.uid)
    this.#graph.delete(object)
    for (const { object: d } of dependents) this.#controller.enqueue(d.metadata.uid)
    this.#tellOwners(object)
  }

  /** An owner that waits for its dependents looks whether this was the last. */
  #tellOwners(object: Frozen<KubeObject>): void {
    for (const { uid } of ownersOf(object)) {
      const owner = this.#graph.get(uid)?.object
      if (owner !== undefined && (isWaiting(owner) || isOrphaning(owner))) this.#controller.enqueue(uid)
    }
  }

  async #reconcile(uid: string): Promise<void> {
    const node = this.#graph.get(uid)
    if (node === undefined) return
    if (isOrphaning(node.object)) return this.#orphan(node)
    if (isWaiting(node.object)) return this.#waitForDependents(node)
    const states = new Map<OwnerReference, OwnerState>()
    for (const ref of ownersOf(node.object)) states.set(ref, await this.#stateOf(ref, node))
    const decision = decide(node.object, states, this.#graph.dependentsOf(uid).map((d) => d.object))
    if (decision.do === 'unlink') await this.#unlink(node, decision.uids)
    // The watch brings it back, to be deleted.
    else if (decision.do === 'unblock') await this.#unblock(node)
    else if (decision.do === 'delete') await this.#delete(node, decision.propagationPolicy)
  }

  async #stateOf(ref: OwnerReference, { resource: of, object }: GraphNode): Promise<OwnerState> {
    const known = this.#graph.get(ref.uid)
    if (known !== undefined) return isWaiting(known.object) ? 'waiting' : 'solid'
    if (this.#graph.isGone(ref.uid)) return 'gone'
    const resource = this.#context.resources.find((r) => r.kind === ref.kind && apiVersionOf(r) === ref.apiVersion)
      // Any version of a custom kind is the same object.
      ?? this.#context.custom?.list().find((r) => r.kind === ref.kind && ref.apiVersion.startsWith(`${r.group}/`))
    // A kind that nobody serves: nobody can say that the owner is gone.
    if (resource === undefined) return 'solid'
    // A namespaced owner in no namespace cannot be, nor one in another namespace.
    if (resource.namespaced && !of.namespaced) return 'solid'
    try {
      const owner = await this.#context.client.get(resource, resource.namespaced ? (object.metadata.namespace ?? '') : '', ref.name)
      return owner.metadata.uid !== ref.uid ? 'gone' : isWaiting(owner) ? 'waiting' : 'solid'
    } catch (error) {
      if (hasReason(error, 'NotFound')) return 'gone'
      throw error
    }
  }

  async #orphan(node: GraphNode): Promise<void> {
    const { uid } = node.object.metadata
    await Promise.all(this.#graph.dependentsOf(uid).map((d) => this.#unlink(d, new Set([uid]))))
    // The finalizer goes once the watch shows that no dependent is left.
    if (this.#graph.dependentsOf(uid).length === 0) await this.#removeFinalizer(node, ORPHAN)
  }

  async #waitForDependents(node: GraphNode): Promise<void> {
    const { uid } = node.object.metadata
    const dependents = this.#graph.dependentsOf(uid)
    for (const d of dependents) if (d.object.metadata.deletionTimestamp === undefined) this.#controller.enqueue(d.object.metadata.uid)
    const blocking = dependents.some((d) => ownersOf(d.object).some((o) => o.uid === uid && o.blockOwnerDeletion === true))
    if (!blocking) await this.#removeFinalizer(node, FOREGROUND)
  }

  async #unlink({ resource, object }: GraphNode, uids: ReadonlySet<string>): Promise<void> {
    const ownerReferences = ownersOf(object).filter((o) => !uids.has(o.uid))
    await ignoreMissing(this.#context.client.update(resource, { ...object, metadata: { ...object.metadata, ownerReferences } }))
  }

  async #unblock({ resource, object }: GraphNode): Promise<void> {
    const ownerReferences = ownersOf(object).map((o) => ({ ...o, blockOwnerDeletion: false }))
    await ignoreMissing(this.#context.client.update(resource, { ...object, metadata: { ...object.metadata, ownerReferences } }))
  }

  async #removeFinalizer({ resource, object }: GraphNode, finalizer: string): Promise<void> {
    await ignoreMissing(dropFinalizer(this.#context.client, resource, object, finalizer))
  }

  async #delete({ resource, object }: GraphNode, propagationPolicy: 'Background' | 'Foreground' | 'Orphan'): Promise<void> {
    const { namespace = '', name, uid, resourceVersion } = object.metadata
    // Only as it was judged: it may have got a new owner since, and then the Conflict brings another look.
    await ignoreMissing(this.#context.client.delete(resource, namespace, name, { propagationPolicy, preconditions: { uid, resourceVersion } }))
  }
}
