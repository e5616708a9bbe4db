import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { ManagedFieldsEntry } from '../../../common/kube/generated/meta-v1.ts'
import { ConfigMaps, CustomResourceDefinitions, Deployments, HorizontalPodAutoscalers, Nodes, Pods } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { LocalClient } from '../../client/local-client.ts'
import { CronTabs, cronTab, cronTabDefinition } from '../custom/testing/crontab.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

const MERGE = 'application/merge-patch+json'
const clock = new FakeClock()
const as = (fieldManager: string): typeof AS_TESTER => ({ ...AS_TESTER, fieldManager })
const told = (object: KubeObject): string[] => (object.metadata.managedFields ?? []).map(({ manager, operation, apiVersion, subresource = '', fieldsV1 }) => `${manager ?? ''} ${operation ?? ''} ${apiVersion ?? ''} ${subresource}: ${JSON.stringify(fieldsV1)}`)

let t: TestApi
beforeAll(async () => {
  t = await startTestApi(clock)
})
afterAll(() => t.close())

const pod = (name: string): object => ({ metadata: { name }, spec: { containers: [{ name: 'web', image: 'a' }] } })
const web = (name: string): object => ({ metadata: { name }, spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'web', image: 'a' }] } } } })

describe('the record of who owns which field', () => {
  test('a new pod: what was sent and defaulted is its creator\'s, what admission and the scheduler add is nobody\'s', async () => {
    const made = await t.api.create(Pods, 'default', pod('new'), as('kubectl-run'))
    expect(made.metadata.managedFields).toEqual([{
      manager: 'kubectl-run', operation: 'Update', apiVersion: 'v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:spec': {
          'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:image': {}, 'f:imagePullPolicy': {}, 'f:name': {}, 'f:resources': {}, 'f:terminationMessagePath': {}, 'f:terminationMessagePolicy': {} } },
          'f:dnsPolicy': {}, 'f:enableServiceLinks': {}, 'f:restartPolicy': {}, 'f:schedulerName': {}, 'f:securityContext': {}, 'f:terminationGracePeriodSeconds': {},
        },
      },
    }])
    await t.api.create(Nodes, '', { metadata: { name: 'n1' } }, AS_TESTER)
    await t.api.bind('default', 'new', { target: { name: 'n1' } }, AS_TESTER)
    expect(t.api.get(Pods, 'default', 'new').metadata.managedFields).toEqual(made.metadata.managedFields)
  })

  test('a node comes with its status, as a kubelet makes one, which its subresource owns; a pod does not', async () => {
    const node = await t.api.create(Nodes, '', { metadata: { name: 'told', labels: { a: 'b' } }, status: { capacity: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] } }, as('kubelet'))
    expect(node).toMatchObject({ status: { capacity: { cpu: '4' }, conditions: [{ type: 'Ready', status: 'True' }] } })
    expect(told(node)).toEqual(['kubelet Update v1 : {"f:metadata":{"f:labels":{".":{},"f:a":{}}},"f:spec":{}}'])
    expect(await t.api.create(Pods, 'default', { ...pod('told'), status: { phase: 'Running' } }, as('m'))).not.toMatchObject({ status: { phase: 'Running' } })
  })

  test('each way to write has its entry', async () => {
    await t.api.create(Deployments, 'default', web('ways'), as('maker'))
    await t.api.updateScale(Deployments, 'default', 'ways', { spec: { replicas: 3 } }, as('kubectl'))
    const status = await t.api.patch(Deployments, 'default', 'ways', MERGE, { status: { replicas: 3 } }, 'status', { caller: { user: 'system:kube-controller-manager', groups: [] } })
    const maker = told(status).find((one) => one.startsWith('maker '))
    const others = told(status).filter((one) => one !== maker)
    expect(maker).toMatch(/^maker Update apps\/v1 : (?!.*"f:replicas")/)
    expect(others).toEqual(['kube-controller-manager Update apps/v1 status: {"f:status":{"f:replicas":{}}}', 'kubectl Update apps/v1 scale: {"f:spec":{"f:replicas":{}}}'])
    await t.api.create(Pods, 'default', pod('debugged'), as('maker'))
    const debugged = await t.api.changeEphemeralContainers('default', 'debugged', (current) => ({ ...current, spec: { ephemeralContainers: [{ name: 'd', image: 'i' }] } }), as('kubectl-debug'))
    expect(told(debugged)[0]).toMatch(/^kubectl-debug Update v1 ephemeralcontainers: .*"f:ephemeralContainers"/)
  })

  test('a time is new when something was set, be it by the same manager, and stays where nothing was', async () => {
    const write = (value: string): Promise<KubeObject> => t.api.patch(ConfigMaps, 'default', 'timed', MERGE, { data: { a: value } }, 'main', as('m'))
    const times = ({ metadata: { managedFields = [] } }: KubeObject): unknown[] => managedFields.map(({ time }) => time)
    const first = await t.api.create(ConfigMaps, 'default', { metadata: { name: 'timed' }, data: { a: '1' } }, as('m'))
    await clock.advance(5000)
    expect(await write('1')).toBe(first)
    const second = await write('2')
    expect([times(first), times(second)]).toEqual([['2026-01-01T00:00:00Z'], ['2026-01-01T00:00:05Z']])
    expect(second.metadata.managedFields?.[0]?.fieldsV1).toBe(first.metadata.managedFields?.[0]?.fieldsV1)
  })

  test('a record that a client rewrites is written, unless only its times are new', async () => {
    const made = await t.api.create(ConfigMaps, 'default', { metadata: { name: 'moved' }, data: { a: '1' } }, as('kubectl-client-side-apply'))
    const [entry] = made.metadata.managedFields as [ManagedFieldsEntry]
    const replace = (change: ManagedFieldsEntry): Promise<KubeObject> => t.api.patch(ConfigMaps, 'default', 'moved', 'application/json-patch+json', [{ op: 'replace', path: '/metadata/managedFields', value: [{ ...entry, ...change }] }], 'main', as('kubectl'))
    expect(await replace({ time: '2020-01-01T00:00:00Z' })).toBe(made)
    expect(told(await replace({ manager: 'kubectl', operation: 'Apply' }))).toEqual(['kubectl Apply v1 : {"f:data":{".":{},"f:a":{}}}'])
  })

  test('a dry run answers with the record that it would make', async () => {
    const made = await t.api.create(ConfigMaps, 'default', { metadata: { name: 'tried' }, data: { a: '1' } }, { ...as('m'), dryRun: true })
    expect(told(made)).toEqual(['m Update v1 : {"f:data":{".":{},"f:a":{}}}'])
  })

  test('fields are named in the version that was asked for, and leave their owner whatever the version of who sets them', async () => {
    const v1 = { ...HorizontalPodAutoscalers, version: 'v1' }
    const scaler = { metadata: { name: 'h' }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'w' }, maxReplicas: 3, targetCPUUtilizationPercentage: 50 } }
    expect(told(await t.api.create(v1, 'default', scaler, as('old')))[0]).toMatch(/^old Update autoscaling\/v1 : .*"f:maxReplicas":\{\}.*"f:targetCPUUtilizationPercentage"/)
    const [updated, old] = told(await t.api.patch(HorizontalPodAutoscalers, 'default', 'h', MERGE, { spec: { maxReplicas: 4, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } }] } }, 'main', as('new'))).sort()
    expect(updated).toBe('new Update autoscaling/v2 : {"f:spec":{"f:maxReplicas":{},"f:metrics":{}}}')
    expect(old).toMatch(/^old Update autoscaling\/v1 : (?!.*(maxReplicas|targetCPU))/)
  })

  test('objects of custom kinds are recorded, by their own schema', async () => {
    await t.api.create(CustomResourceDefinitions, '', cronTabDefinition(), AS_TESTER)
    const made = await t.api.create(CronTabs, 'default', cronTab('c', { steps: [{ name: 'a' }], tags: ['x'] }), as('m'))
    expect(told(made)).toEqual(['m Update stable.example.com/v1 : {"f:spec":{".":{},"f:cron":{},"f:image":{},"f:replicas":{},"f:steps":{".":{},"k:{\\"name\\":\\"a\\"}":{".":{},"f:name":{},"f:retries":{}}},"f:tags":{".":{},"v:\\"x\\"":{}}}}'])
  })

  test('what a controller makes is not recorded; what people\'s own programs make here is', async () => {
    const made = async (name: string, client: LocalClient): Promise<unknown> => (await client.create(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data: { a: '1' } })).metadata.managedFields?.map(({ manager }) => manager)
    expect(await made('controllers', new LocalClient(t.api, 'system:kube-controller-manager'))).toBeUndefined()
    expect(await made('peoples', new LocalClient(t.api, 'desk', true))).toEqual(['desk'])
  })
})
