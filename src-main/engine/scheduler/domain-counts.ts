import type { NodeInfo } from './node-info.ts'

/**
 * How many of some pods there are in each domain of a topology, kept up to date pod by pod. Nodes change seldom: then the domains are worked out
 * anew from the counts per node.
 */
export class DomainCounts {
  readonly topologyKey: string
  readonly #counts: (node: NodeInfo) => boolean
  readonly #perNode = new Map<string, number>()
  /** The domain of each node that counts. */
  #places = new Map<string, string>()
  /** Pods in each domain; one with a node and no pod is there with 0. */
  #domains = new Map<string, number>()
  /** How many domains have a number of pods: the emptiest is known without looking at all. */
  #withCount = new Map<number, number>()
  #fewest = 0
  #version = -1

  /** `counts`: is what is on the node counted at all? */
  constructor(topologyKey: string, counts: (node: NodeInfo) => boolean = () => true) {
    this.topologyKey = topologyKey
    this.#counts = counts
  }

  /** How many domains there are. */
  get size(): number {
    return this.#domains.size
  }

  /** Are there none of the pods at all in any domain? */
  get isEmpty(): boolean {
    return this.#domains.size === (this.#withCount.get(0) ?? 0)
  }

  /** Pods in the emptiest domain; 0 when there is none. */
  get fewest(): number {
    return this.#fewest
  }

  /** Pods in the node's domain; undefined where the node is in none. */
  at({ node }: NodeInfo): number | undefined {
    const domain = node?.metadata.labels?.[this.topologyKey]
    return domain === undefined ? undefined : (this.#domains.get(domain) ?? 0)
  }

  /** Pods on the node itself. */
  on(node: string): number {
    return this.#perNode.get(node) ?? 0
  }

  /** `by` more (or fewer) of the pods are on the node. */
  change(node: string, by: number): void {
    const now = (this.#perNode.get(node) ?? 0) + by
    if (now === 0) this.#perNode.delete(node)
    else this.#perNode.set(node, now)
    const domain = this.#places.get(node)
    if (domain !== undefined) this.#set(domain, (this.#domains.get(domain) ?? 0) + by)
  }

  /** Brings the domains up to date with the nodes; `version` changes when a node's labels or taints did. */
  refresh(nodes: readonly NodeInfo[], version: number): this {
    if (version === this.#version) return this
    this.#version = version
    this.#places = new Map()
    const sums = new Map<string, number>()
    for (const info of nodes) {
      const domain = info.node?.metadata.labels?.[this.topologyKey]
      if (domain === undefined || !this.#counts(info)) continue
      this.#places.set(info.name, domain)
      sums.set(domain, (sums.get(domain) ?? 0) + this.on(info.name))
    }
    this.#domains = sums
    this.#withCount = new Map()
    for (const n of sums.values()) this.#withCount.set(n, (this.#withCount.get(n) ?? 0) + 1)
    this.#fewest = sums.size === 0 ? 0 : Math.min(...this.#withCount.keys())
    return this
  }

  #set(domain: string, now: number): void {
    const was = this.#domains.get(domain) ?? 0
    this.#domains.set(domain, now)
    const others = (this.#withCount.get(was) ?? 0) - 1
    if (others === 0) this.#withCount.delete(was)
    else this.#withCount.set(was, others)
    this.#withCount.set(now, (this.#withCount.get(now) ?? 0) + 1)
    if (now < this.#fewest) this.#fewest = now
    else if (was === this.#fewest && others === 0) this.#fewest = Math.min(...this.#withCount.keys())
  }
}
