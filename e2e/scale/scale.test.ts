import { expect, test } from 'vitest'
import { Nodes, Pods } from '../../src-main/common/kube/kinds.ts'
import { NodeActions } from '../../src-main/services/cluster/node-actions.ts'
import { eventually } from '../harness/containers.ts'
import { fastClock } from './fast-clock.ts'
import { Replicas } from './replicas.ts'
import { SimulatedCluster } from './simulated-cluster.ts'

// The short form of `npm run bench -- scale`: the same cluster, smaller, on a clock that makes its heartbeats come every second.
const NODES = 20
const PODS = 400
const LIMIT_S = 120

test('twenty nodes, four hundred pods: up, a node drained, two lost at once and back; nothing runs twice', async () => {
  const clock = fastClock(10)
  const cluster = await SimulatedCluster.start({ nodes: NODES, clock, nodeGraceMs: 30_000 })
  const replicas = new Replicas(cluster)
  const quiet = (): Promise<unknown> => eventually('the old pods to be gone', async () => {
    await Promise.resolve()
    return replicas.ready === PODS && cluster.informers.for(Pods).lister.list().length === PODS
  }, LIMIT_S * 1000)
  try {
    await replicas.create(PODS)
    await replicas.until('all pods ready', () => replicas.ready === PODS, LIMIT_S)
    expect(cluster.nodes.map((node) => replicas.readyOn(node))).toEqual(cluster.nodes.map(() => PODS / NODES))

    const [drained = '', ...others] = cluster.nodes
    const actions = new NodeActions({ client: cluster.client, live: cluster.live, clock })
    const ref = { apiVersion: 'v1', kind: 'Node', namespace: '', name: drained }
    let ended = 0
    for await (const { pods } of actions.drain(ref)) ended = pods.filter((p) => p.state === 'ended').length
    expect(ended).toBe(PODS / NODES)
    await quiet()
    expect([replicas.readyOn(drained), await replicas.wrong()]).toEqual([0, []])

    const lost = others.slice(0, 2)
    await cluster.lose(lost)
    await replicas.until('all pods ready elsewhere', () => replicas.ready === PODS && lost.every((node) => replicas.readyOn(node) === 0), LIMIT_S)
    await actions.cordon(ref, false)
    await cluster.bringBack(lost)
    await quiet()
    expect(await replicas.wrong()).toEqual([])
    await eventually('every node to be ready', async () => (await cluster.client.list(Nodes)).items.every((n) => n.status?.conditions?.[0]?.status === 'True' && (n.spec.taints ?? []).length === 0), LIMIT_S * 1000)
    expect(cluster.errors).toEqual([])
  } finally {
    replicas.stop()
    await cluster.stop()
  }
}, 300_000)
