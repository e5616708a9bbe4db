import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { StatusError } from '../../common/errors.ts'
import { FakeClock } from '../../common/fake-clock.ts'
import type { Deployment } from '../../common/kube/generated/apps-v1.ts'
import type { Pod, Service } from '../../common/kube/generated/core-v1.ts'
import { ConfigMaps, Deployments, Namespaces, Pods, Secrets, Services } from '../../common/kube/kinds.ts'
import { AS_TESTER, type TestApi, startTestApi } from './testing/test-api.ts'

let t: TestApi
const clock = new FakeClock()
beforeAll(async () => {
  t = await startTestApi(clock)
})
afterAll(() => t.close())

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'nginx', image: 'nginx' }] } }
const deployment = (name: string): object => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template } })
const pod = (name: string, more: object = {}): object => ({ metadata: { name }, spec: { containers: [{ name: 'c', image: 'nginx:1.27' }], ...more } })
const configMap = (name: string, data: Record<string, string> = {}): object => ({ metadata: { name }, data })

describe('create', () => {
  test('fills in defaults as upstream does', async () => {
    const { spec, metadata } = (await t.api.create(Deployments, 'default', deployment('defaults'), AS_TESTER)) as Deployment
    expect(metadata).toMatchObject({ name: 'defaults', namespace: 'default', generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' })
    expect(spec).toMatchObject({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } }, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 })
    expect(spec.template.spec).toMatchObject({ restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30, schedulerName: 'default-scheduler', securityContext: {} })
    expect(spec.template.spec?.containers[0]).toMatchObject({ imagePullPolicy: 'Always', terminationMessagePath: '/dev/termination-log', resources: {} })
  })

  test('a pod gets tolerations, a service account and its class', async () => {
    const made = (await t.api.create(Pods, 'default', pod('classy'), AS_TESTER)) as Pod
    expect(made.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' })
    expect(made.spec).toMatchObject({ serviceAccountName: 'default', tolerations: [{ key: 'node.kubernetes.io/not-ready', tolerationSeconds: 300 }, { key: 'node.kubernetes.io/unreachable' }] })
    expect(made.spec.containers[0]?.imagePullPolicy).toBe('IfNotPresent')
  })

  test('twice is AlreadyExists; generateName never is', async () => {
    await t.api.create(ConfigMaps, 'default', configMap('twice'), AS_TESTER)
    await expect(t.api.create(ConfigMaps, 'default', configMap('twice'), AS_TESTER)).rejects.toMatchObject({ reason: 'AlreadyExists', message: 'configmaps "twice" already exists' })
    const both = await Promise.all([1, 2].map(() => t.api.create(ConfigMaps, 'default', { metadata: { generateName: 'gen-' } }, AS_TESTER)))
    expect(new Set(both.map((o) => o.metadata.name)).size).toBe(2)
  })

  test('two at the same moment: one wins', async () => {
    const results = await Promise.allSettled([1, 2].map(() => t.api.create(ConfigMaps, 'default', configMap('race'), AS_TESTER)))
    expect(results.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(results.find((r) => r.status === 'rejected')).toMatchObject({ reason: { reason: 'AlreadyExists' } })
  })

  test('dry run stores nothing', async () => {
    await t.api.create(ConfigMaps, 'default', configMap('dry'), { ...AS_TESTER, dryRun: true })
    expect(() => t.api.get(ConfigMaps, 'default', 'dry')).toThrow('configmaps "dry" not found')
  })

  test('an unknown namespace is named', async () => {
    await expect(t.api.create(ConfigMaps, 'nowhere', configMap('x'), AS_TESTER)).rejects.toMatchObject({ reason: 'NotFound', message: 'namespaces "nowhere" not found' })
  })

  test('stringData becomes data', async () => {
    const secret = await t.api.create(Secrets, 'default', { metadata: { name: 's' }, stringData: { a: 'hi' } }, AS_TESTER)
    expect(secret).toMatchObject({ type: 'Opaque', data: { a: 'aGk=' } })
    expect(secret).not.toHaveProperty('stringData')
  })
})

describe('update', () => {
  test('a stale resourceVersion is a conflict; an unchanged object is not written', async () => {
    const first = await t.api.create(ConfigMaps, 'default', configMap('upd', { a: '1' }), AS_TESTER)
    const second = await t.api.update(ConfigMaps, 'default', 'upd', { ...first, data: { a: '2' } }, AS_TESTER)
    await expect(t.api.update(ConfigMaps, 'default', 'upd', { ...first, data: { a: '3' } }, AS_TESTER)).rejects.toMatchObject({ reason: 'Conflict' })
    const third = await t.api.update(ConfigMaps, 'default', 'upd', second, AS_TESTER)
    expect(third.metadata.resourceVersion).toBe(second.metadata.resourceVersion)
  })

  test('generation counts changes of spec only, and status is apart', async () => {
    const made = (await t.api.create(Deployments, 'default', deployment('gen'), AS_TESTER)) as Deployment
    const scaled = (await t.api.update(Deployments, 'default', 'gen', { ...made, spec: { ...made.spec, replicas: 5 }, status: { replicas: 9 } }, AS_TESTER)) as Deployment
    expect(scaled.metadata.generation).toBe(2)
    expect(scaled.status).toBeUndefined()
    const reported = (await t.api.updateStatus(Deployments, 'default', 'gen', { ...scaled, spec: { ...scaled.spec, replicas: 1 }, status: { replicas: 5 } }, AS_TESTER)) as Deployment
    expect(reported).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 5 }, status: { replicas: 5 } })
  })

  test('a write of a deployment\'s status leaves its labels, and takes annotations', async () => {
    const made = (await t.api.create(Deployments, 'default', { ...deployment('labelled'), metadata: { name: 'labelled', labels: { is: 'said' } } }, AS_TESTER)) as Deployment
    const written = await t.api.updateStatus(Deployments, 'default', 'labelled', { ...made, metadata: { ...made.metadata, labels: { is: 'other' }, annotations: { note: 'new' } }, status: { replicas: 1 } }, AS_TESTER)
    expect(written).toMatchObject({ metadata: { labels: { is: 'said' }, annotations: { note: 'new' } }, status: { replicas: 1 } })
  })

  test('concurrent patches all happen', async () => {
    await t.api.create(ConfigMaps, 'default', configMap('many'), AS_TESTER)
    await Promise.all(Array.from({ length: 8 }, (_, i) => t.api.patch(ConfigMaps, 'default', 'many', 'application/merge-patch+json', { data: { [`k${String(i)}`]: 'v' } }, 'main', AS_TESTER)))
    expect(Object.keys((t.api.get(ConfigMaps, 'default', 'many') as unknown as { data: object }).data)).toHaveLength(8)
  })

  test('scale writes replicas and nothing else', async () => {
    await t.api.create(Deployments, 'default', deployment('scaled'), AS_TESTER)
    const scale = await t.api.patchScale(Deployments, 'default', 'scaled', 'application/merge-patch+json', { spec: { replicas: 7 } }, AS_TESTER)
    expect(scale).toMatchObject({ kind: 'Scale', spec: { replicas: 7 }, status: { selector: 'app=web' } })
    expect(t.api.get(Deployments, 'default', 'scaled')).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 7 } })
  })

  test('the selector of a deployment cannot change', async () => {
    const made = (await t.api.create(Deployments, 'default', deployment('fixed'), AS_TESTER)) as Deployment
    const labels = { app: 'web', x: 'y' }
    const body = { ...made, spec: { ...made.spec, selector: { matchLabels: labels }, template: { ...made.spec.template, metadata: { labels } } } }
    await expect(t.api.update(Deployments, 'default', 'fixed', body, AS_TESTER)).rejects.toMatchObject({
      message: 'Deployment.apps "fixed" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"web","x":"y"}}: field is immutable',
    })
  })

  test('a pod is bound once', async () => {
    await t.api.create(Pods, 'default', pod('bound'), AS_TESTER)
    await t.api.bind('default', 'bound', { target: { kind: 'Node', name: 'n1' } }, AS_TESTER)
    expect(t.api.get(Pods, 'default', 'bound')).toMatchObject({ spec: { nodeName: 'n1' }, status: { conditions: [{ type: 'PodScheduled', status: 'True' }] } })
    await expect(t.api.bind('default', 'bound', { target: { name: 'n2' } }, AS_TESTER)).rejects.toMatchObject({ reason: 'Conflict' })
  })
})

describe('delete', () => {
  test('a running pod waits for its node, whose delete with 0 ends it', async () => {
    await t.api.create(Pods, 'default', pod('graceful', { terminationGracePeriodSeconds: 20 }), AS_TESTER)
    await t.api.bind('default', 'graceful', { target: { name: 'n1' } }, AS_TESTER)
    const { gone, object } = await t.api.delete(Pods, 'default', 'graceful', {}, AS_TESTER)
    expect(gone).toBe(false)
    expect(object.metadata).toMatchObject({ deletionGracePeriodSeconds: 20, deletionTimestamp: '2026-01-01T00:00:20Z' })
    expect(await t.api.delete(Pods, 'default', 'graceful', { gracePeriodSeconds: 0 }, AS_TESTER)).toMatchObject({ gone: true })
    expect(() => t.api.get(Pods, 'default', 'graceful')).toThrow('not found')
  })

  test('finalizers hold it; removing the last one lets it go; none can be added', async () => {
    await t.api.create(ConfigMaps, 'default', { metadata: { name: 'held', finalizers: ['example.com/wait'] } }, AS_TESTER)
    expect(await t.api.delete(ConfigMaps, 'default', 'held', {}, AS_TESTER)).toMatchObject({ gone: false })
    const add = { metadata: { finalizers: ['example.com/wait', 'example.com/more'] } }
    await expect(t.api.patch(ConfigMaps, 'default', 'held', 'application/merge-patch+json', add, 'main', AS_TESTER)).rejects.toMatchObject({ reason: 'Invalid' })
    await t.api.patch(ConfigMaps, 'default', 'held', 'application/merge-patch+json', { metadata: { finalizers: null } }, 'main', AS_TESTER)
    expect(() => t.api.get(ConfigMaps, 'default', 'held')).toThrow('not found')
  })

  test.each([['Foreground', 'foregroundDeletion'], ['Orphan', 'orphan']] as const)('%s leaves the finalizer %s', async (propagationPolicy, finalizer) => {
    const name = finalizer.toLowerCase()
    await t.api.create(Deployments, 'default', deployment(name), AS_TESTER)
    expect((await t.api.delete(Deployments, 'default', name, { propagationPolicy }, AS_TESTER)).object.metadata.finalizers).toEqual([finalizer])
    expect((await t.api.delete(Deployments, 'default', name, { propagationPolicy: 'Background' }, AS_TESTER)).gone).toBe(true)
  })

  test('preconditions', async () => {
    await t.api.create(ConfigMaps, 'default', configMap('pre'), AS_TESTER)
    await expect(t.api.delete(ConfigMaps, 'default', 'pre', { preconditions: { uid: 'other' } }, AS_TESTER)).rejects.toMatchObject({ reason: 'Conflict' })
  })

  test('a namespace ends when finalized, and takes nothing new meanwhile', async () => {
    await t.api.create(Namespaces, '', { metadata: { name: 'ending' } }, AS_TESTER)
    await t.api.delete(Namespaces, '', 'ending', {}, AS_TESTER)
    expect(t.api.get(Namespaces, '', 'ending')).toMatchObject({ status: { phase: 'Terminating' } })
    await expect(t.api.create(ConfigMaps, 'ending', configMap('late'), AS_TESTER)).rejects.toMatchObject({ reason: 'Forbidden' })
    await t.api.finalizeNamespace('ending', { spec: { finalizers: [] } }, AS_TESTER)
    expect(() => t.api.get(Namespaces, '', 'ending')).toThrow('not found')
    await expect(t.api.delete(Namespaces, '', 'default', {}, AS_TESTER)).rejects.toMatchObject({ reason: 'Forbidden' })
  })
})

describe('services', () => {
  const service = (name: string, spec: object): object => ({ metadata: { name }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec } })

  test('IPs and ports are unique, kept over updates and freed on delete', async () => {
    const made = (await t.api.create(Services, 'default', service('np', { type: 'NodePort' }), AS_TESTER)) as Service
    const { clusterIP } = made.spec
    const nodePort = made.spec.ports?.[0]?.nodePort ?? 0
    expect(clusterIP).toMatch(/^10\.(9[6-9]|10\d|11[01])\./)
    expect(nodePort).toBeGreaterThanOrEqual(30000)
    await expect(t.api.create(Services, 'default', service('same', { clusterIP }), AS_TESTER)).rejects.toMatchObject({ message: expect.stringContaining('provided IP is already allocated') as string })
    await expect(t.api.create(Services, 'default', service('same', { type: 'NodePort', ports: [{ port: 1, nodePort }] }), AS_TESTER)).rejects.toMatchObject({ message: expect.stringContaining('provided port is already allocated') as string })
    const put = (await t.api.update(Services, 'default', 'np', service('np', { type: 'NodePort' }), AS_TESTER)) as Service
    expect([put.spec.clusterIP, put.spec.ports?.[0]?.nodePort]).toEqual([clusterIP, nodePort])
    await t.api.delete(Services, 'default', 'np', {}, AS_TESTER)
    await t.api.create(Services, 'default', service('same', { clusterIP, type: 'NodePort', ports: [{ port: 1, nodePort }] }), AS_TESTER)
  })

  test('a failed create gives everything back', async () => {
    const spec = { type: 'NodePort', clusterIP: '10.100.0.9', ports: [{ port: 1, nodePort: 100 }] }
    await expect(t.api.create(Services, 'default', service('bad', spec), AS_TESTER)).rejects.toMatchObject({ reason: 'Invalid' })
    await t.api.create(Services, 'default', service('bad', { ...spec, ports: [{ port: 1 }] }), AS_TESTER)
  })

  test('kubernetes has its address, and headless has none', async () => {
    expect(t.api.get(Services, 'default', 'kubernetes')).toMatchObject({ spec: { clusterIP: '10.96.0.1' } })
    expect(await t.api.create(Services, 'default', service('headless', { clusterIP: 'None' }), AS_TESTER)).toMatchObject({ spec: { clusterIP: 'None', clusterIPs: ['None'] } })
  })
})

describe('list', () => {
  test('pages show one revision, whatever happens between', async () => {
    await t.api.create(Namespaces, '', { metadata: { name: 'paged' } }, AS_TESTER)
    for (const name of ['a', 'b', 'c', 'd', 'e']) await t.api.create(ConfigMaps, 'paged', configMap(name), AS_TESTER)
    const first = t.api.list(ConfigMaps, { namespace: 'paged', limit: 2 })
    expect(first.remaining).toBe(3)
    await t.api.delete(ConfigMaps, 'paged', 'd', {}, AS_TESTER)
    await t.api.create(ConfigMaps, 'paged', configMap('cc'), AS_TESTER)
    const second = t.api.list(ConfigMaps, { namespace: 'paged', limit: 2, continue: first.continue ?? '' })
    const third = t.api.list(ConfigMaps, { namespace: 'paged', limit: 2, continue: second.continue ?? '' })
    expect([first, second, third].flatMap((p) => p.items.map((o) => o.metadata.name))).toEqual(['a', 'b', 'c', 'd', 'e'])
    expect(new Set([first, second, third].map((p) => p.resourceVersion)).size).toBe(1)
    expect(third.continue).toBeUndefined()
  })

  test('a page that is asked for late comes with a token for the rest, as it is by then', async () => {
    const first = t.api.list(ConfigMaps, { namespace: 'paged', limit: 2 })
    const late = { namespace: 'paged', limit: 2, continue: first.continue ?? '' }
    await clock.advance(4 * 60_000)
    const second = t.api.list(ConfigMaps, late)
    await t.api.create(ConfigMaps, 'paged', configMap('ce'), AS_TESTER)
    await clock.advance(2 * 60_000)
    const refusals = [late, { ...late, continue: second.continue ?? '' }].map((request) => {
      try {
        return t.api.list(ConfigMaps, request)
      } catch (error) {
        return error
      }
    })
    // The pages of one list grow old together.
    expect(refusals).toMatchObject([{ reason: 'Expired' }, { reason: 'Expired' }])
    const { metadata, code } = (refusals[0] as StatusError).toStatus()
    expect(code).toBe(410)
    const rest = t.api.list(ConfigMaps, { ...late, continue: metadata?.continue ?? '' })
    expect(rest.resourceVersion).not.toBe(first.resourceVersion)
    const last = t.api.list(ConfigMaps, { ...late, continue: rest.continue ?? '' })
    expect([first, rest, last].flatMap((p) => p.items.map((o) => o.metadata.name))).toEqual(['a', 'b', 'c', 'cc', 'ce', 'e'])
  })

  test.each([
    [{ labelSelector: 'tier in (x' }, 'unable to parse requirement'], [{ fieldSelector: 'spec.color=red' }, 'field label not supported: spec.color'], [{ continue: 'junk' }, 'continue key is not valid'],
    [{ resourceVersion: 'abc' }, 'invalid syntax'], [{ resourceVersionMatch: 'Exact' }, 'forbidden unless resourceVersion is provided'], [{ resourceVersion: '999999999' }, 'Too large resource version'],
  ])('%j is refused', (request, message) => expect(() => t.api.list(Pods, request)).toThrow(message))
})
