import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StatusError } from '../../../common/errors.ts'
import { ConfigMaps, CustomResourceDefinitions, Deployments, Namespaces, ValidatingAdmissionPolicies, ValidatingAdmissionPolicyBindings } from '../../../common/kube/kinds.ts'
import type { ValidatingAdmissionPolicy } from '../../../common/kube/generated/admissionregistration-v1.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { CronTabs, cronTabDefinition } from '../custom/testing/crontab.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

let t: TestApi
beforeEach(async () => {
  t = await startTestApi()
})
afterEach(() => t.close())

const rule = (resources: string[], operations = ['CREATE', 'UPDATE'], apiGroups = [''], apiVersions = ['v1']): object => ({ resources, operations, apiGroups, apiVersions })
const CONFIG_MAPS = { resourceRules: [rule(['configmaps'])] }
const policy = (spec: object, name = 'p'): Promise<KubeObject> => t.api.create(ValidatingAdmissionPolicies, '', { metadata: { name }, spec: { matchConstraints: CONFIG_MAPS, ...spec } }, AS_TESTER)
const bind = (spec: object = {}, name = 'b'): Promise<KubeObject> => t.api.create(ValidatingAdmissionPolicyBindings, '', { metadata: { name }, spec: { policyName: 'p', validationActions: ['Deny'], ...spec } }, AS_TESTER)
const create = (name: string, data: Record<string, string> = {}, namespace = 'default', options = AS_TESTER): Promise<KubeObject> => t.api.create(ConfigMaps, namespace, { metadata: { name }, data }, options)
const refusal = async (write: Promise<unknown>): Promise<string> => write.then(() => 'done', (error: unknown) => (error instanceof StatusError ? `${String(error.code)} ${error.toStatus().reason ?? ''}: ${error.message}` : `no Status: ${String(error)}`))
const denied = (what: string): string => `422 Invalid: configmaps "a" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: ${what}`

describe('a policy', () => {
  test('refuses where it is bound, and says why', async () => {
    await policy({ validations: [{ expression: 'object.data.size() < 2' }] })
    expect(await refusal(create('b', { x: '1', y: '2' }))).toBe('done')
    await bind()
    expect(await refusal(create('a', { x: '1', y: '2' }))).toBe(denied('failed expression: object.data.size() < 2'))
    expect(await refusal(create('a', { x: '1' }))).toBe('done')
    await t.api.delete(ValidatingAdmissionPolicyBindings, '', 'b', {}, AS_TESTER)
    expect(await refusal(create('c', { x: '1', y: '2' }))).toBe('done')
  })

  test.each<[object, string]>([
    [{ message: 'too many' }, '422 Invalid: configmaps "a" is forbidden: ValidatingAdmissionPolicy \'p\' with binding \'b\' denied request: too many'],
    [{ message: 'too many', messageExpression: '"has " + string(object.data.size())', reason: 'Forbidden' }, '403 Forbidden: configmaps "a" is forbidden: ValidatingAdmissionPolicy \'p\' with binding \'b\' denied request: has 2'],
    [{ message: 'too many', messageExpression: 'object.data.none' }, denied('too many')],
    [{ messageExpression: '"two\\nlines"' }, denied('failed expression: object.data.size() < 2')],
  ])('%j', async (validation, words) => {
    await policy({ validations: [{ expression: 'object.data.size() < 2', ...validation }] })
    await bind()
    expect(await refusal(create('a', { x: '1', y: '2' }))).toBe(words)
  })

  test('says all its variables once, each from those before it', async () => {
    await policy({
      variables: [{ name: 'data', expression: 'has(object.data) ? object.data : {}' }, { name: 'n', expression: 'variables.data.size()' }, { name: 'wrong', expression: 'object.none' }],
      validations: [{ expression: 'variables.n == 0 || variables.data.all(k, k.startsWith("k"))', messageExpression: '"of " + string(variables.n)' }],
    })
    await bind()
    expect(await refusal(create('a', { x: '1' }))).toBe(denied('of 1'))
    expect(await refusal(create('a', { k1: '1' }))).toBe('done')
  })

  test.each<[string | undefined, string]>([[undefined, denied("expression 'object.spec.x > 1' resulted in error: no such key: spec")], ['Ignore', 'done']])('that cannot be evaluated, with failurePolicy %s', async (failurePolicy, words) => {
    await policy({ validations: [{ expression: 'object.spec.x > 1' }], ...(failurePolicy === undefined ? {} : { failurePolicy }) })
    await bind()
    expect(await refusal(create('a'))).toBe(words)
  })

  test('is asked only where its conditions hold, in its rules, and not in what they leave out', async () => {
    await policy({
      matchConstraints: { resourceRules: [rule(['*'], ['*'], ['*'], ['*'])], excludeResourceRules: [{ ...rule(['configmaps'], ['*']), resourceNames: ['spared'] }], namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } },
      matchConditions: [{ name: 'c', expression: 'request.resource.resource == "configmaps" && object.metadata.name != "free"' }], validations: [{ expression: 'false' }],
    })
    await bind()
    expect(await refusal(create('a'))).toContain("denied request: failed expression: false")
    for (const name of ['spared', 'free']) expect(await refusal(create(name))).toBe('done')
    expect(await refusal(create('a', {}, 'kube-system'))).toBe('done')
  })

  test('against a Deployment, at its update, too', async () => {
    await policy({ matchConstraints: { resourceRules: [rule(['deployments'], ['CREATE', 'UPDATE'], ['apps'])] }, validations: [{ expression: "object.spec.replicas > 1", messageExpression: "'wants more than 1, got ' + string(object.spec.replicas)" }, { expression: 'oldObject == null || oldObject.spec.replicas <= object.spec.replicas', message: 'no fewer' }] })
    await bind()
    const deployment = (replicas: number): object => ({ metadata: { name: 'd' }, spec: { replicas, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } } })
    expect(await refusal(t.api.create(Deployments, 'default', deployment(1), AS_TESTER))).toBe(`422 Invalid: deployments.apps "d" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: wants more than 1, got 1`)
    await t.api.create(Deployments, 'default', deployment(3), AS_TESTER)
    expect(await refusal(t.api.update(Deployments, 'default', 'd', deployment(2), AS_TESTER))).toContain('no fewer')
    await t.api.update(Deployments, 'default', 'd', deployment(4), AS_TESTER)
  })

  test('knows the namespace, and who asks', async () => {
    await t.api.patch(Namespaces, '', 'default', 'application/merge-patch+json', { metadata: { labels: { level: 'low' } } }, 'main', AS_TESTER)
    await policy({ validations: [{ expression: 'namespaceObject.metadata.labels.level == "high" || request.userInfo.username == "root"', message: 'not here' }] })
    await bind()
    expect(await refusal(create('a'))).toBe(denied('not here'))
    expect(await refusal(create('a', {}, 'default', { caller: { user: 'root', groups: [] } }))).toBe('done')
  })

  test('says which generation was checked', async () => {
    const status = (): unknown => (t.api.get(ValidatingAdmissionPolicies, '', 'p') as ValidatingAdmissionPolicy).status
    await policy({ validations: [{ expression: 'true' }] })
    expect(status()).toEqual({ observedGeneration: 1, typeChecking: {} })
    await t.api.patch(ValidatingAdmissionPolicies, '', 'p', 'application/merge-patch+json', { spec: { failurePolicy: 'Ignore' } }, 'main', AS_TESTER)
    expect(status()).toMatchObject({ observedGeneration: 2 })
  })

  test('cannot be about policies and bindings', async () => {
    await policy({ matchConstraints: { resourceRules: [rule(['*'], ['*'], ['*'], ['*'])] }, validations: [{ expression: 'false' }] })
    await bind()
    expect(await refusal(create('a'))).toContain('denied request')
    await t.api.delete(ValidatingAdmissionPolicyBindings, '', 'b', {}, AS_TESTER)
    await t.api.delete(ValidatingAdmissionPolicies, '', 'p', {}, AS_TESTER)
    expect(await refusal(create('a'))).toBe('done')
  })
})

describe('a binding', () => {
  test('warns and writes down in place of a refusal', async () => {
    const [warnings, annotations]: [string[], Record<string, string>] = [[], {}]
    await policy({ validations: [{ expression: 'true' }, { expression: 'false', message: 'no' }], auditAnnotations: [{ key: 'name', valueExpression: '"called " + object.metadata.name' }, { key: 'none', valueExpression: 'null' }] })
    await bind({ validationActions: ['Warn', 'Audit'] })
    await create('a', {}, 'default', { ...AS_TESTER, warn: (message) => warnings.push(message), annotate: (key, value) => { annotations[key] = value } })
    expect(warnings).toEqual(["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': no"])
    expect(annotations['p/name']).toBe('called a')
    expect(annotations).not.toHaveProperty('p/none')
    expect(JSON.parse(annotations['validation.policy.admission.k8s.io/validation_failure'] ?? '')).toEqual([{ message: 'no', policy: 'p', binding: 'b', expressionIndex: 1, validationActions: ['Warn', 'Audit'] }])
  })

  test('narrows its policy', async () => {
    await policy({ validations: [{ expression: 'false' }] })
    await bind({ matchResources: { objectSelector: { matchLabels: { strict: 'yes' } } } })
    expect(await refusal(create('a'))).toBe('done')
    expect(await refusal(t.api.create(ConfigMaps, 'default', { metadata: { name: 'x', labels: { strict: 'yes' } } }, AS_TESTER))).toContain('denied request')
  })

  test('gives parameters by name, or all that are selected', async () => {
    await policy({ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, matchConditions: [{ name: 'c', expression: '!object.metadata.name.startsWith("limit")' }], validations: [{ expression: 'object.data.size() <= int(params.data.most)', messageExpression: '"at most " + params.data.most' }] })
    const limit = (name: string, most: string): Promise<KubeObject> => t.api.create(ConfigMaps, 'default', { metadata: { name, labels: { kind: 'limit' } }, data: { most } }, AS_TESTER)
    await bind({ paramRef: { name: 'limit-1', namespace: 'default', parameterNotFoundAction: 'Deny' } })
    expect(await refusal(create('a', { x: '1' }))).toBe(denied('failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction'))
    await t.api.patch(ValidatingAdmissionPolicyBindings, '', 'b', 'application/merge-patch+json', { spec: { paramRef: { parameterNotFoundAction: 'Allow' } } }, 'main', AS_TESTER)
    expect(await refusal(create('early', { x: '1' }))).toBe('done')
    await limit('limit-1', '1')
    expect(await refusal(create('a', { x: '1', y: '2' }))).toBe(denied('at most 1'))
    await limit('limit-0', '0')
    await t.api.patch(ValidatingAdmissionPolicyBindings, '', 'b', 'application/merge-patch+json', { spec: { paramRef: { name: null, namespace: null, selector: { matchLabels: { kind: 'limit' } } } } }, 'main', AS_TESTER)
    expect(await refusal(create('a', { x: '1' }))).toBe(denied('at most 0'))
    expect(await refusal(create('a'))).toBe('done')
  })

  test('gives parameters of a custom kind, and says where there is no such kind', async () => {
    await policy({ paramKind: { apiVersion: 'stable.example.com/v1', kind: 'CronTab' }, validations: [{ expression: 'object.metadata.name != params.spec.image', message: 'taken' }] })
    await bind({ paramRef: { name: 'c', parameterNotFoundAction: 'Deny' } })
    expect(await refusal(create('a'))).toBe(denied("failed to configure binding: failed to find resource referenced by paramKind: 'stable.example.com/v1, Kind=CronTab'"))
    await t.api.create(CustomResourceDefinitions, '', cronTabDefinition(), AS_TESTER)
    await t.api.create(CronTabs, 'default', { metadata: { name: 'c' }, spec: { cron: '* * * * *', image: 'a' } }, AS_TESTER)
    expect(await refusal(create('a'))).toBe(denied('taken'))
    expect(await refusal(create('b'))).toBe('done')
  })
})
