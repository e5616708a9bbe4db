import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { timestamp } from '../../../common/clock.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import { StatusError } from '../../../common/errors.ts'
import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerSpec, MetricSpec } from '../../../common/kube/generated/autoscaling-v2.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Deployments, HorizontalPodAutoscalers, Pods, ReplicaSets } from '../../../common/kube/kinds.ts'
import type { UsageSource } from '../../../common/kube/usage.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { AutoscalerController } from './controller.ts'
import type { PodPages } from './pod-metrics.ts'

const SECOND = 1000
const cpu: MetricSpec = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }
let cluster: TestCluster
let controller: AutoscalerController
/** Millicores of every pod; undefined: nothing is measured. */
let load: number | undefined
let measuring: number[]
let page: (pod: string) => string

beforeEach(async () => {
  cluster = new TestCluster()
  load = 250
  measuring = []
  page = () => ''
  const usage: UsageSource = {
    pod: (_uid, windowMs) => (load === undefined ? undefined : { time: cluster.clock.now(), windowMs, cpuMilli: load, memoryBytes: 2 ** 20, containers: { app: { cpuMilli: load, memoryBytes: 2 ** 20 } } }),
    node: () => undefined,
    watch: (everyMs) => {
      measuring.push(everyMs)
      return () => void measuring.splice(measuring.indexOf(everyMs), 1)
    },
  }
  const pages: PodPages = { get: async (_namespace, pod, port, path) => { await Promise.resolve(); return page(`${pod}:${String(port)}${path}`) } }
  controller = new AutoscalerController(cluster.context, { usage, pages })
  await cluster.informers.synced()
  controller.start()
})
afterEach(async () => {
  await controller.stop()
  await cluster.stop()
})

async function deployment(replicas: number, name = 'web'): Promise<void> {
  await cluster.client.create(Deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace: 'shop' }, spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: {} } })
  await pods(replicas)
}
/** There are so many pods, long ready. */
async function pods(count: number, annotations: Record<string, string> = {}): Promise<void> {
  const { clock, client } = cluster
  for (const pod of client.all(Pods)) await client.delete(Pods, 'shop', pod.metadata.name)
  for (let i = 0; i < count; i++) {
    const pod = await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: `web-${String(i)}`, namespace: 'shop', labels: { app: 'web' }, annotations }, spec: { containers: [{ name: 'app', image: 'i', resources: { requests: { cpu: '500m' } } }] } })
    const at = timestamp(clock.now() - 600 * SECOND)
    await client.updateStatus(Pods, { ...pod, status: { phase: 'Running', startTime: at, conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at }] } } as Pod)
  }
}
async function autoscaler(spec: Partial<HorizontalPodAutoscalerSpec> = {}, annotations: Record<string, string> = {}, name = 'web'): Promise<void> {
  await cluster.client.create(HorizontalPodAutoscalers, {
    apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name, namespace: 'shop', annotations },
    spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 10, metrics: [cpu], ...spec },
  })
  await cluster.settle()
}
const hpa = (name = 'web'): Promise<Readonly<HorizontalPodAutoscaler>> => cluster.client.get(HorizontalPodAutoscalers, 'shop', name)
const replicas = async (): Promise<number | undefined> => (await cluster.client.get(Deployments, 'shop', 'web')).spec.replicas
const condition = async (type: string): Promise<string> => {
  const c = findCondition((await hpa()).status?.conditions, type)
  return `${c?.status ?? ''} ${c?.reason ?? ''}`
}

test('it scales its target up, says so, and comes again every 15 s', async () => {
  await deployment(2)
  load = 450
  await autoscaler()
  expect(await replicas()).toBe(4)
  expect(cluster.events).toEqual(['HorizontalPodAutoscaler/web Normal SuccessfulRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target'])
  expect((await hpa()).status).toMatchObject({
    currentReplicas: 2, desiredReplicas: 4, lastScaleTime: '2026-01-01T00:00:00Z', currentMetrics: [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 90, averageValue: '450m' } } }],
    conditions: [
      { type: 'AbleToScale', status: 'True', reason: 'SucceededRescale', message: 'the HPA controller was able to update the target scale to 4' },
      { type: 'ScalingActive', status: 'True', reason: 'ValidMetricFound' }, { type: 'ScalingLimited', status: 'False', reason: 'DesiredWithinRange' },
    ],
  })
  await pods(4)
  await cluster.clock.advance(14 * SECOND)
  expect(await replicas()).toBe(4)
  await cluster.clock.advance(SECOND)
  expect(await replicas()).toBe(8)
})

test('what needs no change is not written again; down it waits for five minutes', async () => {
  await deployment(4)
  await autoscaler()
  await cluster.clock.advance(30 * SECOND)
  const { resourceVersion } = (await hpa()).metadata
  await cluster.clock.advance(60 * SECOND)
  expect((await hpa()).metadata.resourceVersion).toBe(resourceVersion)
  load = 100
  await cluster.clock.advance(290 * SECOND)
  expect([await replicas(), await condition('AbleToScale')]).toEqual([4, 'True ScaleDownStabilized'])
  await cluster.clock.advance(40 * SECOND)
  expect(await replicas()).toBe(2)
  expect(cluster.events.at(-1)).toContain('New size: 2; reason: All metrics below target')
})

test('usage is measured fast only while there is an autoscaler, and nothing waits when there is none', async () => {
  await deployment(1)
  expect([measuring, cluster.clock.pending]).toEqual([[], 0])
  await autoscaler()
  await autoscaler({ scaleTargetRef: { kind: 'Deployment', apiVersion: 'apps/v1', name: 'other' } }, {}, 'second')
  expect(measuring).toEqual([1000])
  await cluster.client.delete(HorizontalPodAutoscalers, 'shop', 'web')
  await cluster.settle()
  expect(measuring).toEqual([1000])
  await cluster.client.delete(HorizontalPodAutoscalers, 'shop', 'second')
  await cluster.clock.advance(60 * SECOND)
  expect([measuring, cluster.clock.pending]).toEqual([[], 0])
})

test('a change of its spec is looked at at once; its annotation says how often it looks', async () => {
  await deployment(2)
  await autoscaler({}, { 'toque.dev/sync-period-seconds': '3' })
  await cluster.client.patch(HorizontalPodAutoscalers, 'shop', 'web', 'application/merge-patch+json', { spec: { minReplicas: 3 } })
  await cluster.settle()
  expect(await replicas()).toBe(3)
  await pods(3)
  load = 500
  await cluster.clock.advance(3 * SECOND)
  expect(await replicas()).toBe(6)
})

describe('what keeps it from scaling', () => {
  test('a target that is not there', async () => {
    await autoscaler()
    expect(await condition('AbleToScale')).toBe('False FailedGetScale')
    expect(cluster.events).toEqual(['HorizontalPodAutoscaler/web Warning FailedGetScale: deployments.apps "web" not found'])
    await deployment(1)
    await cluster.clock.advance(15 * SECOND)
    expect(await condition('AbleToScale')).toBe('True ReadyForNewScale')
  })

  test('a kind that is not there', async () => {
    await autoscaler({ scaleTargetRef: { apiVersion: 'toys/v1', kind: 'Car', name: 'x' } })
    expect(cluster.events).toEqual(['HorizontalPodAutoscaler/web Warning FailedGetScale: unable to determine resource for scale target reference: no matches for kind "Car" in group "toys"'])
  })

  test('no metrics', async () => {
    await deployment(2)
    load = undefined
    await autoscaler()
    // The engine has just begun to measure.
    await cluster.clock.advance(13 * SECOND)
    expect([cluster.events, (await hpa()).status]).toEqual([[], undefined])
    await cluster.clock.advance(2 * SECOND)
    expect([await replicas(), await condition('ScalingActive'), (await hpa()).status?.currentReplicas]).toEqual([2, 'False FailedGetResourceMetric', 2])
    expect(cluster.events.map((e) => e.split(' ')[2])).toEqual(['FailedGetResourceMetric:', 'FailedComputeMetricsReplicas:'])
  })

  test('another autoscaler that counts the same pods', async () => {
    await deployment(2)
    await autoscaler()
    await autoscaler({}, {}, 'second')
    expect(findCondition((await hpa('second')).status?.conditions, 'ScalingActive')).toMatchObject({ status: 'False', reason: 'AmbiguousSelector', message: 'pods by selector app=web are controlled by multiple HPAs: [shop/second shop/web]' })
  })

  test('a target that refuses', async () => {
    await deployment(2)
    load = 450
    cluster.client.intercept = (verb) => { if (verb === 'patch/scale') throw new StatusError('Forbidden', 'not today') }
    await autoscaler()
    expect([await replicas(), await condition('AbleToScale')]).toEqual([2, 'False FailedUpdateScale'])
    expect(cluster.events[0]).toContain('Warning FailedRescale: New size: 4; reason: cpu resource utilization (percentage of request) above target; error: not today')
  })

  test('object metrics are not to be had', async () => {
    await deployment(1)
    await autoscaler({ metrics: [{ type: 'Object', object: { metric: { name: 'hits' }, describedObject: { kind: 'Service', name: 'web' }, target: { type: 'Value', value: '5' } } }] })
    expect(findCondition((await hpa()).status?.conditions, 'ScalingActive')?.message).toContain('this cluster has no source of Object metrics; use a Resource, ContainerResource or Pods metric')
  })

  test('a write that came between is seen before anything is done', async () => {
    await deployment(2)
    load = 450
    let between = 0
    cluster.client.intercept = (verb) => {
      if (verb !== 'patch/scale' || between++ > 0) return
      throw new StatusError('Conflict', 'the object has been modified')
    }
    await autoscaler()
    await cluster.clock.advance(SECOND)
    expect([await replicas(), between, cluster.failures]).toEqual([4, 2, []])
    expect(cluster.events).toHaveLength(1)
  })
})

describe('metrics of the pods\' own', () => {
  const own = (name: string, averageValue: string): MetricSpec => ({ type: 'Pods', pods: { metric: { name, selector: { matchLabels: { path: '/' } } }, target: { type: 'AverageValue', averageValue } } })
  const SCRAPED = { 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9100' }

  test('a gauge, summed over the series that are meant', async () => {
    await deployment(0)
    await cluster.client.patch(Deployments, 'shop', 'web', 'application/merge-patch+json', { spec: { replicas: 2 } })
    await pods(2, SCRAPED)
    page = (at) => `# where: ${at}\n# TYPE queue gauge\nqueue{path="/",worker="a"} 9\nqueue{path="/",worker="b"} 12\nqueue{path="/other"} 1000\n`
    await autoscaler({ metrics: [own('queue', '10')] })
    expect([await replicas(), (await hpa()).status?.currentMetrics?.[0]?.pods?.current.averageValue]).toEqual([4, '21'])
  })

  test('a counter counts by its growth a second', async () => {
    await deployment(1)
    await pods(1, SCRAPED)
    const begin = cluster.clock.now()
    page = () => `requests_total{path="/"} ${String((cluster.clock.now() - begin) / 20)}`
    await autoscaler({ metrics: [own('requests_total', '20')] })
    expect(await condition('ScalingActive')).toBe('False FailedGetPodsMetric')
    await cluster.clock.advance(15 * SECOND)
    expect([await replicas(), (await hpa()).status?.currentMetrics?.[0]?.pods?.current.averageValue]).toEqual([3, '50'])
  })

  test('pods that do not say where are named, and so is what goes wrong', async () => {
    await deployment(1)
    await autoscaler({ metrics: [own('queue', '10')] })
    expect(cluster.events[0]).toContain('unable to get metric queue: no pod can be asked for it: they need the annotations prometheus.io/scrape: "true" and prometheus.io/port')
    await pods(1, SCRAPED)
    page = () => { throw new Error('connection refused') }
    await cluster.clock.advance(15 * SECOND)
    expect(cluster.events.at(-2)).toContain('unable to get metric queue: pod web-0: connection refused')
    page = () => 'up 1'
    await cluster.clock.advance(15 * SECOND)
    expect(cluster.events.at(-2)).toContain('pod web-0: it exposes no queue with these labels')
  })
})

test('to zero after its time, and back when it is woken', async () => {
  await deployment(1)
  load = 0
  await autoscaler({ behavior: { scaleDown: { stabilizationWindowSeconds: 0 } } }, { 'toque.dev/scale-to-zero-after-seconds': '60' })
  await cluster.clock.advance(45 * SECOND)
  expect(await replicas()).toBe(1)
  await cluster.clock.advance(30 * SECOND)
  expect(await replicas()).toBe(0)
  await pods(0)
  await cluster.clock.advance(60 * SECOND)
  expect([await replicas(), await condition('ScalingActive')]).toEqual([0, 'False ScaledToZero'])
  await cluster.client.patch(HorizontalPodAutoscalers, 'shop', 'web', 'application/merge-patch+json', { metadata: { annotations: { 'toque.dev/wake-requested-at': timestamp(cluster.clock.now()) } } })
  await cluster.settle()
  expect([await replicas(), cluster.events.at(-1)]).toEqual([1, 'HorizontalPodAutoscaler/web Normal SuccessfulRescale: New size: 1; reason: Wake requested'])
})

test('any kind that has a scale will do, whatever version the reference names', async () => {
  await cluster.client.create(ReplicaSets, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'bare', namespace: 'shop' }, spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: {} } })
  await pods(2)
  load = 450
  await autoscaler({ scaleTargetRef: { apiVersion: 'apps/v1beta9', kind: 'ReplicaSet', name: 'bare' } })
  expect((await cluster.client.get(ReplicaSets, 'shop', 'bare')).spec?.replicas).toBe(4)
})
