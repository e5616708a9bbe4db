import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { StatusError } from '../../../../common/errors.ts'
import type { HorizontalPodAutoscaler as V1 } from '../../../../common/kube/generated/autoscaling-v1.ts'
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus } from '../../../../common/kube/generated/autoscaling-v2.ts'
import { HorizontalPodAutoscalers } from '../../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../../common/kube/object.ts'
import { aggregated, groupOf, resourceList } from '../../http/discovery.ts'
import type { ObjectEvent } from '../../rest/watch.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../../testing/test-api.ts'
import { rowOf } from '../../table/table.ts'
import { targetsCell } from './targets.ts'

const V1Resource = { ...HorizontalPodAutoscalers, version: 'v1' }
const target = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
let t: TestApi
beforeAll(async () => { t = await startTestApi() })
afterAll(() => t.close())

const create = async (name: string, spec: object, annotations?: object): Promise<HorizontalPodAutoscaler> =>
  (await t.api.create(HorizontalPodAutoscalers, 'default', { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name, annotations }, spec: { scaleTargetRef: target, maxReplicas: 5, ...spec } }, AS_TESTER)) as HorizontalPodAutoscaler
async function refused(spec: object, annotations?: object): Promise<string[]> {
  const error = await create('refused', spec, annotations).then(() => undefined, (e: unknown) => e)
  expect(error).toBeInstanceOf(StatusError)
  return ((error as StatusError).details.causes ?? []).map((c) => `${c.field ?? ''}: ${c.message ?? ''}`)
}
const resource = (target: object, name = 'cpu'): object => ({ type: 'Resource', resource: { name, target } })

test('what is left out is filled in as upstream does', async () => {
  const { spec, status } = await create('bare', { behavior: { scaleDown: { stabilizationWindowSeconds: 10 } } })
  expect(spec).toMatchObject({ minReplicas: 1, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }] })
  expect(spec.behavior?.scaleUp?.policies).toHaveLength(2)
  expect(spec.behavior?.scaleDown).toEqual({ stabilizationWindowSeconds: 10, selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] })
  expect(status).toEqual({ currentReplicas: 0, desiredReplicas: 0 })
  expect((await create('plain', {})).spec.behavior).toBeUndefined()
})

describe('refused', () => {
  test.each<[string, object, string[]]>([
    ['no pods at all', { minReplicas: 0 }, ['spec.minReplicas: Invalid value: 0: must be greater than or equal to 1']],
    ['the most under the least', { minReplicas: 4, maxReplicas: 3 }, ['spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`']],
    ['no most', { maxReplicas: 0 }, ['spec.maxReplicas: Invalid value: 0: must be greater than 0', 'spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`']],
    ['no target', { scaleTargetRef: { kind: '', name: 'a/b' } }, ['spec.scaleTargetRef.kind: Required value', "spec.scaleTargetRef.name: Invalid value: \"a/b\": may not contain '/'"]],
    ['a source that is none', { metrics: [{ type: 'Moon' }] }, ['spec.metrics[0].type: Unsupported value: "Moon": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"']],
    ['a source that is not filled in, and another that is', { metrics: [{ type: 'Pods', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 5 } } }] }, [
      'spec.metrics[0].pods: Required value: must populate information for the given metric source', 'spec.metrics[0].resource: Forbidden: must populate the given metric source only',
    ]],
    ['two targets of one resource', { metrics: [resource({ type: 'Utilization', averageUtilization: 0, averageValue: '1' })] }, [
      'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0', 'spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
    ]],
    ['no target of a resource', { metrics: [resource({ type: 'Utilization' })] }, ['spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization']],
    ['a negative value', { metrics: [resource({ type: 'AverageValue', averageValue: '-1' })] }, ['spec.metrics[0].resource.target.averageValue: Invalid value: "-1": must be positive']],
    ['a container without a name', { metrics: [{ type: 'ContainerResource', containerResource: { name: 'cpu', container: '', target: { type: 'Utilization', averageUtilization: 5 } } }] }, ['spec.metrics[0].containerResource.container: Required value: must specify a container']],
    ['a metric of the pods without an average', { metrics: [{ type: 'Pods', pods: { metric: { name: 'q' }, target: { type: 'Value', value: '1' } } }] }, ['spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue']],
    ['rules that are none', { behavior: { scaleUp: { stabilizationWindowSeconds: 3601, selectPolicy: 'Most', policies: [{ type: 'Cores', value: 0, periodSeconds: 1801 }] }, scaleDown: { policies: [] } } }, [
      'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
      'spec.behavior.scaleUp.selectPolicy: Unsupported value: "Most": supported values: "Disabled", "Max", "Min"',
      'spec.behavior.scaleUp.policies[0].type: Unsupported value: "Cores": supported values: "Percent", "Pods"',
      'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
      'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
      'spec.behavior.scaleDown.policies: Required value: must specify at least one Policy',
    ]],
  ])('%s', async (_name, spec, errors) => expect(await refused(spec)).toEqual(errors))

  test('seconds that are none, in our annotations', async () => {
    expect(await refused({}, { 'toque.dev/sync-period-seconds': '0', 'toque.dev/scale-to-zero-after-seconds': 'soon', 'toque.dev/wake-requested-at': 'now' })).toEqual([
      'metadata.annotations[toque.dev/sync-period-seconds]: Invalid value: "0": must be a whole number of seconds between 1 and 300',
      'metadata.annotations[toque.dev/scale-to-zero-after-seconds]: Invalid value: "soon": must be a whole number of seconds between 60 and 86400',
      'metadata.annotations[toque.dev/wake-requested-at]: Invalid value: "now": must be a time such as 2026-01-31T12:00:00Z',
    ])
  })
})

describe('version 1', () => {
  const memory: MetricSpec = { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '100Mi' } } }

  test('what is created in it is stored in version 2, and comes back as it was asked for', async () => {
    const body = { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: { name: 'old' }, spec: { scaleTargetRef: target, maxReplicas: 4, targetCPUUtilizationPercentage: 60 } }
    const created = (await t.api.create(V1Resource, 'default', body, AS_TESTER)) as unknown as V1
    expect(created).toMatchObject({ apiVersion: 'autoscaling/v1', spec: { minReplicas: 1, maxReplicas: 4, targetCPUUtilizationPercentage: 60 } })
    const stored = t.api.get(HorizontalPodAutoscalers, 'default', 'old') as HorizontalPodAutoscaler
    expect(stored).toMatchObject({ apiVersion: 'autoscaling/v2', spec: { metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 60 } } }] } })
    expect(stored.metadata.resourceVersion).toBe(created.metadata.resourceVersion)
  })

  test('nothing is lost by a change in it', async () => {
    const before = await create('full', { metrics: [resource({ type: 'Utilization', averageUtilization: 50 }), memory], behavior: { scaleUp: { selectPolicy: 'Min' } } }, { team: 'a' })
    const patched = (await t.api.patch(V1Resource, 'default', 'full', 'application/strategic-merge-patch+json', { spec: { targetCPUUtilizationPercentage: 70 } }, 'main', AS_TESTER)) as unknown as V1
    expect(patched.spec.targetCPUUtilizationPercentage).toBe(70)
    const after = t.api.get(HorizontalPodAutoscalers, 'default', 'full') as HorizontalPodAutoscaler
    expect(after.spec).toEqual({ ...before.spec, metrics: [resource({ type: 'Utilization', averageUtilization: 70 }), memory] })
    expect(after.metadata.annotations).toEqual({ team: 'a' })
  })

  test('its status goes both ways; applied it is one object; deleted it is gone in both', async () => {
    await create('both', {})
    const currentMetrics: MetricStatus[] = [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 42, averageValue: '21m' } } }]
    const conditions = [{ type: 'AbleToScale', status: 'True' }]
    const stored = t.api.get(HorizontalPodAutoscalers, 'default', 'both') as HorizontalPodAutoscaler
    await t.api.updateStatus(HorizontalPodAutoscalers, 'default', 'both', { ...stored, status: { currentReplicas: 2, desiredReplicas: 3, currentMetrics, conditions } }, AS_TESTER)
    const old = t.api.get(V1Resource, 'default', 'both') as unknown as V1
    expect(old.status).toEqual({ currentReplicas: 2, desiredReplicas: 3, currentCPUUtilizationPercentage: 42 })
    await t.api.updateStatus(V1Resource, 'default', 'both', { ...old, status: { ...old.status, desiredReplicas: 4 } }, AS_TESTER)
    expect((t.api.get(HorizontalPodAutoscalers, 'default', 'both') as HorizontalPodAutoscaler).status).toEqual({ currentReplicas: 2, desiredReplicas: 4, currentMetrics, conditions })
    const applied = await t.api.apply(V1Resource, 'default', 'both', { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: { name: 'both' }, spec: { maxReplicas: 9 } }, true, { ...AS_TESTER, fieldManager: 'me' })
    expect(applied).toMatchObject({ created: false, object: { apiVersion: 'autoscaling/v1', spec: { maxReplicas: 9, targetCPUUtilizationPercentage: 80 } } })
    expect((await t.api.delete(V1Resource, 'default', 'both', {}, AS_TESTER)).object).toMatchObject({ apiVersion: 'autoscaling/v1' })
    expect(t.api.list(HorizontalPodAutoscalers, { fieldSelector: 'metadata.name=both' }).items).toEqual([])
  })

  test('a watch, a list and a table of it', async () => {
    const events: ObjectEvent[] = []
    const end = t.api.watch(V1Resource, { resourceVersion: t.api.list(V1Resource).resourceVersion }, { onEvents: (e) => events.push(...e) })
    await create('watched', {})
    await expect.poll(() => events.map((e) => `${e.type} ${e.object.apiVersion} ${e.object.metadata.name}`)).toEqual(['ADDED autoscaling/v1 watched'])
    end()
    expect(new Set(t.api.list(V1Resource).items.map((o) => o.apiVersion))).toEqual(new Set(['autoscaling/v1']))
    const kind = t.api.registry.kindOf(V1Resource)
    expect(rowOf(kind, t.api.get(V1Resource, 'default', 'watched'), 'None', 'v1', 0).cells.slice(0, 6)).toEqual(['watched', 'Deployment/web', 'cpu: <unknown>/80%', '1', 5, 0])
    await expect(t.api.create(V1Resource, 'default', { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'x' }, spec: {} }, AS_TESTER)).rejects.toThrow('does not match the expected API version (autoscaling/v1)')
  })

  test('discovery has both versions and prefers the second; what is stored is listed once', () => {
    expect(groupOf(t.api.registry, 'autoscaling')).toMatchObject({ preferredVersion: { version: 'v2' }, versions: [{ version: 'v2' }, { version: 'v1' }] })
    expect(resourceList(t.api.registry, 'autoscaling', 'v1')).toMatchObject({ resources: [{ name: 'horizontalpodautoscalers', shortNames: ['hpa'] }, { name: 'horizontalpodautoscalers/status' }] })
    expect(JSON.stringify(aggregated(t.api.registry, false, 'v2'))).toContain('"version":"v1","freshness":"Current","resources":[{"resource":"horizontalpodautoscalers"')
    expect(t.api.registry.all().filter((k) => k.resource.plural === 'horizontalpodautoscalers')).toHaveLength(1)
  })
})

test.each<[string, object[], object[], string]>([
  ['none', [], [], '<none>'],
  ['CPU', [resource({ averageUtilization: 70 })], [{ resource: { current: { averageUtilization: 12, averageValue: '6m' } } }], 'cpu: 12%/70%'],
  ['bytes', [resource({ averageValue: '100Mi' }, 'memory')], [{ resource: { current: { averageValue: '3145728' } } }], 'memory: 3145728/100Mi'],
  ['not known', [resource({ averageUtilization: 70 })], [{ type: '' }], 'cpu: <unknown>/70%'],
  ['of each pod', [{ type: 'Pods', pods: { target: { averageValue: '10' } } }], [{ pods: { current: { averageValue: '7500m' } } }], '7500m/10'],
  ['outside', [{ type: 'External', external: { target: { averageValue: '10' } } }, { type: 'Object', object: { target: { value: '3' } } }], [], '<unknown>/10 (avg), <unknown>/3'],
  ['more than two', Array<object>(4).fill(resource({ averageUtilization: 70 })), [], 'cpu: <unknown>/70%, cpu: <unknown>/70% + 2 more...'],
])('targets: %s', (_name, specs, statuses, cell) => expect(targetsCell(specs as MetricSpec[], statuses as MetricStatus[])).toBe(cell))

test('what is stored nowhere can be read, not written, and not watched', async () => {
  const { Api } = await import('../../api.ts')
  const { kubernetesSchemas } = await import('../../openapi/schemas.ts')
  const live = { group: 'metrics.k8s.io', version: 'v1beta1', kind: 'PodMetrics', plural: 'pods', namespaced: true }
  const object = { apiVersion: 'metrics.k8s.io/v1beta1', kind: 'PodMetrics', metadata: { name: 'a', namespace: 'default', labels: { app: 'x' } } } as unknown as KubeObject
  const api = new Api({ store: t.store, schemas: kubernetesSchemas, kinds: [{ resource: live, columns: [], live: (namespace) => (namespace === '' || namespace === 'default' ? [object] : []) }] })
  expect([api.get(live, 'default', 'a'), api.list(live, { labelSelector: 'app=x' }).items, api.list(live, { labelSelector: 'app=y' }).items]).toEqual([object, [object], []])
  expect(() => api.get(live, 'default', 'b')).toThrow('pods.metrics.k8s.io "b" not found')
  expect(() => api.watch(live, {}, { onEvents: () => undefined })).toThrow('not watched')
  await expect(api.create(live, 'default', object, AS_TESTER)).rejects.toThrow('does not allow this method')
  expect([api.registry.all().filter(({ resource }) => resource.plural === 'pods'), resourceList(api.registry, 'metrics.k8s.io', 'v1beta1')]).toMatchObject([[], { resources: [{ name: 'pods', verbs: ['get', 'list'] }] }])
})
