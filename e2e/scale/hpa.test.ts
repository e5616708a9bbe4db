import { expect, test } from 'vitest'
import type { Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { HorizontalPodAutoscalers, Events, Pods } from '../../src-main/common/kube/kinds.ts'
import type { Frozen } from '../../src-main/common/kube/object.ts'
import { isPodActive, isPodReady } from '../../src-main/common/kube/pods.ts'
import type { UsageSource } from '../../src-main/common/kube/usage.ts'
import { eventually } from '../harness/containers.ts'
import { fastClock } from './fast-clock.ts'
import { Replicas } from './replicas.ts'
import { SimulatedCluster } from './simulated-cluster.ts'

// Everything real but the containers and what they use: that is a load which the ready pods share.
const LIMIT_S = 40

test('5 -> 50 -> 5 as the load comes and goes, without ever a pod too many', async () => {
  const clock = fastClock(20)
  let load = 300
  const usage = (pods: { list(): Frozen<Pod>[] }): UsageSource => ({
    pod: (uid, windowMs) => {
      const ready = pods.list().filter((p) => isPodActive(p) && isPodReady(p))
      if (!ready.some((p) => p.metadata.uid === uid)) return undefined
      const used = { cpuMilli: Math.min(1000, load / ready.length), memoryBytes: 2 ** 24 }
      return { ...used, time: clock.now(), windowMs, containers: { app: used } }
    },
    node: () => undefined, watch: () => () => undefined,
  })
  const cluster = await SimulatedCluster.start({ nodes: 3, clock, nodeGraceMs: 600_000, usage })
  const replicas = new Replicas(cluster)
  let most = 0
  cluster.informers.for(Pods).addHandler({ onAdd: () => { most = Math.max(most, cluster.informers.for(Pods).lister.list().filter(isPodActive).length) } })
  try {
    await replicas.create(5)
    await replicas.until('5 pods', () => replicas.ready === 5, LIMIT_S)
    await cluster.client.create(HorizontalPodAutoscalers, {
      apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'many', namespace: 'default', annotations: { 'toque.dev/sync-period-seconds': '5' } },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: replicas.name }, minReplicas: 5, maxReplicas: 60,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
        behavior: { scaleDown: { stabilizationWindowSeconds: 10 } },
      },
    })
    const desired = (): number => cluster.informers.for(HorizontalPodAutoscalers).lister.get('default', 'many')?.status?.desiredReplicas ?? 0
    await eventually('the autoscaler to look', async () => { await Promise.resolve(); return desired() === 5 }, LIMIT_S * 1000)
    load = 3450
    await replicas.until('50 pods', () => replicas.ready === 50, LIMIT_S)
    // Where it came to it stays: some more looks at the same load.
    const { resourceVersion } = cluster.informers.for(HorizontalPodAutoscalers).lister.get('default', 'many')?.metadata ?? {}
    await eventually('it to look again', async () => { await Promise.resolve(); return cluster.informers.for(HorizontalPodAutoscalers).lister.get('default', 'many')?.metadata.resourceVersion !== resourceVersion }, LIMIT_S * 1000)
    expect([desired(), most]).toEqual([50, 50])
    load = 300
    await replicas.until('5 pods again', () => replicas.ready === 5, LIMIT_S)
    const rescales = (await cluster.client.list(Events, { namespace: 'default' })).items.filter((e) => e.reason === 'SuccessfulRescale').map((e) => e.message)
    expect(rescales).toContain('New size: 5; reason: All metrics below target')
    expect(await replicas.wrong()).toEqual([])
    expect(cluster.errors).toEqual([])
  } finally {
    replicas.stop()
    await cluster.stop()
  }
}, 120_000)
