import { afterAll, beforeAll, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { Node, Pod } from '../../../common/kube/generated/core-v1.ts'
import { Nodes, Pods } from '../../../common/kube/kinds.ts'
import type { UsageSource } from '../../../common/kube/usage.ts'
import { Api } from '../api.ts'
import { groupOf } from '../http/discovery.ts'
import { kubernetesSchemas } from '../openapi/schemas.ts'
import { rowOf } from '../table/table.ts'
import { type TestApi, startTestApi } from '../testing/test-api.ts'
import { builtinKinds } from './builtin.ts'
import { usageMetricsKinds } from './usage-metrics.ts'

const clock = new FakeClock()
const OfPods = { ...Pods, group: 'metrics.k8s.io', version: 'v1beta1', kind: 'PodMetrics' }
const OfNodes = { ...Nodes, group: 'metrics.k8s.io', version: 'v1beta1', kind: 'NodeMetrics' }
const pod = (name: string, namespace: string, app: string): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace, uid: name, labels: { app } }, spec: { containers: [] } }) as unknown as Pod
const pods = [pod('a', 'shop', 'web'), pod('b', 'shop', 'db'), pod('c', 'other', 'web'), pod('unmeasured', 'shop', 'web')]
const used = { cpuMilli: 12.5, memoryBytes: 10_000 }
const source: UsageSource = {
  pod: (uid, windowMs) => (uid === 'unmeasured' ? undefined : { ...used, time: clock.now() - 500, windowMs: windowMs - 400, containers: { app: used, side: { cpuMilli: 1, memoryBytes: 1024 } } }),
  node: (name, windowMs) => (name === 'n1' ? { cpuMilli: 900, memoryBytes: 2 ** 30, time: clock.now(), windowMs } : undefined),
  watch: () => () => undefined,
}
let usage: UsageSource | undefined = source
let t: TestApi
let api: Api
beforeAll(async () => {
  t = await startTestApi()
  const measured = usageMetricsKinds({
    clock, usage: () => usage, pods: (namespace) => pods.filter((p) => namespace === '' || p.metadata.namespace === namespace),
    nodes: () => ['n1', 'n2'].map((name) => ({ metadata: { name, labels: { zone: 'z' } } }) as unknown as Node),
  })
  api = new Api({ store: t.store, schemas: kubernetesSchemas, kinds: [...builtinKinds(t.store), ...measured] })
})
afterAll(() => t.close())
const names = (namespace: string, labelSelector = ''): string[] => api.list(OfPods, { namespace, labelSelector }).items.map((o) => o.metadata.name)

test('pods, by namespace and labels, each container apart', () => {
  expect([names(''), names('shop'), names('', 'app=web'), names('none')]).toEqual([['a', 'b', 'c'], ['a', 'b'], ['a', 'c'], []])
  expect(api.get(OfPods, 'shop', 'a')).toEqual({
    apiVersion: 'metrics.k8s.io/v1beta1', kind: 'PodMetrics', metadata: { name: 'a', namespace: 'shop', labels: { app: 'web' }, creationTimestamp: '2026-01-01T00:00:00Z' }, timestamp: '2025-12-31T23:59:59Z', window: '14.6s',
    containers: [{ name: 'app', usage: { cpu: '12500000n', memory: '10Ki' } }, { name: 'side', usage: { cpu: '1000000n', memory: '1Ki' } }],
  })
  expect(() => api.get(OfPods, 'shop', 'unmeasured')).toThrow('pods.metrics.k8s.io "unmeasured" not found')
})

test('nodes; and nothing while nothing is measured', () => {
  expect(api.list(OfNodes).items).toMatchObject([{ kind: 'NodeMetrics', metadata: { name: 'n1', labels: { zone: 'z' } }, usage: { cpu: '900000000n', memory: '1048576Ki' }, window: '15s' }])
  expect(rowOf(api.registry.kindOf(OfPods), api.get(OfPods, 'shop', 'a'), 'None', 'v1', 0).cells).toEqual(['a', '13500000n', '11Ki', '14.6s'])
  usage = undefined
  expect([api.list(OfNodes).items, names('')]).toEqual([[], []])
  usage = source
})

test('its group is found beside the core\'s kinds of the same names, which stay the preferred ones', () => {
  expect(groupOf(api.registry, 'metrics.k8s.io')).toMatchObject({ preferredVersion: { groupVersion: 'metrics.k8s.io/v1beta1' } })
  expect(api.registry.served().findIndex((k) => k.resource.plural === 'pods')).toBeLessThan(api.registry.served().findIndex((k) => k.resource.group === 'metrics.k8s.io'))
  expect(api.registry.all().some((k) => k.resource.group === 'metrics.k8s.io')).toBe(false)
})
