import type { Node } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { amounts } from '../../common/kube/pod-requests.ts'
import type { Amounts } from '../../common/kube/pod-requests.ts'
import type { PodInfo } from './pod-info.ts'

/** Pods that a node takes when it does not say: upstream's kubelet default. */
const DEFAULT_PODS = 110

/** A node with the pods that are on it, or assumed to be, and their sums. */
export class NodeInfo {
  readonly name: string
  /** Pods by UID. */
  readonly pods = new Map<string, PodInfo>()
  /** Those of them that required anti-affinity makes refuse others: few, and asked for with every pod. */
  readonly refusing = new Map<string, PodInfo>()
  readonly requested: Record<string, number> = {}
  readonly guessed = { cpu: 0, memory: 0 }
  /** Pods by their controller owner's UID. */
  readonly owners = new Map<string, number>()
  #node: Frozen<Node> | undefined
  #allocatable: Amounts = {}

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
  }

  get allocatable(): Amounts {
    return this.#allocatable
  }

  /** Adds a pod; one with the same UID is replaced. */
  add(info: PodInfo): void {
    this.remove(info.pod.metadata.uid)
    this.pods.set(info.pod.metadata.uid, info)
    if (info.pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined) this.refusing.set(info.pod.metadata.uid, info)
    this.#count(info, 1)
  }

  /** Takes a pod away; returns whether it was there. */
  remove(uid: string): boolean {
    const info = this.pods.get(uid)
    if (info === undefined) return false
    this.pods.delete(uid)
    this.refusing.delete(uid)
    this.#count(info, -1)
    return true
  }

  #count(info: PodInfo, sign: 1 | -1): void {
    for (const [name, n] of Object.entries(info.requests)) this.requested[name] = (this.requested[name] ?? 0) + sign * n
    this.guessed.cpu += sign * info.guessed.cpu
    this.guessed.memory += sign * info.guessed.memory
    if (info.owner === undefined) return
    const n = (this.owners.get(info.owner) ?? 0) + sign
    if (n === 0) this.owners.delete(info.owner)
    else this.owners.set(info.owner, n)
  }
}
