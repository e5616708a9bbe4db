import { semanticEqual } from '../../common/kube/equal.ts'
import type { Namespace, Node, Pod } from '../../common/kube/generated/core-v1.ts'
import type { Labels } from '../../common/kube/labels.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isPodTerminated } from '../../common/kube/pods.ts'
import type { DomainCounts } from './domain-counts.ts'
import { NodeInfo } from './node-info.ts'
import { podInfo } from './pod-info.ts'
import type { PodInfo } from './pod-info.ts'
import type { Workbench } from './snapshot.ts'
import { StandingTerms } from './standing-terms.ts'
import type { StandingTerm } from './standing-terms.ts'
import { Tallies } from './tallies.ts'
import type { TallyQuery } from './tallies.ts'

const NOBODY: readonly PodInfo[] = []

/**
 * The nodes and what is on them. A pod that was just given a node is assumed to be there before any watch says so, so the next pod
 * sees the room taken; when binding it fails, it is forgotten. Whatever constraints count is kept up to date with each pod.
 */
export class SchedulerCache implements Workbench {
  readonly #nodes = new Map<string, NodeInfo>()
  /** Where each known pod is, by UID. */
  readonly #places = new Map<string, string>()
  readonly #namespaces = new Map<string, Labels>()
  readonly #nominated = new Map<string, { info: PodInfo; node: string }>()
  /** Pods that have a place, by priority: is there anybody at all who would yield? */
  readonly #priorities = new Map<number, number>()
  readonly #images = new Map<string, number>()
  readonly #tallies = new Tallies((ns) => this.labelsOf(ns))
  readonly #standing = new StandingTerms((ns) => this.labelsOf(ns))
  #sorted: NodeInfo[] | undefined
  #all: NodeInfo[] | undefined
  /** Counts changes of what domains depend on: which nodes there are, their labels and taints. */
  #version = 0

  /** A cache that shows these objects, for a question that is asked once. */
  static of(nodes: readonly Frozen<Node>[], pods: readonly Frozen<Pod>[], namespaces: readonly Frozen<Namespace>[] = []): SchedulerCache {
    const cache = new SchedulerCache()
    for (const node of nodes) cache.setNode(node)
    for (const namespace of namespaces) cache.setNamespace(namespace)
    for (const pod of pods) {
      cache.setPod(pod)
      if (!pod.spec.nodeName && pod.status?.nominatedNodeName) cache.nominate(podInfo(pod), pod.status.nominatedNodeName)
    }
    return cache
  }

  get nodes(): readonly NodeInfo[] {
    this.#sorted ??= [...this.#nodes.values()].filter((n) => n.node !== undefined).sort((a, b) => (a.name < b.name ? -1 : 1))
    return this.#sorted
  }

  node(name: string): NodeInfo | undefined {
    const info = this.#nodes.get(name)
    return info?.node === undefined ? undefined : info
  }

  readonly labelsOf = (namespace: string): Labels | undefined => this.#namespaces.get(namespace)

  tally(query: TallyQuery): DomainCounts {
    return this.#tallies.get(query, this.#everyNode(), this.#version)
  }

  standing(pod: PodInfo, kind: 'refusals' | 'wishes'): readonly StandingTerm[] {
    return this.#standing.isEmpty ? [] : this.#standing.about(pod, kind, this.#everyNode(), this.#version)
  }

  nodesWithImage(image: string): number {
    return this.#images.get(image) ?? 0
  }

  nominated(node: string): readonly PodInfo[] {
    return this.#nominated.size === 0 ? NOBODY : [...this.#nominated.values()].filter((n) => n.node === node).map((n) => n.info)
  }

  /** Where a pod is nominated to run. */
  nominationOf(uid: string): string | undefined {
    return this.#nominated.get(uid)?.node
  }

  nominate(info: PodInfo, node: string): void {
    this.#nominated.set(info.pod.metadata.uid, { info, node })
  }

  /** Returns whether it was nominated. */
  withdraw(uid: string): boolean {
    return this.#nominated.delete(uid)
  }

  placed(uid: string): { info: PodInfo; node: string } | undefined {
    const node = this.#places.get(uid)
    const info = node === undefined ? undefined : this.#nodes.get(node)?.pods.get(uid)
    return node === undefined || info === undefined ? undefined : { info, node }
  }

  /** Of the pods that have a place; Infinity when there are none. */
  get lowestPriority(): number {
    return Math.min(...this.#priorities.keys())
  }

  setNamespace(namespace: Frozen<Namespace>): void {
    const { name, labels = {} } = namespace.metadata
    const old = this.#namespaces.get(name)
    this.#namespaces.set(name, labels)
    if (!semanticEqual(old, labels)) this.#tallies.forget('by-namespace-labels')
  }

  removeNamespace(name: string): void {
    if (this.#namespaces.delete(name)) this.#tallies.forget('by-namespace-labels')
  }

  setNode(node: Frozen<Node>): void {
    const info = this.#info(node.metadata.name)
    const old = info.node
    const sameImages = old?.status?.images === node.status?.images || semanticEqual(old?.status?.images, node.status?.images)
    if (!sameImages) this.#countImages(info, -1)
    info.node = node
    if (!sameImages) this.#countImages(info, 1)
    if (old === undefined) this.#sorted = undefined
    if (old === undefined || !semanticEqual(old.metadata.labels, node.metadata.labels) || !semanticEqual(old.spec?.taints, node.spec?.taints)) this.#version++
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name)
    if (info === undefined) return
    this.#countImages(info, -1)
    info.node = undefined
    this.#sorted = undefined
    this.#version++
    if (info.pods.size === 0) this.#drop(name)
  }

  /** What the API says of a pod: bound and running it counts, ended it does not. An assumed pod that is not bound yet stays. */
  setPod(pod: Frozen<Pod>): void {
    if (!pod.spec.nodeName) return
    const { uid } = pod.metadata
    if (isPodTerminated(pod)) return void this.removePod(uid)
    const known = this.#places.get(uid) === pod.spec.nodeName ? this.#nodes.get(pod.spec.nodeName)?.pods.get(uid) : undefined
    if (known !== undefined && countsAlike(known.pod, pod)) this.#nodes.get(pod.spec.nodeName)?.pods.set(uid, { ...known, pod })
    else this.assume(podInfo(pod), pod.spec.nodeName)
  }

  removePod(uid: string): boolean {
    const place = this.#places.get(uid)
    if (place === undefined) return false
    this.#places.delete(uid)
    const info = this.#nodes.get(place)
    const gone = info?.remove(uid)
    if (gone !== undefined) this.#count(gone, place, -1)
    if (info?.node === undefined && info?.pods.size === 0) this.#drop(place)
    return true
  }

  assume(info: PodInfo, node: string): void {
    const { uid } = info.pod.metadata
    this.removePod(uid)
    this.#places.set(uid, node)
    this.#info(node).add(info)
    this.#count(info, node, 1)
  }

  #count(info: PodInfo, node: string, by: 1 | -1): void {
    this.#tallies.change(info, node, by)
    this.#standing.change(info, node, by)
    const n = (this.#priorities.get(info.priority) ?? 0) + by
    if (n === 0) this.#priorities.delete(info.priority)
    else this.#priorities.set(info.priority, n)
  }

  #countImages(info: NodeInfo, by: 1 | -1): void {
    for (const image of info.images.keys()) this.#images.set(image, (this.#images.get(image) ?? 0) + by)
  }

  #everyNode(): readonly NodeInfo[] {
    this.#all ??= [...this.#nodes.values()]
    return this.#all
  }

  #info(name: string): NodeInfo {
    const known = this.#nodes.get(name)
    if (known !== undefined) return known
    const info = new NodeInfo(name)
    this.#nodes.set(name, info)
    this.#all = undefined
    return info
  }

  #drop(name: string): void {
    this.#nodes.delete(name)
    this.#all = undefined
  }
}

/** Of a pod that has its place nothing else that scheduling reads may change: requests, ports and affinity are fixed. */
function countsAlike(a: Frozen<Pod>, b: Frozen<Pod>): boolean {
  return a.metadata.deletionTimestamp === b.metadata.deletionTimestamp && semanticEqual(a.metadata.labels, b.metadata.labels)
    && semanticEqual(a.metadata.ownerReferences, b.metadata.ownerReferences)
}
