import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DaemonSet, DaemonSetSpec } from '../../../common/kube/generated/apps-v1.ts'
import type { Node, Pod, PodSpec, Taint } from '../../../common/kube/generated/core-v1.ts'
import { SERVER_LOST_TAINT } from '../../../common/kube/node-conditions.ts'
import { ControllerRevisions, DaemonSets, Nodes, Pods } from '../../../common/kube/kinds.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { isPodReady } from '../../../common/kube/pods.ts'
import { NodeTaint } from '../../../common/kube/taints.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { DaemonSetController } from './controller.ts'
import { nodeFit } from '../../../common/kube/daemon-fit.ts'
import { nodeOf } from './pod-template.ts'

/** A cluster with daemons; its nodes bind what is made for them and end what is deleted. */
class World {
  readonly cluster = new TestCluster()
  readonly #controller = new DaemonSetController(this.cluster.context)

  async start(): Promise<void> {
    await this.cluster.informers.synced()
    this.#controller.start()
    await this.cluster.settle()
  }

  async stop(): Promise<void> {
    await this.#controller.stop()
    await this.cluster.stop()
  }

  async addNode(name: string, labels: Record<string, string> = {}, taints: Taint[] = []): Promise<void> {
    await this.cluster.client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: { taints } })
    await this.cluster.settle()
  }

  async changeNode(name: string, change: (node: Node) => void): Promise<void> {
    const node = structuredClone(await this.cluster.client.get(Nodes, '', name)) as Node
    change(node)
    await this.cluster.client.update(Nodes, node)
    await this.cluster.settle()
  }

  async create(spec: Partial<DaemonSetSpec> = {}, pod: Partial<PodSpec> = {}): Promise<void> {
    const template = { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'one' }], ...pod } }
    await this.cluster.client.create(DaemonSets, {
      apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd', namespace: 'ns', annotations: { 'kubernetes.io/change-cause': 'first' } },
      spec: { selector: { matchLabels: { app: 'd' } }, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }, revisionHistoryLimit: 10, template, ...spec },
    })
    await this.cluster.settle()
  }

  get pods(): Readonly<Pod>[] {
    return this.cluster.client.all(Pods)
  }

  /** `node image`, sorted; those being deleted with a minus. */
  get seen(): string[] {
    return this.pods.map((p) => `${p.metadata.deletionTimestamp === undefined ? '' : '-'}${nodeOf(p) ?? ''} ${p.spec.containers[0]?.image ?? ''}`).sort()
  }

  set(): Promise<Readonly<DaemonSet>> {
    return this.cluster.client.get(DaemonSets, 'ns', 'd')
  }

  async change(spec: (spec: DaemonSetSpec) => void): Promise<void> {
    const set = structuredClone(await this.set()) as DaemonSet
    spec(set.spec)
    await this.cluster.client.update(DaemonSets, set)
    await this.cluster.settle()
  }

  setImage(image: string): Promise<void> {
    return this.change((spec) => (spec.template = { ...spec.template, spec: { ...spec.template.spec, containers: [{ name: 'c', image }] } }))
  }

  /** Scheduler and nodes: all at once, or the first pod that has something to do. */
  async work(one = false): Promise<boolean> {
    for (const pod of this.pods) {
      if (pod.metadata.deletionTimestamp !== undefined) await this.cluster.client.delete(Pods, 'ns', pod.metadata.name, { gracePeriodSeconds: 0 })
      else if (!pod.spec.nodeName) await this.cluster.client.bind('ns', pod.metadata.name, nodeOf(pod) ?? '')
      else if (!isPodReady(pod) && pod.status?.phase !== 'Failed') await this.cluster.setPod(pod, { ready: true })
      else continue
      await this.cluster.settle()
      if (one) return true
    }
    return false
  }

  /** Works until nothing changes any more. */
  async settle(): Promise<void> {
    for (let i = 0; i < 60 && (await this.work(true)); i++);
  }
}

let world: World
beforeEach(async () => {
  world = new World()
  await world.start()
})
afterEach(() => world.stop())

describe('a daemon set', () => {
  test('has one pod on each node, that the scheduler may put there only', async () => {
    await world.addNode('a')
    await world.addNode('b', {}, [{ key: 'special', effect: 'NoSchedule' }])
    await world.create()
    expect(world.seen).toEqual(['a one'])
    const [pod] = world.pods as [Pod]
    expect(pod.spec.nodeName).toBeUndefined()
    expect(pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution).toEqual({ nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }] })
    expect(pod.spec.tolerations).toContainEqual({ key: NodeTaint.unschedulable, operator: 'Exists', effect: 'NoSchedule' })
    expect([controllerOf(pod)?.kind, pod.metadata.labels?.['controller-revision-hash']]).toEqual(['DaemonSet', expect.any(String)])
    await world.settle()
    await world.addNode('c')
    await world.settle()
    expect(world.seen).toEqual(['a one', 'c one'])
    expect((await world.set()).status).toEqual({
      currentNumberScheduled: 2, desiredNumberScheduled: 2, numberAvailable: 2, numberMisscheduled: 0, numberReady: 2, observedGeneration: 1, updatedNumberScheduled: 2,
    })
  })

  test('follows the labels, taints and cordons of its nodes', async () => {
    await world.addNode('a', { disk: 'fast' })
    await world.addNode('b')
    await world.create({}, { nodeSelector: { disk: 'fast' } })
    await world.settle()
    expect(world.seen).toEqual(['a one'])
    await world.changeNode('b', (node) => (node.metadata.labels = { disk: 'fast' }))
    await world.settle()
    expect(world.seen).toEqual(['a one', 'b one'])
    // Nothing new may come there, but what is there may stay; and a cordon is not meant for it.
    await world.changeNode('a', (node) => (node.spec = { taints: [{ key: 'special', effect: 'NoSchedule' }] }))
    await world.changeNode('b', (node) => (node.spec = { unschedulable: true, taints: [{ key: NodeTaint.unschedulable, effect: 'NoSchedule' }] }))
    expect([world.seen, (await world.set()).status?.numberMisscheduled]).toEqual([['a one', 'b one'], 1])
    await world.changeNode('a', (node) => (node.spec = { taints: [{ key: 'special', effect: 'NoExecute' }] }))
    await world.changeNode('b', (node) => (node.metadata.labels = {}))
    expect(world.seen).toEqual(['-a one', '-b one'])
    await world.settle()
    expect([world.seen, (await world.set()).status]).toMatchObject([[], { desiredNumberScheduled: 0, currentNumberScheduled: 0, numberMisscheduled: 0 }])
  })

  test('leaves its pods where a server is silent, and takes back one that never came to a node that went', async () => {
    await world.addNode('a')
    await world.create()
    await world.settle()
    await world.changeNode('a', (node) => (node.spec = { taints: [NodeTaint.unreachable, SERVER_LOST_TAINT].map((key) => ({ key, effect: 'NoExecute' })) }))
    expect(world.seen).toEqual(['a one'])
    await world.addNode('b')
    expect(world.seen).toEqual(['a one', 'b one'])
    await world.cluster.client.delete(Nodes, '', 'b')
    await world.cluster.settle()
    expect(world.seen).toEqual(['a one'])
  })

  test('replaces one that is deleted when it is gone, and one that failed after longer and longer waits', async () => {
    await world.addNode('a')
    await world.create()
    await world.settle()
    await world.cluster.client.delete(Pods, 'ns', world.pods[0]?.metadata.name ?? '')
    await world.cluster.settle()
    expect(world.seen).toEqual(['-a one'])
    await world.settle()
    expect(world.seen).toEqual(['a one'])
    for (const waitMs of [0, 1000, 2000, 4000]) {
      const [pod] = world.pods as [Pod]
      await world.cluster.setPod(pod, { phase: 'Failed' })
      await world.cluster.settle()
      if (waitMs > 0) expect(world.pods[0]?.metadata.uid).toBe(pod.metadata.uid)
      await world.cluster.clock.advance(waitMs + 50)
      expect(world.pods[0]?.metadata.uid).not.toBe(pod.metadata.uid)
      await world.settle()
    }
    expect(world.cluster.events.filter((e) => e.includes('FailedDaemonPod'))).toHaveLength(4)
  })

  test('rolls out one node at a time, and what does not serve at once', async () => {
    for (const name of ['a', 'b', 'c']) await world.addNode(name)
    await world.create()
    await world.settle()
    await world.cluster.setPod(world.pods[2] as Pod, { ready: false })
    await world.setImage('two')
    // The broken one, and nobody else while it is away.
    expect(world.seen.filter((s) => s.startsWith('-'))).toHaveLength(1)
    await world.settle()
    expect(world.seen).toEqual(['a two', 'b two', 'c two'])
    expect((await world.set()).status).toMatchObject({ updatedNumberScheduled: 3, numberAvailable: 3, observedGeneration: 2 })
  })

  test('OnDelete changes only what somebody deletes', async () => {
    await world.addNode('a')
    await world.addNode('b')
    await world.create({ updateStrategy: { type: 'OnDelete' } })
    await world.settle()
    await world.setImage('two')
    await world.settle()
    expect(world.seen).toEqual(['a one', 'b one'])
    await world.cluster.client.delete(Pods, 'ns', world.pods[0]?.metadata.name ?? '')
    await world.cluster.settle()
    await world.settle()
    expect([world.seen, (await world.set()).status?.updatedNumberScheduled]).toEqual([['a two', 'b one'], 1])
  })

  test('keeps its revisions; an undo makes an old one the newest again', async () => {
    await world.addNode('a')
    await world.create({ revisionHistoryLimit: 1 })
    await world.settle()
    const revisions = (): unknown[] => world.cluster.client.all(ControllerRevisions).map((r) => [r.revision, (r.data as { spec: DaemonSetSpec }).spec.template.spec?.containers[0]?.image]).sort()
    for (const image of ['two', 'three']) {
      await world.setImage(image)
      await world.settle()
    }
    expect(revisions()).toEqual([[2, 'two'], [3, 'three']])
    expect(world.cluster.client.all(ControllerRevisions)[0]).toMatchObject({ metadata: { annotations: { 'kubernetes.io/change-cause': 'first' } }, data: { spec: { template: { $patch: 'replace' } } } })
    await world.setImage('two')
    await world.settle()
    expect([revisions(), world.seen]).toEqual([[[3, 'three'], [4, 'two']], ['a two']])
  })

  test('at rest nothing is written, whatever the heartbeats say', async () => {
    await world.addNode('a')
    await world.create({ minReadySeconds: 30 })
    await world.settle()
    await world.cluster.clock.advance(31_000)
    expect((await world.set()).status?.numberAvailable).toBe(1)
    const calls: string[] = []
    const node = await world.cluster.client.get(Nodes, '', 'a')
    world.cluster.client.intercept = (verb, resource) => void (resource !== Nodes && calls.push(verb))
    await world.cluster.client.updateStatus(Nodes, { ...node, status: { conditions: [{ type: 'Ready', status: 'True' }] } })
    await world.cluster.clock.advance(3_600_000)
    expect(calls).toEqual([])
  })
})

test('whatever happens to nodes and templates, each node ends with its daemon of the newest revision, and a rollout keeps its limits', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('add' as const, 'label' as const, 'unlabel' as const, 'evict' as const, 'stay' as const, 'untaint' as const, 'remove' as const), node: fc.nat(4) }),
    fc.record({ do: fc.constant('image' as const), node: fc.nat(2) }),
    fc.record({ do: fc.constant('work' as const), node: fc.nat(3) }),
  )
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 14 }), fc.constantFrom([1, 0], [2, 0], ['50%', 0], [0, 1], [0, '50%']), async (steps, [maxUnavailable, maxSurge]) => {
    const w = new World()
    const { client, clock } = w.cluster
    await w.start()
    await w.create({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: maxUnavailable ?? 0, maxSurge: maxSurge ?? 0 } } }, { nodeSelector: { daemon: 'yes' } })
    for (let i = 0; i < 3; i++) await w.addNode(`n${String(i)}`, { daemon: 'yes' })
    await w.settle()
    const there = (name: string): boolean => client.all(Nodes).some((n) => n.metadata.name === name)
    for (const s of steps) {
      const name = `n${String(s.node)}`
      if (s.do === 'work') for (let i = 0; i <= s.node; i++) await w.work(true)
      else if (s.do === 'image') await w.setImage(`v${String(s.node)}`)
      else if (s.do === 'add') await (there(name) ? undefined : w.addNode(name, { daemon: 'yes' }))
      else if (!there(name)) continue
      else if (s.do === 'remove') {
        await client.delete(Nodes, '', name)
        for (const pod of w.pods) if (pod.spec.nodeName === name) await client.delete(Pods, 'ns', pod.metadata.name, { gracePeriodSeconds: 0 })
        await w.cluster.settle()
      } else {
        const effect = { evict: 'NoExecute', stay: 'NoSchedule' }[s.do as string]
        await w.changeNode(name, (node) => {
          if (s.do === 'label' || s.do === 'unlabel') node.metadata.labels = s.do === 'label' ? { daemon: 'yes' } : {}
          else node.spec = { taints: effect === undefined ? [] : [{ key: 'k', effect }] }
        })
      }
    }
    await w.settle()
    const set = await w.set()
    const image = set.spec.template.spec?.containers[0]?.image ?? ''
    const fitting = client.all(Nodes).filter((n) => nodeFit(set, n).run).map((n) => `${n.metadata.name} ${image}`)
    const staying = client.all(Nodes).filter((n) => nodeFit(set, n).keep && !nodeFit(set, n).run).map((n) => n.metadata.name)
    expect(w.seen.filter((s) => !staying.includes(s.split(' ')[0] ?? ''))).toEqual(fitting.sort())
    // A rollout from rest: at each moment as many serve as may be missing, and no more are there than may be.
    for (const n of client.all(Nodes)) await w.changeNode(n.metadata.name, (node) => Object.assign(node, { spec: {}, metadata: { ...node.metadata, labels: { daemon: 'yes' } } }))
    await w.settle()
    const total = client.all(Nodes).length
    const of = (amount: number | string | undefined): number => (typeof amount === 'string' ? Math.ceil(total / 2) : amount ?? 0)
    await w.setImage('last')
    for (let i = 0; i < 60; i++) {
      const serving = new Set(w.pods.filter((p) => isPodReady(p) && p.metadata.deletionTimestamp === undefined).map((p) => nodeOf(p))).size
      expect(serving).toBeGreaterThanOrEqual(of(maxSurge) > 0 ? total : total - of(maxUnavailable))
      expect(w.pods.filter((p) => p.metadata.deletionTimestamp === undefined).length).toBeLessThanOrEqual(total + of(maxSurge))
      if (!(await w.work(true))) break
    }
    expect(w.seen).toEqual(client.all(Nodes).map((n) => `${n.metadata.name} last`).sort())
    expect([w.cluster.failures, clock.pending >= 0]).toEqual([[], true])
    await w.stop()
  }), { numRuns: 40 })
}, 120_000)
