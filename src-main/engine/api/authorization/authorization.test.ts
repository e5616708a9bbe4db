import { request as httpsRequest } from 'node:https'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PolicyRule } from '../../../common/kube/generated/rbac-authorization-v1.ts'
import { ClusterRoles, ServiceAccounts } from '../../../common/kube/kinds.ts'
import { ApiServer } from '../api-server.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

// Over HTTPS, as others: the administrator asks in their name, which is authorized as if they came themselves.

let t: TestApi
let server: ApiServer
let identity: { ca: string; cert: Buffer; key: Buffer }
const GROUP = 'rbac.authorization.k8s.io'
const RBAC = `/apis/${GROUP}/v1`
const PODS = '/api/v1/namespaces/default/pods'

interface Answer {
  code: number
  body: { message?: string; reason?: string; items?: unknown[]; status?: Record<string, unknown>; details?: unknown; [field: string]: unknown }
}

beforeAll(async () => {
  t = await startTestApi()
  server = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0 })
  const pki = join(t.dir, 'pki')
  identity = { ca: server.ca, cert: readFileSync(join(pki, 'admin.crt')), key: readFileSync(join(pki, 'admin.key')) }
})
afterAll(async () => {
  await server.stop()
  await t.close()
})

function ask(method: string, path: string, body?: unknown, headers: Record<string, string | string[]> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'
    const own = headers['authorization'] === undefined ? identity : { ca: identity.ca }
    const request = httpsRequest(`${server.url}${path}`, { method, agent: false, ...own, headers: { 'content-type': type, ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ code: response.statusCode ?? 0, body: text.startsWith('{') ? JSON.parse(text) as Answer['body'] : { text } })
      })
    })
    request.on('error', reject)
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
/** With no certificate of the administrator's. */
function askWith(...headers: Record<string, string>[]): Promise<Answer> {
  return ask('GET', PODS, undefined, Object.assign({}, ...headers) as Record<string, string>)
}
const admin = (method: string, path: string, body?: unknown): Promise<Answer> => ask(method, path, body)
const as = (user: string, ...groups: string[]) => (method: string, path: string, body?: unknown): Promise<Answer> => ask(method, path, body, { 'impersonate-user': user, ...(groups.length === 0 ? {} : { 'impersonate-group': groups }) })

const made = async (answer: Promise<Answer>): Promise<void> => expect(await answer).toMatchObject({ code: 201 })
const role = (name: string, rules: PolicyRule[]): object => ({ metadata: { name }, rules })
const user = (name: string): object => ({ kind: 'User', name, apiGroup: GROUP })
const binding = (name: string, kind: string, of: string, ...subjects: object[]): object => ({ metadata: { name }, roleRef: { kind, name: of, apiGroup: GROUP }, subjects })
const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }
const reads: PolicyRule[] = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }]

describe('who has no role', () => {
  test('may look around, and nothing more; the refusal says who, what and where', async () => {
    const eve = as('eve')
    for (const path of ['/version', '/api', '/apis', '/api/v1', '/apis/apps/v1', '/openapi/v2', '/healthz']) expect([path, (await eve('GET', path)).code]).toEqual([path, 200])
    expect(await eve('GET', PODS)).toMatchObject({ code: 403, body: { kind: 'Status', reason: 'Forbidden', message: 'pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "default"', details: { kind: 'pods' } } })
    expect((await eve('GET', '/apis/apps/v1/deployments')).body.message).toBe('deployments.apps is forbidden: User "eve" cannot list resource "deployments" in API group "apps" at the cluster scope')
    expect((await eve('DELETE', `${PODS}/web`)).body.message).toBe('pods "web" is forbidden: User "eve" cannot delete resource "pods" in API group "" in the namespace "default"')
    expect((await eve('GET', `${PODS}/web/log`)).body.message).toContain('cannot get resource "pods/log"')
    expect((await eve('GET', `${PODS}?watch=1`)).body.message).toContain('cannot watch resource "pods"')
    expect((await eve('DELETE', PODS)).body.message).toContain('cannot deletecollection resource "pods"')
    expect((await eve('GET', '/metrics')).body.message).toBe('forbidden: User "eve" cannot get path "/metrics"')
    // What is not there is not told to who may not ask.
    expect((await eve('GET', '/api/v1/namespaces/secret-project')).code).toBe(403)
  })

  test('learns who they are and what they may', async () => {
    const eve = as('eve', 'cooks')
    expect((await eve('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {})).body.status).toEqual({ userInfo: { username: 'eve', groups: ['cooks', 'system:authenticated'] } })
    const may = (verb: string, resource: string): Promise<Answer> => eve('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: { resourceAttributes: { verb, resource, namespace: 'default' } } })
    expect((await may('list', 'pods')).body.status).toEqual({ allowed: false })
    expect(await eve('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { user: 'bob', resourceAttributes: { verb: 'get', resource: 'pods' } } })).toMatchObject({ code: 403 })
    const { status } = (await eve('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec: { namespace: 'default' } })).body
    expect(status).toMatchObject({ incomplete: false, resourceRules: [{ resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'], verbs: ['create'] }, { resources: ['selfsubjectreviews'] }] })
    expect((await eve('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: {} })).code).toBe(422)
    expect((await eve('GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')).code).toBe(403)
    expect((await admin('GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews')).code).toBe(405)
  })
})

describe('a binding', () => {
  test('in a namespace allows there, and nowhere else; taken away, it ends with the next request', async () => {
    await made(admin('POST', '/api/v1/namespaces', { metadata: { name: 'other' } }))
    await made(admin('POST', `${RBAC}/namespaces/default/roles`, role('reader', reads)))
    await made(admin('POST', `${RBAC}/namespaces/default/rolebindings`, binding('bob-reads', 'Role', 'reader', user('bob'))))
    const bob = as('bob')
    expect((await bob('GET', PODS)).code).toBe(200)
    expect((await bob('POST', PODS, pod)).code).toBe(403)
    expect((await bob('GET', '/api/v1/namespaces/other/pods')).code).toBe(403)
    expect((await bob('GET', '/api/v1/pods')).code).toBe(403)
    expect((await as('ann')('GET', PODS)).code).toBe(403)
    const why = await admin('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { user: 'bob', resourceAttributes: { verb: 'list', resource: 'pods', namespace: 'default' } } })
    expect(why.body.status).toEqual({ allowed: true, reason: 'RBAC: allowed by RoleBinding "bob-reads/default" of Role "reader" to User "bob"' })
    expect((await admin('DELETE', `${RBAC}/namespaces/default/rolebindings/bob-reads`)).code).toBe(200)
    expect((await bob('GET', PODS)).code).toBe(403)
  })

  test('of a group and of a service account; of a role that is not there, which the refusal says', async () => {
    await made(admin('POST', `${RBAC}/clusterrolebindings`, binding('cooks-see', 'ClusterRole', 'system:aggregate-to-view', { kind: 'Group', name: 'cooks', apiGroup: GROUP }, { kind: 'ServiceAccount', name: 'robot', namespace: 'other' })))
    expect((await as('carl', 'cooks')('GET', '/api/v1/pods')).code).toBe(200)
    expect((await as('carl')('GET', '/api/v1/pods')).code).toBe(403)
    expect((await as('system:serviceaccount:other:robot')('GET', PODS)).code).toBe(200)
    expect((await as('system:serviceaccount:default:robot')('GET', PODS)).code).toBe(403)
    // Who may see apps may not see secrets.
    expect((await as('carl', 'cooks')('GET', '/api/v1/secrets')).code).toBe(403)
    await made(admin('POST', `${RBAC}/clusterrolebindings`, binding('nothing', 'ClusterRole', 'gone', user('dora'))))
    expect((await as('dora')('GET', PODS)).body.message).toMatch(/: RBAC: clusterrole\.rbac\.authorization\.k8s\.io "gone" not found$/)
  })

  test('names its role for good', async () => {
    const refused = await admin('PATCH', `${RBAC}/clusterrolebindings/nothing`, { roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: 'cluster-admin' } })
    expect(refused).toMatchObject({ code: 422 })
    expect(refused.body.message).toContain('cannot change roleRef')
  })
})

describe('nobody gives what they do not have', () => {
  beforeAll(async () => {
    await made(admin('POST', `${RBAC}/namespaces/default/roles`, role('roles-and-pods', [{ apiGroups: [GROUP], resources: ['roles', 'rolebindings', 'clusterroles'], verbs: ['create', 'update', 'patch', 'get'] }, ...reads])))
    await made(admin('POST', `${RBAC}/namespaces/default/rolebindings`, binding('mia', 'Role', 'roles-and-pods', user('mia'))))
  })
  const mia = as('mia')

  test('a role with more than its author has is refused, with what is too much', async () => {
    await made(mia('POST', `${RBAC}/namespaces/default/roles`, role('less', [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }])))
    const refused = await mia('POST', `${RBAC}/namespaces/default/roles`, role('more', [{ apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get'] }]))
    expect(refused).toMatchObject({ code: 403 })
    expect(refused.body.message).toBe('roles.rbac.authorization.k8s.io "more" is forbidden: user "mia" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}')
    const changed = await mia('PATCH', `${RBAC}/namespaces/default/roles/less`, { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] })
    expect(changed.code).toBe(403)
    // Its rules stay: anything else of it may change.
    expect((await mia('PATCH', `${RBAC}/namespaces/default/roles/roles-and-pods`, { metadata: { labels: { a: 'b' } } })).code).toBe(200)
  })

  test('so is a binding to such a role, unless they may bind it', async () => {
    const toAdmin = binding('mia-admin', 'ClusterRole', 'cluster-admin', user('mia'))
    expect((await mia('POST', `${RBAC}/namespaces/default/rolebindings`, toAdmin)).body.message).toMatch(/attempting to grant RBAC permissions not currently held/)
    await made(mia('POST', `${RBAC}/namespaces/default/rolebindings`, binding('ann-less', 'Role', 'less', user('ann'))))
    await made(admin('POST', `${RBAC}/namespaces/default/roles`, role('may-bind', [{ apiGroups: [GROUP], resources: ['clusterroles'], resourceNames: ['view'], verbs: ['bind'] }])))
    await made(admin('POST', `${RBAC}/namespaces/default/rolebindings`, binding('mia-binds', 'Role', 'may-bind', user('mia'))))
    await made(mia('POST', `${RBAC}/namespaces/default/rolebindings`, binding('ann-view', 'ClusterRole', 'view', user('ann'))))
    expect((await mia('POST', `${RBAC}/namespaces/default/rolebindings`, toAdmin)).code).toBe(403)
  })
})

describe('in whose name', () => {
  test('only who may impersonates', async () => {
    expect((await ask('GET', PODS, undefined, { 'impersonate-group': 'cooks' })).code).toBe(400)
    await made(admin('POST', `${RBAC}/clusterroles`, role('as-bob', [{ apiGroups: [''], resources: ['users'], resourceNames: ['bob'], verbs: ['impersonate'] }])))
    // A chain of names is one name: the last header counts, and the first is who is asked.
    const may = async (name: string, resource: string): Promise<unknown> => (await admin('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { user: 'zoe', resourceAttributes: { verb: 'impersonate', resource, name } } })).body.status?.['allowed']
    expect(await may('bob', 'users')).toBe(false)
    await made(admin('POST', `${RBAC}/clusterrolebindings`, binding('zoe-as-bob', 'ClusterRole', 'as-bob', user('zoe'))))
    expect([await may('bob', 'users'), await may('ann', 'users')]).toEqual([true, false])
  })

  test('a UID and more are asked for as such, and who may not is refused', async () => {
    const named = (headers: Record<string, string>): Promise<Answer> => ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, headers)
    const answer = await named({ 'impersonate-user': 'bob', 'impersonate-uid': '42', 'impersonate-extra-a%2fb': 'view' })
    expect(answer.body.status).toMatchObject({ userInfo: { username: 'bob', uid: '42', groups: ['system:authenticated'], extra: { 'a/b': ['view'] } } })
    expect((await named({ 'impersonate-uid': '42' })).body.message).toContain('without a user')
    // The robot may be bob, and nobody's UID.
    await t.api.create(ServiceAccounts, 'default', { metadata: { name: 'robot' } }, AS_TESTER)
    await made(admin('POST', `${RBAC}/clusterrolebindings`, binding('robot-as-bob', 'ClusterRole', 'as-bob', { kind: 'ServiceAccount', name: 'robot', namespace: 'default' })))
    const token = (await t.api.requestToken('default', 'robot', {})).status?.token ?? ''
    const robot = { authorization: `Bearer ${token}`, 'impersonate-user': 'bob' }
    const refused = async (headers: Record<string, string>): Promise<unknown> => (await askWith(robot, headers)).body.message
    expect(await askWith(robot)).toMatchObject({ code: 403, body: { message: expect.stringContaining('User "bob" cannot list') as string } })
    expect(await refused({ 'impersonate-uid': '42' })).toBe('uids.authentication.k8s.io "42" is forbidden: User "system:serviceaccount:default:robot" cannot impersonate resource "uids" in API group "authentication.k8s.io" at the cluster scope')
    expect(await refused({ 'impersonate-extra-scopes': 'view' })).toContain('cannot impersonate resource "userextras/scopes"')
  })
})

describe('the roles that are there from the start', () => {
  test('are made once, keep what people made of them, and get back what is missing', async () => {
    const { bootstrap } = await import('../bootstrap.ts')
    const rules = (name: string): PolicyRule[] => (t.api.get(ClusterRoles, '', name) as { rules?: PolicyRule[] }).rules ?? []
    const before = rules('system:discovery')
    const revision = t.store.revision
    await bootstrap(t.api)
    expect(t.store.revision).toBe(revision)
    expect((await admin('PATCH', `${RBAC}/clusterroles/system:discovery`, { rules: [{ nonResourceURLs: ['/mine'], verbs: ['get'] }] })).code).toBe(200)
    await bootstrap(t.api)
    expect(rules('system:discovery').flatMap((r) => r.nonResourceURLs ?? []).sort()).toEqual([...before.flatMap((r) => r.nonResourceURLs ?? []), '/mine'].sort())
    expect((await admin('PATCH', `${RBAC}/clusterroles/system:monitoring`, { metadata: { annotations: { [`${GROUP}/autoupdate`]: 'false' } }, rules: [] })).code).toBe(200)
    await bootstrap(t.api)
    expect(rules('system:monitoring')).toEqual([])
  })
})
