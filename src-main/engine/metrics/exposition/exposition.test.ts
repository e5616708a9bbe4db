import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import { ConfigMaps, CronJobs, Deployments, HorizontalPodAutoscalers, Jobs, Nodes, PersistentVolumeClaims, Pods, Secrets } from '../../../common/kube/kinds.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { LogSinks } from '../../../common/kube/log-sink.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import { AS_TESTER, startTestApi } from '../../api/testing/test-api.ts'
import type { TestApi } from '../../api/testing/test-api.ts'
import { SharedInformers } from '../../client/informers.ts'
import { LocalClient } from '../../client/local-client.ts'
import { Controller } from '../../controllers/workqueue/controller.ts'
import { readStrictly } from '../testing/strict-exposition.ts'
import type { ReadSeries } from '../testing/strict-exposition.ts'
import { MetricsPagesSource } from './metrics-pages.ts'
import { scrapeTargets } from './targets.ts'
import { expositionOf } from './text.ts'

describe('the text', () => {
  test('whatever labels hold, a strict reader gets them back, each line whole', () => {
    const labels = fc.dictionary(fc.stringMatching(/^[a-z_][a-z0-9_]{0,5}$/), fc.string({ unit: fc.constantFrom('"', '\\', '\n', '{', '}', ',', '#', ' ', 'a', 'é') }), { maxKeys: 3 })
    fc.assert(fc.property(fc.uniqueArray(fc.tuple(labels, fc.double({ noNaN: true })), { selector: ([l]) => JSON.stringify(Object.entries(l).sort()), minLength: 1 }), (samples) => {
      const text = [...expositionOf([{ name: 'a', help: 'odd\\ \n help', type: 'gauge', samples: samples.map(([l, value]) => ({ labels: l, value })) }])].join('')
      expect(readStrictly(text).map((s) => [s.labels, s.value + 0])).toEqual(samples.map(([l, value]) => [{ ...l }, value + 0]))
    }))
  })

  test('a family without samples has no header; a long one comes in pieces', () => {
    expect([...expositionOf([{ name: 'a', help: 'h', type: 'gauge', samples: [] }])]).toEqual([''])
    const samples = Array.from({ length: 1200 }, (_, i) => ({ labels: { i: String(i) }, value: i }))
    const pieces = [...expositionOf([{ name: 'a', help: 'h', type: 'counter', samples }])]
    expect([pieces.length, readStrictly(pieces.join('')).length]).toEqual([7, 1200])
  })

  test.each([
    ['a second HELP', '# HELP a h\n# HELP a h\n'], ['a series twice', '# HELP a h\n# TYPE a gauge\na 1\na 2\n'], ['lines apart', '# HELP a h\n# TYPE a gauge\na 1\n# HELP b h\n# TYPE b gauge\nb 1\na{x="1"} 2\n'],
    ['a raw quote', '# HELP a h\n# TYPE a gauge\na{x="""} 1\n'], ['no TYPE', 'a 1\n'],
  ])('the strict reader refuses %s', (_, text) => expect(() => readStrictly(text)).toThrow())
})

describe('the pages', () => {
  const SECRET = 'correct-horse-battery-staple'
  const spec = { containers: [{ name: 'web', image: 'nginx:1"\\', resources: { requests: { cpu: '250m', memory: '64Mi' }, limits: { memory: '128Mi' } } }] }
  const template = { metadata: { labels: { app: 'a' } }, spec }
  let t: TestApi
  let informers: SharedInformers
  let pages: MetricsPagesSource
  let all: ReadSeries[]

  const create = (resource: Resource, object: object): Promise<KubeObject> => t.api.create(resource, resource.namespaced ? 'default' : '', object, AS_TESTER)
  const status = (resource: Resource, object: KubeObject, value: object): Promise<KubeObject> => t.api.updateStatus(resource, object.metadata.namespace ?? '', object.metadata.name, { ...object, status: value }, AS_TESTER)
  const read = async (path: string): Promise<ReadSeries[]> => readStrictly([...((await pages.page(path))?.pieces ?? [])].join(''))
  const value = (name: string, labels: Record<string, string>): number | undefined => all.find((s) => s.name === name && Object.entries(labels).every(([l, v]) => s.labels[l] === v))?.value

  beforeAll(async () => {
    const clock = new FakeClock()
    t = await startTestApi(clock)
    informers = new SharedInformers({ client: new LocalClient(t.api), clock, onError: (e) => { throw e } })
    const node = await create(Nodes, { metadata: { name: 'n1' }, spec: {} })
    await status(Nodes, node, { capacity: { cpu: '4', memory: '8Gi' }, conditions: [{ type: 'Ready', status: 'True' }] })
    const pod = await create(Pods, { metadata: { name: 'p' }, spec: { ...spec, nodeName: 'n1' } })
    await status(Pods, pod, {
      phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }],
      containerStatuses: [{ name: 'web', image: 'nginx', imageID: 'x', ready: false, restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }],
    })
    const deployment = await create(Deployments, { metadata: { name: 'd' }, spec: { replicas: 3, selector: { matchLabels: { app: 'a' } }, template } })
    await status(Deployments, deployment, { replicas: 3, availableReplicas: 2, unavailableReplicas: 1 })
    const job = await create(Jobs, { metadata: { name: 'j' }, spec: { template: { spec: { ...spec, restartPolicy: 'Never' } } } })
    await status(Jobs, job, { failed: 2, conditions: [{ type: 'FailureTarget', status: 'True' }], startTime: '2026-01-01T00:00:00Z' })
    await create(CronJobs, { metadata: { name: 'c' }, spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: { spec: { ...spec, restartPolicy: 'Never' } } } } } })
    const metrics = [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }]
    await create(HorizontalPodAutoscalers, { metadata: { name: 'h' }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, minReplicas: 3, maxReplicas: 10, metrics } })
    const claim = await create(PersistentVolumeClaims, { metadata: { name: 'v' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } })
    await status(PersistentVolumeClaims, claim, { phase: 'Pending' })
    await create(Secrets, { metadata: { name: 's', annotations: { note: SECRET } }, stringData: { password: SECRET } })
    const sink = await create(LogSinks, { metadata: { name: 'l' }, spec: { type: 'file', file: { directory: '/x' } } })
    await status(LogSinks, sink, { sentLines: 12, conditions: [{ type: 'Delivering', status: 'True' }] })
    await create(ConfigMaps, { metadata: { name: 'c' }, data: { key: SECRET } })
    const [podUid, counters] = [pod.metadata.uid, { at: 0, cpuNanos: 2.5e9, memoryBytes: 1e6 }]
    const round = { time: 1_700_000_000_000, node: { at: 0, cpuNanos: 9e9, memoryBytes: 4e9 }, readings: [{ podUid, container: 'web', id: 'abc', counters }, { podUid: 'gone', container: 'x', id: 'y', counters }] }
    pages = new MetricsPagesSource({ informers, metrics: { counters: (n) => (n === 'n1' ? round : undefined) }, revision: () => t.store.revision, storeBytes: () => 4096 })
    const controller = new Controller({ name: 'tester', clock, onError: () => undefined, reconcile: () => Promise.reject(new Error('no')) })
    controller.enqueue('a')
    controller.start()
    await clock.advance(0)
    await controller.stop()
    await create(ConfigMaps, { metadata: { name: 'counted' } })
    all = await read('/metrics')
  })
  afterAll(async () => {
    pages.stop()
    await informers.stop()
    await t.close()
  })

  test.each<[string, Record<string, string>, number]>([
    ['kube_pod_status_phase', { pod: 'p', phase: 'Running' }, 1], ['kube_pod_status_phase', { pod: 'p', phase: 'Failed' }, 0], ['kube_pod_status_ready', { condition: 'false' }, 1],
    ['kube_pod_container_status_waiting_reason', { container: 'web', reason: 'CrashLoopBackOff' }, 1], ['kube_pod_container_status_restarts_total', { container: 'web' }, 3],
    ['kube_pod_container_status_last_terminated_exitcode', {}, 137], ['kube_pod_container_resource_requests', { resource: 'cpu', unit: 'core', node: 'n1' }, 0.25], ['kube_pod_container_resource_limits', { resource: 'memory', unit: 'byte' }, 128 * 2 ** 20],
    ['kube_deployment_status_replicas_unavailable', { deployment: 'd' }, 1], ['kube_deployment_spec_replicas', { deployment: 'd', namespace: 'default' }, 3],
    ['kube_node_status_condition', { node: 'n1', condition: 'Ready', status: 'true' }, 1], ['kube_node_status_condition', { condition: 'Ready', status: 'unknown' }, 0], ['kube_node_status_capacity', { resource: 'memory', unit: 'byte' }, 8 * 2 ** 30],
    ['kube_job_status_failed', { job_name: 'j' }, 2], ['kube_job_status_start_time', {}, 1767225600], ['kube_cronjob_info', { schedule: '0 3 * * *', timezone: 'UTC' }, 1], ['kube_cronjob_spec_suspend', {}, 0],
    ['kube_horizontalpodautoscaler_spec_target_metric', { metric_name: 'cpu', metric_target_type: 'utilization' }, 70], ['kube_horizontalpodautoscaler_spec_max_replicas', {}, 10],
    ['kube_persistentvolumeclaim_status_phase', { persistentvolumeclaim: 'v', phase: 'Pending' }, 1], ['kube_persistentvolumeclaim_resource_requests_storage_bytes', {}, 2 ** 30],
    ['kube_secret_type', { secret: 's', type: 'Opaque' }, 1], ['kube_namespace_status_phase', { namespace: 'default', phase: 'Active' }, 1],
    ['toque_logsink_sent_lines_total', { logsink: 'l' }, 12], ['toque_logsink_status_condition', { condition: 'Delivering', status: 'true' }, 1],
    ['container_cpu_usage_seconds_total', { container: 'web', pod: 'p', namespace: 'default', node: 'n1', image: 'nginx:1"\\' }, 2.5], ['pod_memory_working_set_bytes', { pod: 'p' }, 1e6],
    ['node_cpu_usage_seconds_total', { node: 'n1' }, 9], ['machine_cpu_cores', { node: 'n1' }, 4],
    ['workqueue_adds_total', { name: 'tester' }, 1], ['workqueue_retries_total', { name: 'tester' }, 1], ['controller_runtime_reconcile_errors_total', { controller: 'tester' }, 1], ['controller_runtime_reconcile_time_seconds_count', { controller: 'tester' }, 1],
    ['toque_store_changes_total', {}, 1], ['apiserver_storage_size_bytes', {}, 4096],
  ])('%s %o is %d', (name, labels, wanted) => expect(value(name, labels)).toBe(wanted))

  test('what has ended has no samples, and only what a kind says of itself is told', () => {
    expect(all.some((s) => s.labels['container'] === 'x')).toBe(false)
    expect(JSON.stringify(all)).not.toContain(SECRET)
    expect(all.some((s) => s.name === 'nodejs_eventloop_lag_p99_seconds')).toBe(true)
  })

  test('pods that expose metrics are named with where, others are not', () => {
    const pod = (name: string, annotations: Record<string, string>, status: object = { podIP: '10.0.0.1' }): Pod => ({ metadata: { name, namespace: 'a', annotations }, spec: { nodeName: 'n', containers: [{ name: 'c', ports: [{ containerPort: 8080 }] }] }, status }) as unknown as Pod
    const yes = { 'prometheus.io/scrape': 'true' }
    expect(scrapeTargets([
      pod('plain', {}), pod('starting', yes, {}), pod('over', yes, { podIP: '10.0.0.2', phase: 'Succeeded' }), pod('wrong', { ...yes, 'prometheus.io/port': 'http' }),
      pod('default', yes), pod('told', { ...yes, 'prometheus.io/port': '9', 'prometheus.io/path': '/m', 'prometheus.io/scheme': 'https' }),
    ])).toEqual([
      { targets: ['10.0.0.1:8080'], labels: { __metrics_path__: '/metrics', __scheme__: 'http', namespace: 'a', pod: 'default', node: 'n' } },
      { targets: ['10.0.0.1:9'], labels: { __metrics_path__: '/m', __scheme__: 'https', namespace: 'a', pod: 'told', node: 'n' } },
    ])
  })

  test('each part has a page of its own, and together they are the whole', async () => {
    const names = (list: ReadSeries[]): Set<string> => new Set(list.map((s) => s.name))
    const parts = await Promise.all(['/metrics/engine', '/metrics/cadvisor', '/metrics/kube-state'].map(read))
    expect(names(parts.flat())).toEqual(names(all))
    expect(pages.page('/metrics/other')).toBeUndefined()
  })
})
