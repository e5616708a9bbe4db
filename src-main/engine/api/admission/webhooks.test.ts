import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StatusError } from '../../../common/errors.ts'
import { ConfigMaps, CustomResourceDefinitions, Deployments, HorizontalPodAutoscalers, MutatingWebhookConfigurations, Namespaces, Pods, ValidatingWebhookConfigurations } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { CronTabs, cronTabDefinition } from '../custom/testing/crontab.ts'
import type { ResourceName } from '../api.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'
import { type WebhookServer, patchedBy, startWebhook } from './testing/webhook-server.ts'

// Upstream's conformance tests of AdmissionWebhook, by a real webhook over HTTPS.

let t: TestApi
let hook: WebhookServer
beforeEach(async () => {
  t = await startTestApi()
  hook = await startWebhook(t.dir)
})
afterEach(async () => {
  await hook.close()
  await t.close()
})

type Data = KubeObject & { data?: Record<string, string> }
const configMap = (name: string, data: Record<string, string> = { start: 'yes' }, labels: Record<string, string> = {}): object => ({ metadata: { name, labels }, data })
const rule = (resources: string[], operations = ['CREATE'], apiGroups = [''], apiVersions = ['v1']): object => ({ resources, operations, apiGroups, apiVersions })
const of = (path: string, rules: object[], more: object = {}): object => ({ name: `${path.slice(1)}.example.com`, admissionReviewVersions: ['v1', 'v1beta1'], sideEffects: 'None', clientConfig: hook.clientConfig(path), rules, ...more })
const mutating = (name: string, ...webhooks: object[]): Promise<KubeObject> => t.api.create(MutatingWebhookConfigurations, '', { metadata: { name }, webhooks }, AS_TESTER)
const validating = (name: string, ...webhooks: object[]): Promise<KubeObject> => t.api.create(ValidatingWebhookConfigurations, '', { metadata: { name }, webhooks }, AS_TESTER)
const create = async (name: string, data?: Record<string, string>, labels?: Record<string, string>, options = AS_TESTER): Promise<Data> => t.api.create(ConfigMaps, 'default', configMap(name, data, labels), options)
const refusal = async (write: Promise<unknown>): Promise<string> => write.then(() => 'done', (error: unknown) => (error instanceof StatusError ? `${String(error.code)} ${error.toStatus().reason ?? ''}: ${error.message}` : `no Status: ${String(error)}`))
const stage = (n: number) => ({ object }: { object: (KubeObject & Record<string, unknown>) | null }): object => {
  const data = (object as Data | null)?.data ?? {}
  return (n === 1 ? data['start'] === 'yes' : data['stage-1'] === 'yes') ? patchedBy({ op: 'add', path: `/data/stage-${String(n)}`, value: 'yes' }) : { allowed: true }
}

describe('what is refused', () => {
  test('is refused in the webhook\'s words, with its code and reason', async () => {
    hook.on('/deny', ({ object }) => (object?.metadata.name === 'bad' ? { allowed: false, status: { message: 'no bad ones', reason: 'TooBad', code: 418 } } : { allowed: true, warnings: ['careful'] }))
    hook.on('/silent', ({ object }) => ({ allowed: object?.metadata.name !== 'silent', status: { code: 200 } }))
    await validating('v', of('/deny', [rule(['configmaps', 'pods'])]), of('/silent', [rule(['configmaps'])]))
    expect(await refusal(create('bad'))).toBe('418 TooBad: admission webhook "deny.example.com" denied the request: no bad ones')
    expect(await refusal(create('silent'))).toBe('400 : admission webhook "silent.example.com" denied the request without explanation')
    const warnings: string[] = []
    await create('good', undefined, undefined, { ...AS_TESTER, warn: (message) => warnings.push(message) })
    expect(warnings).toEqual(['careful'])
    expect(hook.asked.filter(({ path, object }) => path === '/deny' && object?.metadata.name === 'good')).toMatchObject([{
      operation: 'CREATE', name: 'good', namespace: 'default', kind: { group: '', version: 'v1', kind: 'ConfigMap' }, resource: { group: '', version: 'v1', resource: 'configmaps' }, requestResource: { resource: 'configmaps' },
      userInfo: { username: 'tester', groups: ['system:masters'] }, oldObject: null, dryRun: false, options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { uid: expect.any(String) as string } },
    }])
  })

  test('at updates, patches and deletes, with what was', async () => {
    hook.on('/guard', ({ operation, oldObject, object }) => ({ allowed: !(operation === 'DELETE' ? oldObject as Data : object as Data).data?.['start']?.startsWith('kept') }))
    const { metadata } = await create('a', { start: 'kept' })
    await validating('v', of('/guard', [rule(['configmaps'], ['UPDATE', 'DELETE'])]))
    expect(await refusal(t.api.update(ConfigMaps, 'default', 'a', configMap('a', { start: 'kept too' }), AS_TESTER))).toContain('denied the request')
    expect(await refusal(t.api.patch(ConfigMaps, 'default', 'a', 'application/merge-patch+json', { data: { b: 'c' } }, 'main', AS_TESTER))).toContain('denied the request')
    expect(await refusal(t.api.delete(ConfigMaps, 'default', 'a', {}, AS_TESTER))).toContain('denied the request')
    expect(await refusal(t.api.deleteCollection(ConfigMaps, { namespace: 'default' }, {}, AS_TESTER))).toContain('denied the request')
    expect(t.api.get(ConfigMaps, 'default', 'a').metadata.resourceVersion).toBe(metadata.resourceVersion)
    expect(hook.asked[0]).toMatchObject({ operation: 'UPDATE', oldObject: { data: { start: 'kept' } }, object: { data: { start: 'kept too' } }, options: { kind: 'UpdateOptions' } })
    expect(hook.asked[2]).toMatchObject({ operation: 'DELETE', object: null, name: 'a', options: { kind: 'DeleteOptions' } })
    await t.api.update(ConfigMaps, 'default', 'a', configMap('a', { start: 'free' }), AS_TESTER)
    expect((await t.api.delete(ConfigMaps, 'default', 'a', {}, AS_TESTER)).gone).toBe(true)
  })

  test('at subresources and connections, only where a rule says so', async () => {
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    await t.api.create(Pods, 'default', pod, AS_TESTER)
    await t.api.create(Deployments, 'default', { metadata: { name: 'd' }, spec: { replicas: 1, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: pod.spec } } }, AS_TESTER)
    hook.on('/no', () => ({ allowed: false }))
    await validating('v', of('/no', [rule(['pods/attach', 'pods/proxy'], ['CONNECT']), rule(['*/scale', 'pods/status'], ['*'], ['*'], ['*']), rule(['pods/eviction', 'pods/binding', 'serviceaccounts/token'], ['CREATE'])]))
    const connect = (subresource: string, kind: string): Promise<unknown> => t.api.admitConnection(Pods, 'default', 'p', subresource, { kind }, AS_TESTER)
    expect(await refusal(connect('attach', 'PodAttachOptions'))).toContain('admission webhook "no.example.com" denied the request')
    expect(await refusal(connect('exec', 'PodExecOptions'))).toBe('done')
    expect(hook.asked).toMatchObject([{ operation: 'CONNECT', subResource: 'attach', name: 'p', kind: { kind: 'PodAttachOptions' }, object: { kind: 'PodAttachOptions' } }])
    hook.asked.length = 0
    expect(await refusal(t.api.updateScale(Deployments, 'default', 'd', { spec: { replicas: 3 } }, AS_TESTER))).toContain('denied the request')
    expect(hook.asked).toMatchObject([{ operation: 'UPDATE', subResource: 'scale', kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, object: { spec: { replicas: 3 } }, oldObject: { spec: { replicas: 1 } } }])
    expect(await refusal(t.api.patch(Pods, 'default', 'p', 'application/merge-patch+json', { status: { phase: 'Running' } }, 'status', AS_TESTER))).toContain('denied the request')
    expect(await refusal(t.api.bind('default', 'p', { target: { name: 'n' } }, AS_TESTER))).toContain('denied the request')
    expect(await refusal(t.api.evict('default', 'p', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } }, AS_TESTER))).toContain('denied the request')
    expect(await refusal(t.api.requestToken('default', 'default', {}, AS_TESTER))).toContain('denied the request')
    await t.api.patch(Deployments, 'default', 'd', 'application/merge-patch+json', { spec: { replicas: 2 } }, 'main', AS_TESTER)
    expect((await t.api.delete(Pods, 'default', 'p', {}, AS_TESTER)).gone).toBe(true)
  })

  test('an eviction that is let through is asked about once', async () => {
    await t.api.create(Pods, 'default', { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }, AS_TESTER)
    hook.on('/all', () => ({ allowed: true }))
    await validating('v', of('/all', [rule(['pods', 'pods/*'], ['*'])]))
    await t.api.evict('default', 'p', { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p' } }, AS_TESTER)
    expect(hook.asked.map(({ operation, subResource }) => `${operation} ${subResource ?? ''}`)).toEqual(['CREATE eviction'])
  })
})

describe('what is changed', () => {
  test('goes from one webhook to the next, by the configurations\' names', async () => {
    hook.on('/two', stage(2))
    hook.on('/one', stage(1))
    await mutating('b', of('/two', [rule(['configmaps'])]))
    await mutating('a', of('/one', [rule(['configmaps'])]))
    expect((await create('x')).data).toEqual({ 'start': 'yes', 'stage-1': 'yes', 'stage-2': 'yes' })
    expect((t.api.get(ConfigMaps, 'default', 'x') as Data).data).toEqual({ 'start': 'yes', 'stage-1': 'yes', 'stage-2': 'yes' })
    expect((await create('y', { start: 'no' })).data).toEqual({ start: 'no' })
  })

  test.each(['Never', 'IfNeeded'])('after a webhook is seen by it again: %s', async (reinvocationPolicy) => {
    hook.on('/two', stage(2))
    hook.on('/one', stage(1))
    await mutating('a', of('/two', [rule(['configmaps'])], { reinvocationPolicy }), of('/one', [rule(['configmaps'])]))
    expect((await create('x')).data).toEqual({ 'start': 'yes', 'stage-1': 'yes', ...(reinvocationPolicy === 'Never' ? {} : { 'stage-2': 'yes' }) })
    expect(hook.asked.map(({ path }) => path)).toEqual(reinvocationPolicy === 'Never' ? ['/two', '/one'] : ['/two', '/one', '/two'])
  })

  test('gets its defaults, is validated, and is what validating webhooks see', async () => {
    hook.on('/inject', ({ object }) => ((object as unknown as { spec: { initContainers?: unknown[] } }).spec.initContainers === undefined ? patchedBy({ op: 'add', path: '/spec/initContainers', value: [{ name: 'added', image: 'busybox' }] }) : { allowed: true }))
    hook.on('/see', () => ({ allowed: true }))
    await mutating('m', of('/inject', [rule(['pods'])]))
    await validating('v', of('/see', [rule(['pods'])]))
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
    const made = await t.api.create(Pods, 'default', pod, AS_TESTER)
    expect(made).toMatchObject({ spec: { initContainers: [{ name: 'added', terminationMessagePolicy: 'File', imagePullPolicy: 'Always' }], containers: [{ name: 'c' }] }, status: { phase: 'Pending' } })
    expect(hook.asked.find(({ path }) => path === '/see')?.object).toMatchObject({ spec: { initContainers: [{ name: 'added' }] } })
    hook.on('/inject', () => patchedBy({ op: 'replace', path: '/spec/containers/0/name', value: 'Not A Name' }))
    expect(await refusal(t.api.create(Pods, 'default', { ...pod, metadata: { name: 'q' } }, AS_TESTER))).toMatch(/^422 Invalid: Pod "q" is invalid: spec.containers\[0\].name/)
  })

  test('cannot be who or when it is, and a status stays what it was', async () => {
    hook.on('/forge', ({ operation }) => patchedBy(...(operation === 'CREATE' ? [{ op: 'add', path: '/metadata/uid', value: 'mine' }] : []), { op: 'add', path: '/metadata/creationTimestamp', value: '2000-01-01T00:00:00Z' }, { op: 'add', path: '/status', value: { phase: 'Terminating' } }, { op: 'add', path: '/metadata/labels', value: { by: 'hook' } }))
    await mutating('m', of('/forge', [rule(['namespaces'], ['CREATE', 'UPDATE'])]))
    const made = await t.api.create(Namespaces, '', { metadata: { name: 'n' } }, AS_TESTER)
    expect(made).toMatchObject({ metadata: { labels: { by: 'hook' } }, status: { phase: 'Active' } })
    expect(made.metadata.uid).not.toBe('mine')
    expect(made.metadata.creationTimestamp).not.toContain('2000')
    const updated = await t.api.patch(Namespaces, '', 'n', 'application/merge-patch+json', { metadata: { annotations: { a: 'b' } } }, 'main', AS_TESTER)
    expect(updated).toMatchObject({ metadata: { uid: made.metadata.uid, annotations: { a: 'b' } }, status: { phase: 'Active' } })
  })

  test('by what is no patch is an error of the webhook', async () => {
    await mutating('m', of('/patch', [rule(['configmaps'], ['*'])]))
    hook.on('/patch', () => ({ allowed: true, patch: 'eA==', patchType: 'JSONPatch' }))
    expect(await refusal(create('a'))).toMatch(/^500 InternalError: Internal error occurred: .*JSON/)
    hook.on('/patch', () => ({ allowed: true, patch: 'W10=' }))
    expect(await refusal(create('a'))).toBe('500 InternalError: Internal error occurred: failed calling webhook "patch.example.com": received invalid webhook response: webhook returned response.patch but not response.patchType')
    hook.on('/patch', () => patchedBy({ op: 'remove', path: '/data/none' }))
    expect(await refusal(create('a'))).toContain('500 InternalError: Internal error occurred:')
    hook.on('/patch', () => patchedBy({ op: 'replace', path: '/data', value: 'text' }))
    expect(await refusal(create('a'))).toContain('500 InternalError: Internal error occurred: json: cannot unmarshal')
    hook.on('/patch', ({ operation }) => (operation === 'DELETE' ? patchedBy({ op: 'add', path: '/a', value: 1 }) : { allowed: true }))
    await create('a')
    expect(await refusal(t.api.delete(ConfigMaps, 'default', 'a', {}, AS_TESTER))).toBe('500 InternalError: Internal error occurred: admission webhook "patch.example.com" attempted to modify the object, which is not supported for this operation')
  })
})

describe('who is asked', () => {
  const asked = (): string[] => hook.asked.map(({ name }) => name ?? '')
  beforeEach(() => hook.on('/see', () => ({ allowed: true })))

  test('by the labels of the namespace and of the object, before or after', async () => {
    await t.api.create(Namespaces, '', { metadata: { name: 'watched', labels: { watch: 'me' } } }, AS_TESTER)
    await validating('v', of('/see', [rule(['configmaps', 'namespaces', 'nodes'], ['*'])], { namespaceSelector: { matchLabels: { watch: 'me' } }, objectSelector: { matchExpressions: [{ key: 'skip', operator: 'DoesNotExist' }] } }))
    await create('elsewhere')
    await t.api.create(ConfigMaps, 'watched', configMap('here'), AS_TESTER)
    await t.api.create(ConfigMaps, 'watched', configMap('skipped', {}, { skip: 'yes' }), AS_TESTER)
    expect(asked()).toEqual(['here'])
    await t.api.patch(ConfigMaps, 'watched', 'skipped', 'application/merge-patch+json', { metadata: { labels: { skip: null } } }, 'main', AS_TESTER)
    await t.api.create(Namespaces, '', { metadata: { name: 'also', labels: { watch: 'me' } } }, AS_TESTER)
    await t.api.create(Namespaces, '', { metadata: { name: 'not' } }, AS_TESTER)
    expect(asked()).toEqual(['here', 'skipped', 'also'])
  })

  test('by conditions, which may ask what the user may do', async () => {
    const conditions = [{ name: 'mine', expression: 'request.userInfo.username == "tester" && object.metadata.name.startsWith("m")' }, { name: 'may', expression: 'authorizer.group("").resource("configmaps").namespace(request.namespace).check("create").allowed() && authorizer.requestResource.check("get").allowed() && !authorizer.serviceAccount("default", "default").path("/x").check("get").allowed()' }]
    await validating('v', of('/see', [rule(['configmaps'])], { matchConditions: conditions }))
    await create('other')
    await create('mine')
    expect(asked()).toEqual(['mine'])
    await validating('w', of('/see', [rule(['configmaps'])], { matchConditions: [{ name: 'wrong', expression: 'object.data.none == "x"' }] }))
    expect(await refusal(create('x'))).toBe(`403 Forbidden: configmaps "x" is forbidden: expression 'object.data.none == "x"' resulted in error: no such key: none`)
    await t.api.patch(ValidatingWebhookConfigurations, '', 'w', 'application/json-patch+json', [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }], 'main', AS_TESTER)
    expect(await refusal(create('x'))).toBe('done')
  })

  test('never about the configurations themselves, and not after one is gone', async () => {
    hook.on('/no', () => ({ allowed: false }))
    await validating('v', of('/no', [rule(['*'], ['*'], ['*'], ['*'])]))
    await mutating('m', of('/no', [rule(['*'], ['*'], ['*'], ['*'])]))
    expect(await refusal(create('x'))).toContain('denied the request')
    hook.asked.length = 0
    await t.api.patch(MutatingWebhookConfigurations, '', 'm', 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } }, 'main', AS_TESTER)
    await t.api.delete(MutatingWebhookConfigurations, '', 'm', {}, AS_TESTER)
    await t.api.deleteCollection(ValidatingWebhookConfigurations, {}, {}, AS_TESTER)
    await create('x')
    expect(hook.asked).toEqual([])
  })

  test('nobody, and then no request is described, where no configuration is there', async () => {
    const isIdle = (resource: ResourceName): boolean => t.api.core.admission.isIdle(t.api.registry.kindOf(resource))
    expect(isIdle(Pods)).toBe(true)
    await validating('v', of('/see', [rule(['pods'])]))
    expect([isIdle(Pods), isIdle(ValidatingWebhookConfigurations)]).toEqual([false, true])
    await t.api.delete(ValidatingWebhookConfigurations, '', 'v', {}, AS_TESTER)
    expect(isIdle(Pods)).toBe(true)
  })

  test('in a dry run, only who says that nothing comes of it', async () => {
    await validating('v', of('/see', [rule(['configmaps'])], { sideEffects: 'NoneOnDryRun' }))
    await create('dry', undefined, undefined, { ...AS_TESTER, dryRun: true })
    expect(hook.asked).toMatchObject([{ dryRun: true, options: { dryRun: ['All'] } }])
    expect(() => t.api.get(ConfigMaps, 'default', 'dry')).toThrow('not found')
  })
})

describe('a webhook that fails', () => {
  test('stops what it is about, or does not, as its policy says', async () => {
    await validating('v', of('/nobody', [rule(['configmaps'])]))
    expect(await refusal(create('x'))).toMatch(/^500 InternalError: Internal error occurred: failed calling webhook "nobody.example.com": failed to call webhook: .*404/)
    await t.api.patch(ValidatingWebhookConfigurations, '', 'v', 'application/json-patch+json', [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }], 'main', AS_TESTER)
    const annotations: Record<string, string> = {}
    await create('x', undefined, undefined, { ...AS_TESTER, annotate: (key, value) => { annotations[key] = value } })
    expect(annotations).toEqual({ 'failed-open.validating.webhook.admission.k8s.io/nobody.example.com': 'nobody.example.com' })
  })

  test('has as long as it says', async () => {
    let end = (): void => undefined
    hook.on('/slow', () => new Promise((resolve) => { end = () => resolve({ allowed: true }) }))
    await mutating('m', of('/slow', [rule(['configmaps'])], { timeoutSeconds: 1 }))
    expect(await refusal(create('x'))).toMatch(/failed calling webhook "slow.example.com": failed to call webhook: Post "https:.*\/slow\?timeout=1s": .*context deadline exceeded/)
    end()
  })

  test('or answers something else', async () => {
    await validating('v', of('/odd', [rule(['configmaps'])]))
    hook.on('/odd', () => ({ uid: 'other', allowed: true }))
    expect(await refusal(create('x'))).toMatch(/received invalid webhook response: expected response.uid="[-0-9a-f]+", got "other"$/)
  })
})

describe('custom objects', () => {
  const V2 = { ...CronTabs, version: 'v2' }
  const tab = (name: string): object => ({ metadata: { name }, spec: { cron: '* * * * *' } })
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { cron: { type: 'string' }, image: { type: 'string' } } } } } }
  const define = (): Promise<KubeObject> => t.api.create(CustomResourceDefinitions, '', cronTabDefinition({}, { versions: [{ name: 'v1', served: true, storage: true, schema }, { name: 'v2', served: true, storage: false, schema }] }), AS_TESTER)

  test('are seen in the version that a rule is about, and pruned after', async () => {
    await define()
    hook.on('/v1', () => patchedBy({ op: 'add', path: '/spec/image', value: 'added' }, { op: 'add', path: '/spec/unknown', value: 1 }))
    await mutating('m', of('/v1', [rule(['crontabs'], ['CREATE'], ['stable.example.com'], ['v1'])]))
    const made = await t.api.create(V2, 'default', tab('a'), AS_TESTER)
    expect(made).toMatchObject({ apiVersion: 'stable.example.com/v2', spec: { cron: '* * * * *', image: 'added' } })
    expect(made).not.toHaveProperty('spec.unknown')
    expect(hook.asked).toMatchObject([{ kind: { version: 'v1' }, resource: { version: 'v1' }, requestKind: { version: 'v2' }, object: { apiVersion: 'stable.example.com/v1' } }])
    await t.api.patch(MutatingWebhookConfigurations, '', 'm', 'application/json-patch+json', [{ op: 'replace', path: '/webhooks/0/matchPolicy', value: 'Exact' }], 'main', AS_TESTER)
    expect(await t.api.create(V2, 'default', tab('b'), AS_TESTER)).not.toHaveProperty('spec.image')
  })

  test('and a built-in kind\'s other versions, too', async () => {
    hook.on('/see', () => patchedBy({ op: 'add', path: '/spec/targetCPUUtilizationPercentage', value: 70 }))
    await mutating('m', of('/see', [rule(['horizontalpodautoscalers'], ['CREATE'], ['autoscaling'], ['v1'])]))
    const autoscaler = (name: string): object => ({ metadata: { name }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' }, maxReplicas: 3 } })
    expect(await t.api.create(HorizontalPodAutoscalers, 'default', autoscaler('v2'), AS_TESTER)).toMatchObject({ spec: { metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 70 } } }] } })
    expect(await t.api.create({ ...HorizontalPodAutoscalers, version: 'v1' }, 'default', autoscaler('v1'), AS_TESTER)).toMatchObject({ spec: { targetCPUUtilizationPercentage: 70 } })
    expect(hook.asked).toMatchObject([{ kind: { version: 'v1' }, requestKind: { version: 'v2' }, object: { apiVersion: 'autoscaling/v1' } }, { kind: { version: 'v1' }, requestKind: { version: 'v1' }, object: { apiVersion: 'autoscaling/v1' } }])
  })

  test('and definitions can be refused', async () => {
    hook.on('/no', () => ({ allowed: false, status: { message: 'no definitions' } }))
    await validating('v', of('/no', [rule(['customresourcedefinitions'], ['CREATE'], ['apiextensions.k8s.io']), rule(['crontabs'], ['*'], ['stable.example.com'])]))
    expect(await refusal(define())).toBe('400 : admission webhook "no.example.com" denied the request: no definitions')
    expect(() => t.api.registry.kindOf(CronTabs)).toThrow('could not find')
  })
})
