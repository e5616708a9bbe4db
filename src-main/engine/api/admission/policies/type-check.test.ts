import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ExpressionWarning, ValidatingAdmissionPolicy } from '../../../../common/kube/generated/admissionregistration-v1.ts'
import { CustomResourceDefinitions, ValidatingAdmissionPolicies } from '../../../../common/kube/kinds.ts'
import { cronTabDefinition } from '../../custom/testing/crontab.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../../testing/test-api.ts'

let t: TestApi
beforeEach(async () => {
  t = await startTestApi()
})
afterEach(() => t.close())

const rule = (apiGroups: string[], apiVersions: string[], resources: string[]): object => ({ operations: ['CREATE', 'UPDATE'], apiGroups, apiVersions, resources })
const DEPLOYMENTS = [rule(['apps'], ['v1'], ['deployments'])]
const WORKLOADS = [rule(['apps'], ['v1'], ['statefulsets', 'deployments'])]
/** What a new policy's status warns of. */
async function warnings(spec: object, resourceRules: object[] = DEPLOYMENTS): Promise<ExpressionWarning[]> {
  const { status } = await t.api.create(ValidatingAdmissionPolicies, '', { metadata: { generateName: 'p-' }, spec: { matchConstraints: { resourceRules }, ...spec } }, AS_TESTER) as ValidatingAdmissionPolicy
  expect(status?.observedGeneration).toBe(1)
  expect(status?.typeChecking).toBeDefined()
  return status?.typeChecking?.expressionWarnings ?? []
}
const of = (expression: string, resourceRules?: object[]): Promise<ExpressionWarning[]> => warnings({ validations: [{ expression }] }, resourceRules)

describe('a policy whose rules name kinds', () => {
  test('is warned of an expression and of a message that cannot be right for them', async () => {
    expect(await warnings({ validations: [{ expression: "object.spec.replicas > '1'", messageExpression: "'wants replicas > 1, got ' + object.spec.replicas" }] })).toEqual([
      { fieldRef: 'spec.validations[0].expression', warning: "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'\n | object.spec.replicas > '1'\n | .....................^" },
      { fieldRef: 'spec.validations[0].messageExpression', warning: expect.stringContaining("found no matching overload for '_+_' applied to '(string, int)'") as string },
    ])
  })

  test('is warned of a field that there is not, for each kind that has it not', async () => {
    expect(await of('object.replicas > 1', WORKLOADS)).toEqual([{
      fieldRef: 'spec.validations[0].expression',
      warning: "apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas > 1\n | ......^\napps/v1, Kind=StatefulSet: ERROR: <input>:1:7: undefined field 'replicas'\n | object.replicas > 1\n | ......^",
    }])
    const [one] = await of('object.spec.serviceName != ""', WORKLOADS)
    expect(one?.warning).toMatch(/^apps\/v1, Kind=Deployment: .*undefined field 'serviceName'/)
    expect(one?.warning).not.toContain('StatefulSet')
  })

  test.each([
    'object.spec.replicas > 1 && (oldObject == null || oldObject.spec.replicas <= object.spec.replicas)',
    'object.spec.template.spec.containers.all(c, !has(c.securityContext) || c.image.startsWith("registry/") && c.resources.limits["memory"] != "1")',
    'object.metadata.labels["a"] == "b" && has(object.metadata.annotations) && "k" in object.metadata.annotations',
    'object.spec.strategy.rollingUpdate.maxSurge == 1 || object.spec.strategy.rollingUpdate.maxSurge == "50%"',
    'object.kind == "Deployment" && object.apiVersion == "apps/v1" && object.metadata.name.size() < 20 && timestamp(object.metadata.creationTimestamp).getFullYear() > 2000',
    'namespaceObject.metadata.labels["x"] == request.userInfo.username && authorizer.group("apps").resource("deployments").check("get").allowed()',
    'quantity(object.spec.template.spec.containers[0].resources.limits["cpu"]).isLessThan(quantity("2"))',
  ])('is not warned of %s', async (expression) => {
    expect(await of(expression)).toEqual([])
  })

  test.each<[string, string]>([
    ['object.spec.template.spec.containers.exists(c, c.nam == "x")', "undefined field 'nam'"],
    ['oldObject.spec.foo == 1', "undefined field 'foo'"],
    ['has(object.spec.foo)', "undefined field 'foo'"],
    ['namespaceObject.metadata.foo == ""', "undefined field 'foo'"],
    ['object.spec.paused + 1 > 1', "found no matching overload for '_+_' applied to '(bool, int)'"],
    ['object.metadata.labels == "a"', "found no matching overload for '_==_'"],
  ])('is warned of %s', async (expression, words) => {
    expect(await of(expression)).toMatchObject([{ warning: expect.stringContaining(words) as string }])
  })

  test('is checked with its variables; one that is wrong may be anything', async () => {
    const variables = [{ name: 'n', expression: 'object.spec.replicas' }, { name: 'bad', expression: 'object.none' }]
    const validations = [{ expression: "variables.n == 'x'" }, { expression: 'variables.n > 1' }, { expression: "variables.bad == 'x'" }]
    expect(await warnings({ variables, validations })).toMatchObject([{ fieldRef: 'spec.validations[0].expression', warning: expect.stringContaining("applied to '(int, string)'") as string }])
  })

  test('is checked with its parameters, of whose kind nothing is known when it is not there', async () => {
    const validations = [{ expression: 'params.data.most != "" || params.dat.most != ""' }]
    expect(await warnings({ paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations })).toMatchObject([{ warning: expect.stringContaining("undefined field 'dat'") as string }])
    expect(await warnings({ paramKind: { apiVersion: 'example.com/v1', kind: 'Limit' }, validations })).toEqual([])
  })

  test('may be about a custom kind', async () => {
    const about = [rule(['stable.example.com'], ['v1'], ['crontabs'])]
    expect(await of('object.spec.cronn == ""', about)).toEqual([])
    await t.api.create(CustomResourceDefinitions, '', cronTabDefinition(), AS_TESTER)
    expect(await of("object.spec.replicas > '1'", about)).toMatchObject([{ warning: expect.stringMatching(/^stable\.example\.com\/v1, Kind=CronTab: .*'\(int, string\)'/) as string }])
    expect(await of('object.spec.cronn == ""', about)).toMatchObject([{ warning: expect.stringContaining("undefined field 'cronn'") as string }])
    expect(await of('object.spec.port == 1 || object.spec.port == "a" || object.spec.free.what == 1 || object.spec.template.metadata.name == "a" || object.metadata.labels["a"] == "b"', about)).toEqual([])
  })

  test('is looked at for ten kinds at most', async () => {
    const resources = ['bindings', 'configmaps', 'endpoints', 'events', 'limitranges', 'namespaces', 'nodes', 'persistentvolumeclaims', 'persistentvolumes', 'pods', 'podtemplates', 'replicationcontrollers', 'secrets', 'services']
    const [one] = await of('object.nothing == 1', [rule([''], ['v1'], resources)])
    expect(one?.warning.match(/Kind=/g)).toHaveLength(10)
    expect(one?.warning).toMatch(/^\/v1, Kind=Binding: /)
  })
})

test.each<[string, object]>([
  ['any group', rule(['*'], ['v1'], ['deployments'])], ['any version', rule(['apps'], ['*'], ['deployments'])], ['any resource', rule(['apps'], ['v1'], ['*'])],
  ['a subresource', rule(['apps'], ['v1'], ['deployments', 'deployments/scale'])], ['a kind that is not there', rule(['apps'], ['v9'], ['deployments'])],
])('a policy about %s is not looked at', async (_what, one) => {
  expect(await of('object.nothing == 1', [one])).toEqual([])
  // Rules beside it are.
  expect(await of('object.nothing == 1', [one, ...DEPLOYMENTS])).toHaveLength(1)
})

test('is checked again when its spec changes, and forgotten when it is right', async () => {
  const name = 'p'
  const read = (): ValidatingAdmissionPolicy => t.api.get(ValidatingAdmissionPolicies, '', name) as ValidatingAdmissionPolicy
  await t.api.create(ValidatingAdmissionPolicies, '', { metadata: { name }, spec: { matchConstraints: { resourceRules: DEPLOYMENTS }, validations: [{ expression: 'object.spec.replicas > 1' }] } }, AS_TESTER)
  expect(read().status).toEqual({ observedGeneration: 1, typeChecking: {} })
  const change = (expression: string): Promise<unknown> => t.api.patch(ValidatingAdmissionPolicies, '', name, 'application/merge-patch+json', { spec: { validations: [{ expression }] } }, 'main', AS_TESTER)
  await change('object.spec.replica > 1')
  expect(read().status).toMatchObject({ observedGeneration: 2, typeChecking: { expressionWarnings: [{ fieldRef: 'spec.validations[0].expression' }] } })
  await t.api.patch(ValidatingAdmissionPolicies, '', name, 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } }, 'main', AS_TESTER)
  expect(read().status).toMatchObject({ observedGeneration: 2, typeChecking: { expressionWarnings: [{}] } })
  await change('object.spec.replicas > 2')
  expect(read().status).toEqual({ observedGeneration: 3, typeChecking: {} })
})
