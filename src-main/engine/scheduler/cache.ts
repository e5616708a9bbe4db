import type { Node, Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isPodTerminated } from '../../common/kube/pods.ts'
import { NodeInfo } from './node-info.ts'
import { podInfo } from './pod-info.ts'
import type { PodInfo } from './pod-info.ts'

/**
 * The nodes and what is on them. A pod that was just given a node is assumed to be there before any watch says so, so the next pod
 * sees the room taken; when binding it fails, it is forgotten.
 */
export class SchedulerCache {
  readonly #nodes = new Map<string, NodeInfo>()
  /** Where each known pod is, by UID. */
  readonly #places = new Map<string, string>()
  #sorted: NodeInfo[] | undefined

  /** Nodes that exist, by name. */
  get nodes(): readonly NodeInfo[] {
    this.#sorted ??= [...this.#nodes.values()].filter((n) => n.node !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1))
    return this.#sorted
  }

  setNode(node: Frozen<Node>): void {
    this.#info(node.metadata.name).node = node
    this.#sorted = undefined
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name)
    if (info === undefined) return
    info.node = undefined
    this.#sorted = undefined
    if (info.pods.size === 0) this.#nodes.delete(name)
  }

  /** What the API says of a pod: bound and running it counts, ended it does not. An assumed pod that is not bound yet stays. */
  setPod(pod: Frozen<Pod>): void {
    if (!pod.spec.nodeName) return
    if (isPodTerminated(pod)) this.removePod(pod.metadata.uid)
    else this.#place(podInfo(pod), pod.spec.nodeName)
  }

  /** Takes a pod out, assumed or not; returns whether it was there. */
  removePod(uid: string): boolean {
    const place = this.#places.get(uid)
    if (place === undefined) return false
    this.#places.delete(uid)
    const info = this.#nodes.get(place)
    info?.remove(uid)
    if (info?.node === undefined && info?.pods.size === 0) this.#nodes.delete(place)
    return true
  }

  /** The pod is on its way to the node. */
  assume(info: PodInfo, node: string): void {
    this.#place(info, node)
  }

  #place(info: PodInfo, node: string): void {
    const { uid } = info.pod.metadata
    if (this.#places.get(uid) !== node) this.removePod(uid)
    this.#places.set(uid, node)
    this.#info(node).add(info)
  }

  #info(name: string): NodeInfo {
    const info = this.#nodes.get(name) ?? new NodeInfo(name)
    this.#nodes.set(name, info)
    return info
  }
}
