import type { OwnerReference } from '../../../common/kube/generated/meta-v1.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'

/** UIDs remembered as gone, so that their dependents need not ask the API. */
const REMEMBERED = 10_000

/** An object in the graph. */
export interface GraphNode {
  resource: Resource
  object: Frozen<KubeObject>
}

/** Who owns whom, from what the watches have shown. */
export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>()
  readonly #dependents = new Map<string, Set<string>>()
  readonly #gone = new Set<string>()

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid)
  }

  /** Did a watch say that this object was deleted? */
  isGone(uid: string): boolean {
    return this.#gone.has(uid)
  }

  dependentsOf(uid: string): GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((d) => this.#nodes.get(d) ?? [])
  }

  set(node: GraphNode): void {
    const { uid } = node.object.metadata
    const old = this.#nodes.get(uid)
    this.#nodes.set(uid, node)
    const owners = ownersOf(node.object)
    for (const { uid: owner } of old === undefined ? [] : ownersOf(old.object)) if (!owners.some((o) => o.uid === owner)) this.#unlink(owner, uid)
    for (const { uid: owner } of owners) {
      const set = this.#dependents.get(owner) ?? new Set()
      this.#dependents.set(owner, set.add(uid))
    }
  }

  delete(object: Frozen<KubeObject>): void {
    const { uid } = object.metadata
    for (const { uid: owner } of ownersOf(this.#nodes.get(uid)?.object ?? object)) this.#unlink(owner, uid)
    this.#nodes.delete(uid)
    this.#gone.add(uid)
    if (this.#gone.size > REMEMBERED) this.#gone.delete(this.#gone.values().next().value ?? '')
  }

  #unlink(owner: string, dependent: string): void {
    const set = this.#dependents.get(owner)
    set?.delete(dependent)
    if (set?.size === 0) this.#dependents.delete(owner)
  }
}

/** An object's owner references. */
export function ownersOf(object: Frozen<KubeObject>): readonly OwnerReference[] {
  return object.metadata.ownerReferences ?? []
}
