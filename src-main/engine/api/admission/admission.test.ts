import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { LimitRangeItem, Pod, PodSpec, ResourceQuota, Service } from '../../../common/kube/generated/core-v1.ts'
import type { PriorityClass } from '../../../common/kube/generated/scheduling-v1.ts'
import { ConfigMaps, LimitRanges, Pods, PriorityClasses, ResourceQuotas, Services } from '../../../common/kube/kinds.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

let t: TestApi
beforeEach(async () => {
  t = await startTestApi(new FakeClock())
})
afterEach(() => t.close())

type Resources = NonNullable<PodSpec['containers'][number]['resources']>
const podOf = (name: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}): object => ({ metadata: { name, labels }, spec: { containers: [{ name: 'c', image: 'nginx:1' }], ...spec } })
const create = (name: string, spec: Partial<PodSpec> = {}, labels: Record<string, string> = {}): Promise<Pod> => t.api.create(Pods, 'default', podOf(name, spec, labels), AS_TESTER) as Promise<Pod>
const asking = (resources: Resources): Partial<PodSpec> => ({ containers: [{ name: 'c', image: 'nginx:1', resources }] })
const priorityClass = (name: string, value: number, more: Partial<PriorityClass> = {}): Promise<unknown> => t.api.create(PriorityClasses, '', { metadata: { name }, value, ...more }, AS_TESTER)
const limits = (...items: Partial<LimitRangeItem>[]): Promise<unknown> => t.api.create(LimitRanges, 'default', { metadata: { name: 'limits' }, spec: { limits: items } }, AS_TESTER)
const quota = (hard: Record<string, string>, more: Partial<ResourceQuota['spec']> = {}): Promise<unknown> => t.api.create(ResourceQuotas, 'default', { metadata: { name: 'q' }, spec: { hard, ...more } }, AS_TESTER)
const refused = (promise: Promise<unknown>, message: string | RegExp): Promise<void> => expect(promise).rejects.toMatchObject({ message: typeof message === 'string' ? message : expect.stringMatching(message) as unknown })

describe('priority', () => {
  test('a pod gets what its class says, and without one what the default says', async () => {
    await priorityClass('high', 1000, { preemptionPolicy: 'Never' })
    expect((await create('a', { priorityClassName: 'high' })).spec).toMatchObject({ priority: 1000, preemptionPolicy: 'Never' })
    expect((await create('b')).spec).toMatchObject({ priority: 0, preemptionPolicy: 'PreemptLowerPriority' })
    expect((await create('c', { priorityClassName: 'system-node-critical' })).spec.priority).toBe(2000001000)
    await priorityClass('usual', 5, { globalDefault: true })
    expect((await create('d')).spec).toMatchObject({ priority: 5, priorityClassName: 'usual' })
    await refused(priorityClass('other', 6, { globalDefault: true }), 'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist')
  })

  test('what it may not say is refused', async () => {
    await refused(create('a', { priorityClassName: 'none' }), 'pods "a" is forbidden: no PriorityClass with name none was found')
    await refused(create('a', { priority: 7 }), /the integer value of priority \(7\) must not be provided in pod spec; priority admission controller computed 0/)
    await refused(create('a', { preemptionPolicy: 'Never' }), /the string value of PreemptionPolicy \(Never\) must not be provided/)
    await refused(priorityClass('system-mine', 1), /reserved for system use only/)
    await refused(priorityClass('big', 1000000001), /maximum allowed value of a user defined priority is 1000000000/)
    await priorityClass('mine', 1)
    const mine = t.api.get(PriorityClasses, '', 'mine') as PriorityClass
    await refused(t.api.update(PriorityClasses, '', 'mine', { ...mine, value: 2 }, AS_TESTER), /value: Forbidden: may not be changed in an update/)
    await refused(t.api.delete(PriorityClasses, '', 'system-node-critical', {}, AS_TESTER), /this is a system priority class and cannot be deleted/)
  })
})

describe('scheduling gates', () => {
  test('a gated pod says so; gates only go; where it may run may be narrowed meanwhile', async () => {
    const made = await create('g', { schedulingGates: [{ name: 'a.b/one' }, { name: 'two' }] })
    expect(made.status?.conditions).toEqual([{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: 'Scheduling is blocked due to non-empty scheduling gates', lastTransitionTime: '2026-01-01T00:00:00Z' }])
    const change = (spec: Partial<PodSpec>): Promise<Pod> => {
      const pod = t.api.get(Pods, 'default', 'g') as Pod
      return t.api.update(Pods, 'default', 'g', { ...pod, spec: { ...pod.spec, ...spec } }, AS_TESTER) as Promise<Pod>
    }
    await refused(change({ schedulingGates: [{ name: 'three' }] }), /spec.schedulingGates\[0\]: Forbidden: only deletion is allowed, but found new scheduling gate 'three'/)
    await refused(t.api.bind('default', 'g', { target: { name: 'n' } }, AS_TESTER), /pod g has non-empty .spec.schedulingGates/)
    expect((await change({ schedulingGates: [{ name: 'two' }], nodeSelector: { disk: 'ssd' } })).spec.nodeSelector).toEqual({ disk: 'ssd' })
    await refused(change({ nodeSelector: {} }), /only additions to spec.nodeSelector are allowed/)
    await change({ schedulingGates: [] })
    await refused(change({ nodeSelector: { disk: 'ssd', zone: 'a' } }), /pod updates may not change fields other than/)
    await refused(change({ schedulingGates: [{ name: 'two' }] }), /only deletion is allowed/)
    await refused(create('h', { schedulingGates: [{ name: 'x' }], nodeName: 'n' }), /spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared/)
  })
})

test('the keys of an affinity term take their values from the pod, once', async () => {
  const term = { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'x' } }, matchLabelKeys: ['rev', 'absent'], mismatchLabelKeys: ['tenant'] }
  const made = await create('p', { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }, { rev: '1', tenant: 'a' })
  expect(made.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.[0]?.labelSelector).toEqual({
    matchLabels: { app: 'x' }, matchExpressions: [{ key: 'rev', operator: 'In', values: ['1'] }, { key: 'tenant', operator: 'NotIn', values: ['a'] }],
  })
})

test.each<[string, Partial<PodSpec>, RegExp]>([
  ['no topology key', { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: '' }] } } }, /topologyKey: Required value: can not be empty/],
  ['a weight of 0', { affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, preference: {} }] } } }, /weight: Invalid value: 0: must be in the range 1-100/],
  ['an unknown operator', { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Near' }] }] } } } }, /not a valid selector operator/],
  ['minDomains where it means nothing', { topologySpreadConstraints: [{ topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2 }] }, /can only use minDomains if whenUnsatisfiable=DoNotSchedule/],
  ['the same constraint twice', { topologySpreadConstraints: [1, 2].map((maxSkew) => ({ topologyKey: 'zone', maxSkew, whenUnsatisfiable: 'DoNotSchedule' })) }, /Duplicate value/],
  ['keys without a selector', { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', matchLabelKeys: ['a'] }] } } }, /matchLabelKeys: Forbidden: must not be specified when labelSelector is not set/],
])('refused: %s', (_, spec, message) => refused(create('p', spec), message))

describe('LimitRange', () => {
  test('gives what is not stated, and checks what is', async () => {
    await limits({ type: 'Container', max: { cpu: '2' }, min: { cpu: '100m' }, default: { cpu: '500m' }, defaultRequest: { cpu: '250m', memory: '64Mi' }, maxLimitRequestRatio: { cpu: '4' } }, { type: 'Pod', max: { memory: '1Gi' } })
    await refused(create('p'), 'pods "p" is forbidden: maximum memory usage per Pod is 1Gi.  No limit is specified')
    const made = await create('p', asking({ limits: { memory: '128Mi' } }))
    expect(made.spec.containers[0]?.resources).toEqual({ limits: { cpu: '500m', memory: '128Mi' }, requests: { cpu: '250m', memory: '128Mi' } })
    await refused(create('q', asking({ limits: { cpu: '3', memory: '2Gi' }, requests: { cpu: '50m' } })),
      'pods "q" is forbidden: [minimum cpu usage per Container is 100m, but request is 50m, maximum cpu usage per Container is 2, but limit is 3, cpu max limit to request ratio per Container is 4, but provided ratio is 60.000000, maximum memory usage per Pod is 1Gi, but limit is 2Gi]')
  })

  test('a limit by default is the most, a request what the limit is', async () => {
    await limits({ type: 'Container', max: { memory: '512Mi' } })
    expect((await create('p')).spec.containers[0]?.resources).toEqual({ limits: { memory: '512Mi' }, requests: { memory: '512Mi' } })
  })

  test('one that contradicts itself is refused', () => refused(limits({ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }), /min value 2 is greater than max value 1/))
})

describe('ResourceQuota', () => {
  test('says what is asked, used and limited', async () => {
    await quota({ pods: '2', 'requests.cpu': '1', 'limits.memory': '1Gi' })
    await refused(create('p'), 'pods "p" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c')
    await create('p', asking({ requests: { cpu: '700m' }, limits: { memory: '512Mi' } }))
    await refused(create('r', asking({ requests: { cpu: '400m' }, limits: { memory: '1Gi' } })),
      'pods "r" is forbidden: exceeded quota: q, requested: limits.memory=1Gi,requests.cpu=400m, used: limits.memory=512Mi,requests.cpu=700m, limited: limits.memory=1Gi,requests.cpu=1')
    await t.api.delete(Pods, 'default', 'p', {}, AS_TESTER)
    await create('r', asking({ requests: { cpu: '1' }, limits: { memory: '1Gi' } }))
  })

  test('requests that come together do not exceed it together; one that fails leaves room', async () => {
    await quota({ 'count/configmaps': '5' })
    const make = (name: string): Promise<unknown> => t.api.create(ConfigMaps, 'default', { metadata: { name } }, AS_TESTER)
    const results = await Promise.allSettled(Array.from({ length: 20 }, (_, i) => make(`m${String(i % 10)}`)))
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(5)
    expect(t.api.list(ConfigMaps, { namespace: 'default' }).items).toHaveLength(5)
    await refused(make('more'), /exceeded quota: q, requested: count\/configmaps=1, used: count\/configmaps=5, limited: count\/configmaps=5/)
    await t.api.create(ConfigMaps, 'kube-public', { metadata: { name: 'elsewhere' } }, AS_TESTER)
  })

  test('pods that ended count no more; an update that uses more is asked too', async () => {
    await quota({ pods: '1', 'services.nodeports': '1' })
    const p = await create('p')
    await refused(create('q'), /exceeded quota/)
    await t.api.updateStatus(Pods, 'default', 'p', { ...p, status: { ...p.status, phase: 'Succeeded' } }, AS_TESTER)
    await create('q')
    const made = (await t.api.create(Services, 'default', { metadata: { name: 's' }, spec: { ports: [{ name: 'a', port: 80 }, { name: 'b', port: 81 }] } }, AS_TESTER)) as Service
    await refused(t.api.update(Services, 'default', 's', { ...made, spec: { ...made.spec, type: 'NodePort' } }, AS_TESTER), /exceeded quota: q, requested: services.nodeports=2/)
    await t.api.update(Services, 'default', 's', { ...made, metadata: { ...made.metadata, labels: { a: 'b' } } }, AS_TESTER)
  })

  test.each<[string, Partial<ResourceQuota['spec']>, Partial<PodSpec>, Partial<PodSpec>]>([
    ['BestEffort', { scopes: ['BestEffort'] }, {}, asking({ requests: { cpu: '1' } })],
    ['NotBestEffort', { scopes: ['NotBestEffort'] }, asking({ requests: { cpu: '1' } }), {}],
    ['Terminating', { scopes: ['Terminating'] }, { activeDeadlineSeconds: 5 }, {}],
    ['NotTerminating', { scopes: ['NotTerminating'] }, {}, { activeDeadlineSeconds: 5 }],
    ['PriorityClass', { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['system-node-critical'] }] } }, { priorityClassName: 'system-node-critical' }, {}],
    ['CrossNamespacePodAffinity', { scopes: ['CrossNamespacePodAffinity'] }, { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'zone', namespaceSelector: {} }] } } }, {}],
  ])('scope %s', async (_, more, inside, outside) => {
    await quota({ pods: '0' }, more)
    await create('out', outside)
    await refused(create('in', inside), /exceeded quota/)
  })
})
