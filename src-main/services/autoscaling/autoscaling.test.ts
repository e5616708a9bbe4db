import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import type { AutoscalerSettings, ObjectRef } from '../../common/contract/index.ts'
import { FakeClock } from '../../common/fake-clock.ts'
import type { HorizontalPodAutoscaler } from '../../common/kube/generated/autoscaling-v2.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Deployments, HorizontalPodAutoscalers } from '../../common/kube/kinds.ts'
import { AS_TESTER, startTestApi } from '../../engine/api/testing/test-api.ts'
import type { TestApi } from '../../engine/api/testing/test-api.ts'
import { SharedInformers } from '../../engine/client/informers.ts'
import { LocalClient } from '../../engine/client/local-client.ts'
import { LocalManifests } from '../../engine/client/local-manifests.ts'
import { MetricHistory } from '../../engine/metrics/history.ts'
import { applyText } from '../manifests/apply.ts'
import { planText } from '../manifests/planner.ts'
import { nextOf } from '../testing/next-of.ts'
import { autoscalerView } from './autoscaler-view.ts'
import { AutoscalingService } from './autoscaling-service.ts'

let t: TestApi
let client: LocalClient
let manifests: LocalManifests
let clock: FakeClock
let informers: SharedInformers
let history: MetricHistory
let sampled: () => void
let scaling: AutoscalingService
const web: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' }
beforeEach(async () => {
  clock = new FakeClock()
  t = await startTestApi(clock)
  client = new LocalClient(t.api)
  manifests = new LocalManifests(t.api, AS_TESTER)
  informers = new SharedInformers({ client, clock, onError: (error) => { throw error as Error } })
  history = new MetricHistory()
  sampled = () => undefined
  const subscribe = (listener: () => void): (() => void) => {
    sampled = listener
    return () => undefined
  }
  scaling = new AutoscalingService({ informers, clock, client, metrics: { recorded: (w) => history.of(w), subscribe } })
  await client.create(Deployments, {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' },
    spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'app', image: 'nginx', resources: { requests: { cpu: '200m' } } }, { name: 'side', image: 'busybox' }] } } },
  })
})
afterEach(async () => {
  await informers.stop()
  await t.close()
})

const settings: AutoscalerSettings = { min: 2, max: 6, cpuPercent: 70 }
const MB = 2 ** 20
/** Half an hour of two pods that use `cpuMilli` each, in their container app. */
function record(cpuMilli: number): void {
  const begin = clock.now() - 1_800_000
  for (const uid of ['a', 'b']) {
    for (let s = 0; s < 1800; s += 10) history.take({ metadata: { uid, name: uid } } as Pod, { kind: 'Deployment', namespace: 'default', name: 'web' }, { app: { time: begin + s * 1000, windowMs: 10_000, cpuMilli, memoryBytes: 100 * MB } })
  }
}
const apply = async (text: string): Promise<void> => {
  expect((await applyText(manifests, text)).problems).toEqual([])
}

describe('an autoscaler by clicking', () => {
  test('a new one is planned, applied and seen; changed, it keeps what the form does not say; taken away, it is gone', async () => {
    const watch = scaling.watch(web)[Symbol.asyncIterator]()
    expect(await nextOf(watch, clock)).toEqual({ withoutCpuRequest: ['side'] })
    const text = await scaling.draft(web, { type: 'autoscaler', settings: { ...settings, toZeroAfterSeconds: 300 } })
    const { plan } = await planText(manifests, text)
    expect(plan).toMatchObject({ problems: [], changes: [{ action: 'create', ref: { kind: 'HorizontalPodAutoscaler', name: 'web' } }] })
    await apply(text)
    expect((await nextOf(watch, clock)).autoscaler).toMatchObject({ settings: { ...settings, toZeroAfterSeconds: 300 }, state: 'waiting', metrics: [{ name: 'cpu', target: '70 %' }] })

    const memory = { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '500Mi' } } }
    const behavior = { scaleDown: { stabilizationWindowSeconds: 60 } }
    const there = await client.get(HorizontalPodAutoscalers, 'default', 'web')
    await client.update(HorizontalPodAutoscalers, { ...there, spec: { ...there.spec, metrics: [memory, ...(there.spec.metrics ?? [])], behavior } } as HorizontalPodAutoscaler)
    await nextOf(watch, clock)
    await apply(await scaling.draft(web, { type: 'autoscaler', settings: { min: 1, max: 9, cpuPercent: 50 } }))
    const after = await client.get(HorizontalPodAutoscalers, 'default', 'web')
    expect(after.spec).toMatchObject({ minReplicas: 1, maxReplicas: 9, metrics: [memory, { resource: { name: 'cpu', target: { averageUtilization: 50 } } }], behavior })
    expect(after.metadata.annotations?.['toque.dev/scale-to-zero-after-seconds']).toBeUndefined()
    await client.delete(HorizontalPodAutoscalers, 'default', 'web')
    await nextOf(watch, clock)
    expect((await nextOf(scaling.watch(web)[Symbol.asyncIterator](), clock)).autoscaler).toBeUndefined()
  })

  test.each<[string, Partial<AutoscalerSettings>, RegExp]>([
    ['no pods', { min: 0 }, /fewest replicas \(0\).*1 or more/], ['half a pod', { min: 1.5 }, /fewest replicas \(1.5\)/], ['the most under the fewest', { max: 1 }, /most replicas \(1\).*not less than the fewest \(2\)/],
    ['no target', { cpuPercent: 0 }, /CPU target \(0\)/], ['no number', { cpuPercent: NaN }, /CPU target \(NaN\)/], ['to zero at once', { toZeroAfterSeconds: 1 }, /from 60 to 86400 seconds/],
  ])('%s is refused in a sentence', async (_, change, says) => {
    await expect(scaling.draft(web, { type: 'autoscaler', settings: { ...settings, ...change } })).rejects.toThrow(says)
    await expect(scaling.tryOut(web, { ...settings, ...change }, 'hour')).rejects.toThrow(says)
  })

  test('one that sleeps at zero is woken by a note on it; where there is none, that is said', async () => {
    await expect(scaling.wake(web)).rejects.toThrow('web has no autoscaler that could be woken.')
    const watch = scaling.watch(web)[Symbol.asyncIterator]()
    await nextOf(watch, clock)
    await apply(await scaling.draft(web, { type: 'autoscaler', settings: { ...settings, toZeroAfterSeconds: 60 } }))
    await nextOf(watch, clock)
    await scaling.wake(web)
    const { metadata: { annotations } } = await client.get(HorizontalPodAutoscalers, 'default', 'web')
    expect(Date.parse(annotations?.['toque.dev/wake-requested-at'] ?? '')).toBeCloseTo(clock.now(), -4)
    expect(annotations?.['toque.dev/scale-to-zero-after-seconds']).toBe('60')
  })

  test('what has no replicas, or is not there, says so', async () => {
    await expect(scaling.draft({ ...web, kind: 'DaemonSet' }, { type: 'autoscaler', settings })).rejects.toThrow('A DaemonSet has no number of replicas, so nothing can scale it.')
    await expect(scaling.advise({ ...web, name: 'none' })).rejects.toThrow(/"none" not found/)
    await expect(nextOf(scaling.watch({ ...web, name: 'none' })[Symbol.asyncIterator](), clock)).rejects.toThrow(/is not there/)
  })
})

describe('what the record says', () => {
  test('the requests that fit the use, beside what is requested; the YAML sets them and nothing else', async () => {
    expect((await scaling.advise(web)).map((a) => a.advised)).toEqual([undefined, undefined])
    record(150)
    const [app, side] = await scaling.advise(web)
    expect(app).toMatchObject({ container: 'app', now: { cpuMilli: 200 }, advised: { cpuMilli: { target: 173 }, memoryBytes: { target: 115 * MB } } })
    expect(side).toEqual({ container: 'side', now: {} })
    const text = await scaling.draft(web, { type: 'requests', requests: [{ container: 'app', cpuMilli: 173, memoryBytes: 115 * MB }, { container: 'side', cpuMilli: 10 }] })
    expect((await planText(manifests, text)).plan).toMatchObject({ problems: [], changes: [{ action: 'update' }] })
    await apply(text)
    const { containers } = (await client.get(Deployments, 'default', 'web')).spec?.template.spec ?? { containers: [] }
    expect(containers.map((c) => c.resources?.requests)).toEqual([{ cpu: '173m', memory: '115Mi' }, { cpu: '10m' }])
    await expect(scaling.draft(web, { type: 'requests', requests: [{ container: 'db' }] })).rejects.toThrow('web has no container "db".')
  })

  test('a trial on it: as many replicas as the load asks for', async () => {
    record(350)
    await apply(await scaling.draft(web, { type: 'requests', requests: [{ container: 'side', cpuMilli: 1 }] }))
    await nextOf(scaling.watch(web)[Symbol.asyncIterator](), clock)
    const trial = await scaling.tryOut(web, settings, 'hour')
    // 700m of 201m each, at 70 %: 5 pods.
    expect([trial.most, trial.steps.at(-1)?.replicas, trial.cappedShare]).toEqual([5, 5, 0])
    const cramped = await scaling.tryOut(web, { ...settings, max: 3 }, 'hour')
    expect([cramped.most, cramped.cappedShare > 0.9]).toEqual([3, true])
    expect((await scaling.tryOut({ ...web }, settings, 'day')).steps.length).toBeGreaterThan(100)
  })

  test('a chart of all pods together, then anew as it is measured', async () => {
    record(100)
    const chart = scaling.watchChart({ app: web, over: 'hour' })[Symbol.asyncIterator]()
    const points = await nextOf(chart, clock)
    expect(points.at(0)).toMatchObject({ cpuMilli: 200, replicas: 2 })
    const later = chart.next()
    history.take({ metadata: { uid: 'a', name: 'a' } } as Pod, { kind: 'Deployment', namespace: 'default', name: 'web' }, { app: { time: clock.now() + 10_000, windowMs: 10_000, cpuMilli: 900, memoryBytes: MB } })
    await clock.advance(10_000)
    sampled()
    const { value } = await later
    expect((value as typeof points).at(-1)).toMatchObject({ cpuMilli: 900, replicas: 1 })
    await chart.return?.(undefined)
  })
})

test.each<[string, object[], object, string]>([
  ['has not looked', [], {}, 'waiting'],
  ['works', [{ type: 'AbleToScale', status: 'True' }, { type: 'ScalingActive', status: 'True' }], {}, 'working'],
  ['has no metrics', [{ type: 'AbleToScale', status: 'True' }, { type: 'ScalingActive', status: 'False', reason: 'FailedGetResourceMetric', message: 'no cpu' }], {}, 'failing'],
  ['cannot find its target', [{ type: 'AbleToScale', status: 'False', reason: 'FailedGetScale' }], {}, 'failing'],
  ['is at its limit', [{ type: 'AbleToScale', status: 'True' }, { type: 'ScalingActive', status: 'True' }, { type: 'ScalingLimited', status: 'True', reason: 'TooManyReplicas' }], {}, 'limited'],
  ['is switched off by hand', [{ type: 'AbleToScale', status: 'True' }, { type: 'ScalingActive', status: 'False', reason: 'ScalingDisabled' }], {}, 'off'],
  ['sleeps', [{ type: 'AbleToScale', status: 'True' }, { type: 'ScalingActive', status: 'False', reason: 'ScaledToZero' }], {}, 'zero'],
])('an autoscaler that %s', (_, conditions, more, state) => {
  const hpa = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec: { scaleTargetRef: web, maxReplicas: 3 }, status: { currentReplicas: 1, desiredReplicas: 1, conditions, ...more } } as unknown as HorizontalPodAutoscaler
  expect(autoscalerView(hpa).state).toBe(state)
})

test('metrics of each kind, against their targets', () => {
  const spec = parse(`
scaleTargetRef: { kind: Deployment, name: web }
maxReplicas: 3
metrics:
- { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 80 } } }
- { type: ContainerResource, containerResource: { name: memory, container: app, target: { type: AverageValue, averageValue: 100Mi } } }
- { type: Pods, pods: { metric: { name: requests_per_second }, target: { type: AverageValue, averageValue: '10' } } }
`) as HorizontalPodAutoscaler['spec']
  const currentMetrics = [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 120, averageValue: '1' } } }, { type: 'ContainerResource', containerResource: { name: 'memory', container: 'app', current: { averageValue: '50Mi' } } }, { type: '' }]
  const { metrics } = autoscalerView({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec, status: { currentReplicas: 1, desiredReplicas: 1, currentMetrics } } as unknown as HorizontalPodAutoscaler)
  expect(metrics).toEqual([
    { name: 'cpu', target: '80 %', current: '120 %', share: 1.5 }, { name: 'memory', container: 'app', target: '100Mi', current: '50Mi', share: 0.5 }, { name: 'requests_per_second', target: '10' },
  ])
})
