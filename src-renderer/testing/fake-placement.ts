import type { ObjectRef, Placement, PlacementPlan, PlacementTable, PlannedInstance } from '../../src-main/common/contract/index.ts'
import { notFound, StatusError } from '../../src-main/common/errors.ts'
import { parseAllDocuments } from 'yaml'
import type { FakeWorld } from './fake-world.ts'

const POD_CPU = 250
const POD_BYTES = 512 * 1024 ** 2
const GPU = { reason: 'Unschedulable', message: '0/3 nodes are available: 3 Insufficient nvidia.com/gpu.' }

/** What-if answers about the fake world: pods go to the emptiest open node in turn; an app with "gpu" in its name finds none. `fails`: nothing can be asked. */
export class FakePlacement implements Placement {
  readonly #world: FakeWorld
  readonly #fails: boolean

  constructor(world: FakeWorld, fails = false) {
    this.#world = world
    this.#fails = fails
  }

  async explain(instance: ObjectRef): Promise<PlacementTable> {
    await this.#asked()
    const pod = this.#world.pods.find((p) => p.ref.name === instance.name)
    if (pod === undefined) throw notFound('pods', instance.name)
    const nodes = this.#world.nodes.map(({ ref, schedulable }) => ({ node: ref.name, fits: false, reasons: schedulable ? ['Insufficient memory', ...(ref.name === 'kitchen-2' ? ["node(s) didn't match Pod's node affinity/selector"] : [])] : ['node(s) were unschedulable', 'node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }'] }))
    return { nodes, why: { reason: 'Unschedulable', message: '0/3 nodes are available: 2 Insufficient memory, 1 node(s) were unschedulable.' } }
  }

  async simulate(yaml: string): Promise<PlacementPlan> {
    await this.#asked()
    const instances: PlannedInstance[] = []
    for (const document of parseAllDocuments(yaml)) {
      const { kind, metadata, spec } = (document.toJS() ?? {}) as { kind?: string; metadata?: { name?: string; namespace?: string }; spec?: { replicas?: number } }
      if (kind !== 'Deployment') continue
      const { name = '', namespace = 'default' } = metadata ?? {}
      const there = this.#world.pods.filter((p) => p.app?.name === name).length
      for (let i = there; i < (spec?.replicas ?? 1); i++) {
        const base = { ref: { apiVersion: 'v1', kind: 'Pod', namespace, name: `${name}-${String(i)}` }, app: { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name } }
        instances.push(name.includes('gpu') ? { ...base, outcome: 'pending', why: GPU, perNode: this.#world.nodes.map((n) => ({ node: n.ref.name, reasons: ['Insufficient nvidia.com/gpu'] })) } : { ...base, outcome: 'lands', node: this.#open(i), perNode: [] })
      }
    }
    return this.#plan(instances, [])
  }

  async rehearseLoss(nodes: string[]): Promise<PlacementPlan> {
    await this.#asked()
    for (const name of nodes) if (!this.#world.nodes.some((n) => n.ref.name === name)) throw notFound('nodes', name)
    const gone = this.#world.pods.filter((p) => nodes.includes(p.node))
    const instances = gone.map((pod, i): PlannedInstance => {
      const base = { ref: pod.ref, from: pod.node, perNode: [], ...(pod.app === undefined ? {} : { app: pod.app }) }
      if (pod.app?.name === 'orders-db') return { ...base, outcome: 'waits', why: { reason: 'WaitingForData', message: `Its data (claim "orders") is on server ${pod.node}: it waits for that server.` } }
      if (pod.app?.name === 'menu-api' && i % 2 === 1) return { ...base, outcome: 'pending', why: GPU, perNode: this.#world.nodes.map((n) => ({ node: n.ref.name, reasons: [nodes.includes(n.ref.name) ? 'node(s) had untolerated taint {toque.dev/server-lost: }' : n.schedulable ? 'Insufficient memory' : 'node(s) were unschedulable'] })) }
      return { ...base, outcome: 'lands', node: this.#open(i, nodes) }
    })
    return this.#plan(instances, nodes)
  }

  #plan(instances: PlannedInstance[], lost: string[]): PlacementPlan {
    const nodes = this.#world.nodes.filter((n) => !lost.includes(n.ref.name)).map((n) => {
      const pods = this.#world.pods.filter((p) => p.node === n.ref.name).length + instances.filter((i) => i.node === n.ref.name).length
      return { node: n.ref.name, pods, requested: { cpuMilli: pods * POD_CPU, memoryBytes: pods * POD_BYTES }, allocatable: n.capacity }
    })
    return { instances, problems: [], nodes }
  }

  #open(i: number, lost: string[] = []): string {
    const open = this.#world.nodes.filter((n) => n.schedulable && !lost.includes(n.ref.name))
    return open[i % Math.max(1, open.length)]?.ref.name ?? ''
  }

  async #asked(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 60))
    if (this.#fails) throw new StatusError('InternalError', 'The disk that holds /home/chef/.toque is full. Nothing was changed; make room there and try again.')
  }
}
