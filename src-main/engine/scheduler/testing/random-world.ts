import type { Affinity, Container, Namespace, Node, NodeSelectorRequirement, NodeSelectorTerm, Pod, PodAffinityTerm, PodSpec, Taint, Toleration, TopologySpreadConstraint } from '../../../common/kube/generated/core-v1.ts'
import type { LabelSelector } from '../../../common/kube/generated/meta-v1.ts'
import { node, pod } from './objects.ts'

/** Makes small clusters and pods with every field that scheduling reads, each seldom enough that all combine. */
export class RandomWorld {
  readonly #random: () => number
  #serial = 0

  constructor(random: () => number) {
    this.#random = random
  }

  chance(part: number): boolean {
    return this.#random() < part
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T
  }

  upTo(most: number): number {
    return Math.floor(this.#random() * (most + 1))
  }

  some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + this.upTo(most - 1) }, make)
  }

  namespaces(): Namespace[] {
    return ['ns', 'other', 'third'].map((name) => ({
      apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', labels: { team: this.pick(['a', 'b']) } }, spec: {},
    }))
  }

  labels(): Record<string, string> {
    return { app: this.pick(['x', 'y', 'z']), ...(this.chance(0.5) ? { tier: this.pick(['1', '2', '10']) } : {}) }
  }

  node(name: string): Node {
    const { upTo, chance, pick } = this.#bound()
    const labels = {
      ...(chance(0.85) ? { zone: pick(['a', 'b', 'c']) } : {}), ...(chance(0.8) ? { rack: pick(['1', '2', '3', '4']) } : {}), ...(chance(0.5) ? { disk: pick(['ssd', 'hdd']) } : {}),
      ...(chance(0.5) ? { cores: pick(['2', '4', '16', '1.5', '']) } : {}),
    }
    const taints = chance(0.35) ? this.some(2, () => this.taint()) : undefined
    const made = node(name, {
      cpu: String(1 + upTo(3)), memory: `${String(1 + upTo(5))}Gi`, pods: String(2 + upTo(8)), labels, ready: !chance(0.08),
      spec: { ...(chance(0.08) ? { unschedulable: true } : {}), ...(taints === undefined ? {} : { taints }) },
    })
    const more = { ...(chance(0.7) ? { 'ephemeral-storage': `${String(upTo(6))}Gi` } : {}), ...(chance(0.4) ? { 'nvidia.com/gpu': String(upTo(3)) } : {}), ...(chance(0.2) ? { 'example.com/dongle': '1' } : {}) }
    return { ...made, status: { ...made.status, allocatable: { ...made.status?.allocatable, ...more } } }
  }

  pod(): Pod {
    const { chance, pick } = this.#bound()
    const spec: Partial<PodSpec> = { containers: this.some(2, () => this.container()) }
    if (chance(0.15)) spec.initContainers = this.some(2, () => ({ ...this.container(false), ...(chance(0.5) ? { restartPolicy: 'Always' } : {}) }))
    if (chance(0.1)) spec.overhead = { cpu: '50m', memory: '64Mi' }
    if (chance(0.15)) spec.nodeSelector = { disk: 'ssd' }
    if (chance(0.45)) spec.tolerations = this.some(3, () => this.toleration())
    if (chance(0.55)) spec.affinity = this.affinity()
    if (chance(0.4)) spec.topologySpreadConstraints = this.some(2, () => this.constraint())
    if (chance(0.3)) spec.priority = pick([0, 10, 100])
    const made = pod(`p${String(this.#serial++)}`, { labels: this.labels(), spec, ...(chance(0.5) ? { owner: pick(['rs1', 'rs2']) } : {}) })
    return { ...made, metadata: { ...made.metadata, namespace: pick(['ns', 'ns', 'other', 'third']) } }
  }

  /** One more pod of the same app. */
  again(like: Pod): Pod {
    const name = `p${String(this.#serial++)}`
    return { ...like, metadata: { ...like.metadata, name, uid: name } }
  }

  taint(): Taint {
    return { key: this.pick(['gpu', 'team']), ...(this.chance(0.7) ? { value: this.pick(['a', 'b']) } : {}), effect: this.pick(['NoSchedule', 'NoExecute', 'PreferNoSchedule', 'PreferNoSchedule']) }
  }

  toleration(): Toleration {
    const effect = this.chance(0.5) ? { effect: this.pick(['NoSchedule', 'NoExecute', 'PreferNoSchedule']) } : {}
    if (this.chance(0.1)) return { operator: 'Exists', ...effect }
    const key = this.pick(['gpu', 'team', 'node.kubernetes.io/unschedulable', 'node.kubernetes.io/not-ready'])
    return this.chance(0.5) ? { key, operator: 'Exists', ...effect } : { key, ...(this.chance(0.5) ? { operator: 'Equal' } : {}), ...(this.chance(0.8) ? { value: this.pick(['a', 'b']) } : {}), ...effect }
  }

  container(withPorts = true): Container {
    const { chance, pick } = this.#bound()
    const requests: Record<string, string> = {}
    if (chance(0.7)) requests['cpu'] = pick(['0', '100m', '250m', '600m', '1'])
    if (chance(0.6)) requests['memory'] = pick(['64Mi', '256Mi', '1Gi'])
    if (chance(0.2)) requests['ephemeral-storage'] = pick(['512Mi', '2Gi'])
    const limits: Record<string, string> = { ...(chance(0.15) ? { 'nvidia.com/gpu': pick(['1', '2']) } : {}), ...(chance(0.05) ? { 'example.com/dongle': '1' } : {}), ...(chance(0.1) ? { cpu: '1' } : {}) }
    const ports = withPorts && chance(0.15) ? [{ containerPort: 80, hostPort: pick([80, 443]), ...(chance(0.4) ? { hostIP: pick(['10.0.0.1', '10.0.0.2', '0.0.0.0']) } : {}), ...(chance(0.3) ? { protocol: 'UDP' } : {}) }] : undefined
    return { name: `c${String(this.#serial++)}`, image: 'nginx', resources: { requests, limits }, ...(ports === undefined ? {} : { ports }) }
  }

  affinity(): Affinity {
    const { chance, upTo } = this.#bound()
    const made: Affinity = {}
    const weight = (): number => 1 + upTo(99)
    if (chance(0.4)) {
      made.nodeAffinity = {
        ...(chance(0.6) ? { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: this.some(2, () => this.nodeTerm()) } } : {}),
        ...(chance(0.6) ? { preferredDuringSchedulingIgnoredDuringExecution: this.some(2, () => ({ weight: weight(), preference: this.nodeTerm() })) } : {}),
      }
    }
    for (const kind of ['podAffinity', 'podAntiAffinity'] as const) {
      if (!chance(0.4)) continue
      made[kind] = {
        ...(chance(0.5) ? { requiredDuringSchedulingIgnoredDuringExecution: this.some(2, () => this.podTerm()) } : {}),
        ...(chance(0.6) ? { preferredDuringSchedulingIgnoredDuringExecution: this.some(2, () => ({ weight: weight(), podAffinityTerm: this.podTerm() })) } : {}),
      }
    }
    return made
  }

  nodeTerm(): NodeSelectorTerm {
    if (this.chance(0.05)) return {}
    const fields: NodeSelectorRequirement = { key: 'metadata.name', operator: this.pick(['In', 'NotIn']), values: [this.pick(['n0', 'n1', 'n2'])] }
    return { ...(this.chance(0.9) ? { matchExpressions: this.some(2, () => this.nodeRequirement()) } : {}), ...(this.chance(0.15) ? { matchFields: [fields] } : {}) }
  }

  nodeRequirement(): NodeSelectorRequirement {
    const operator = this.pick(['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'])
    if (operator === 'Gt' || operator === 'Lt') return { key: 'cores', operator, values: [this.pick(['0', '3', '8'])] }
    const key = this.pick(['zone', 'disk', 'rack'])
    return operator === 'In' || operator === 'NotIn' ? { key, operator, values: this.some(2, () => this.pick(['a', 'b', 'ssd', '1', '2'])) } : { key, operator }
  }

  selector(): LabelSelector | undefined {
    if (this.chance(0.04)) return undefined
    if (this.chance(0.08)) return {}
    if (this.chance(0.6)) return { matchLabels: { app: this.pick(['x', 'y', 'z']) } }
    const operator = this.pick(['In', 'NotIn', 'Exists', 'DoesNotExist'])
    const values = operator === 'In' || operator === 'NotIn' ? { values: this.some(2, () => this.pick(['1', '2', '10'])) } : {}
    return { matchExpressions: [{ key: 'tier', operator, ...values }], ...(this.chance(0.3) ? { matchLabels: { app: 'x' } } : {}) }
  }

  podTerm(): PodAffinityTerm {
    const labelSelector = this.selector()
    return {
      topologyKey: this.pick(['zone', 'rack', 'kubernetes.io/hostname']), ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(this.chance(0.2) ? { namespaces: this.some(2, () => this.pick(['ns', 'other'])) } : {}),
      ...(this.chance(0.2) ? { namespaceSelector: this.chance(0.3) ? {} : { matchLabels: { team: this.pick(['a', 'b']) } } } : {}),
    }
  }

  constraint(): TopologySpreadConstraint {
    const labelSelector = this.selector()
    const hard = this.chance(0.5)
    return {
      topologyKey: this.pick(['zone', 'rack', 'kubernetes.io/hostname']), maxSkew: 1 + this.upTo(1), whenUnsatisfiable: hard ? 'DoNotSchedule' : 'ScheduleAnyway', ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(hard && this.chance(0.25) ? { minDomains: 1 + this.upTo(3) } : {}), ...(this.chance(0.3) ? { nodeAffinityPolicy: this.pick(['Honor', 'Ignore']) } : {}),
      ...(this.chance(0.4) ? { nodeTaintsPolicy: this.pick(['Honor', 'Ignore']) } : {}), ...(labelSelector !== undefined && this.chance(0.25) ? { matchLabelKeys: [this.pick(['tier', 'missing'])] } : {}),
    }
  }

  #bound(): { upTo: (most: number) => number; chance: (part: number) => boolean; pick: <T>(list: readonly T[]) => T } {
    return { upTo: (most) => this.upTo(most), chance: (part) => this.chance(part), pick: (list) => this.pick(list) }
  }
}
