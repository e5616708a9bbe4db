import { isConditionTrue } from '../../common/kube/conditions.ts'
import type { Node, Taint } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { amounts } from '../../common/kube/pod-requests.ts'
import type { Amounts } from '../../common/kube/pod-requests.ts'
import type { PodInfo } from './pod-info.ts'

/** Pods that a node takes when it does not say: upstream's kubelet default. */
const DEFAULT_PODS = 110
const NO_TAINTS: readonly Taint[] = []

/** A node with the pods that are on it, or assumed to be, and their sums. */
export class NodeInfo {
  readonly name: string
  /** Pods by UID. */
  readonly pods = new Map<string, PodInfo>()
  readonly requested: Record<string, number> = {}
  readonly guessed = { cpu: 0, memory: 0 }
  /** Pods by their controller owner's UID. */
  readonly owners = new Map<string, number>()
  /** Pods that take a port of the node. */
  readonly withPorts = new Map<string, PodInfo>()
  #node: Frozen<Node> | undefined
  #allocatable: Amounts = {}
  #ready = false
  #images: ReadonlyMap<string, number> | undefined

  constructor(name: string) {
    this.name = name
  }

  /** Undefined while pods are known on it but the Node object is not (or no longer) there. */
  get node(): Frozen<Node> | undefined {
    return this.#node
  }

  set node(node: Frozen<Node> | undefined) {
    this.#node = node
    this.#allocatable = { pods: DEFAULT_PODS, ...amounts(node?.status?.allocatable ?? node?.status?.capacity) }
    this.#ready = isConditionTrue(node?.status?.conditions, 'Ready')
    this.#images = undefined
  }

  get allocatable(): Amounts {
    return this.#allocatable
  }

  get taints(): readonly Taint[] {
    return this.#node?.spec?.taints ?? NO_TAINTS
  }

  get isReady(): boolean {
    return this.#ready
  }

  /** Sizes of the images on it, by every name that a pod may call them: `nginx` is also `docker.io/library/nginx:latest`. */
  get images(): ReadonlyMap<string, number> {
    this.#images ??= sizesOf(this.#node)
    return this.#images
  }

  /** Adds a pod; one with the same UID is replaced. */
  add(info: PodInfo): void {
    const { uid } = info.pod.metadata
    this.remove(uid)
    this.pods.set(uid, info)
    if (info.hostPorts.length > 0) this.withPorts.set(uid, info)
    this.#count(info, 1)
  }

  /** Takes a pod away; returns what was there. */
  remove(uid: string): PodInfo | undefined {
    const info = this.pods.get(uid)
    if (info === undefined) return undefined
    this.pods.delete(uid)
    this.withPorts.delete(uid)
    this.#count(info, -1)
    return info
  }

  #count(info: PodInfo, sign: 1 | -1): void {
    for (const name in info.requests) this.requested[name] = (this.requested[name] ?? 0) + sign * (info.requests[name] ?? 0)
    this.guessed.cpu += sign * info.guessed.cpu
    this.guessed.memory += sign * info.guessed.memory
    if (info.owner === undefined) return
    const n = (this.owners.get(info.owner) ?? 0) + sign
    if (n === 0) this.owners.delete(info.owner)
    else this.owners.set(info.owner, n)
  }
}

function sizesOf(node: Node | undefined): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const { names = [], sizeBytes = 0 } of node?.status?.images ?? []) {
    for (const name of names) {
      for (let rest = name; ; rest = rest.slice(rest.indexOf('/') + 1)) {
        for (const called of rest.endsWith(':latest') ? [rest, rest.slice(0, -':latest'.length)] : [rest]) if (!sizes.has(called)) sizes.set(called, sizeBytes)
        if (!rest.includes('/')) break
      }
    }
  }
  return sizes
}
