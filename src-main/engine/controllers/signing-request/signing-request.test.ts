import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { CertificateSigningRequest } from '../../../common/kube/generated/certificates-v1.ts'
import type { PolicyRule } from '../../../common/kube/generated/rbac-authorization-v1.ts'
import { ClusterRoleBindings, ClusterRoles } from '../../../common/kube/kinds.ts'
import { CertificateSigningRequests, Signer } from '../../../common/kube/signing-request.ts'
import { ApiServer } from '../../api/api-server.ts'
import { clusterSigner } from '../../api/pki/cluster-signer.ts'
import { makeRequest } from '../../api/testing/make-request.ts'
import type { Subject } from '../../api/testing/make-request.ts'
import { AS_TESTER, startTestApi } from '../../api/testing/test-api.ts'
import type { TestApi } from '../../api/testing/test-api.ts'
import { SharedInformers } from '../../client/informers.ts'
import { LocalClient } from '../../client/local-client.ts'
import { BUILT_IN } from '../resources.ts'
import { expiryOf } from './expiry.ts'
import { signingRequestControllers } from './index.ts'

const PATH = '/apis/certificates.k8s.io/v1/certificatesigningrequests'
const CLIENT_USAGES = ['digital signature', 'key encipherment', 'client auth']
let clock: FakeClock
let t: TestApi
let server: ApiServer
let informers: SharedInformers
let stop: () => Promise<void>
let failures: unknown[]

interface Answer { code: number; body: { message?: string; user?: string; status?: Record<string, unknown>; [field: string]: unknown } }

beforeEach(async () => {
  // Node's TLS has the machine's time.
  clock = new FakeClock(Date.now())
  failures = []
  t = await startTestApi(clock)
  server = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0, clock })
  const client = new LocalClient(t.api)
  const ca = { cert: server.ca, key: readFileSync(join(t.dir, 'pki', 'ca.key'), 'utf8') }
  informers = new SharedInformers({ client, clock, onError: (e) => failures.push(e) })
  const context = { client, informers, clock, resources: BUILT_IN, recorder: () => ({ event: () => undefined }), onError: (e: unknown) => failures.push(e) }
  const controllers = signingRequestControllers(context, clusterSigner(ca, clock))
  await informers.synced()
  for (const controller of controllers) controller.start()
  stop = async () => void await Promise.all(controllers.map((c) => c.stop()))
})
afterEach(async () => {
  await Promise.all([stop(), informers.stop(), clock.advance(1000)])
  const stopped = server.stop()
  await clock.advance(1000)
  await stopped
  await t.close()
  expect(failures).toEqual([])
})

const admin = (): { cert: Buffer; key: Buffer } => ({ cert: readFileSync(join(t.dir, 'pki', 'admin.crt')), key: readFileSync(join(t.dir, 'pki', 'admin.key')) })
function ask(method: string, path: string, body?: unknown, { identity = admin() as { cert: Buffer | string; key: Buffer | string }, as = '' } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json', ...(as === '' ? {} : { 'impersonate-user': as }) }
    const request = httpsRequest(`${server.url}${path}`, { method, agent: false, ca: server.ca, ...identity, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ code: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) as Answer['body'] }))
    })
    request.on('error', reject)
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
const get = (name: string): CertificateSigningRequest => t.api.get(CertificateSigningRequests, '', name) as CertificateSigningRequest
/** Asks for a certificate; gives the key that it will be for. */
async function asks(name: string, subject: Subject, spec: Partial<CertificateSigningRequest['spec']> = {}, as = ''): Promise<{ answer: Answer; key: string }> {
  const { request, key } = await makeRequest(subject)
  const body = { metadata: { name }, spec: { request: Buffer.from(request).toString('base64'), signerName: Signer.client, usages: CLIENT_USAGES, ...spec } }
  return { answer: await ask('POST', PATH, body, { as }), key }
}
const verdict = (type: string, more: object = {}): object => ({ status: { conditions: [{ type, status: 'True', reason: 'Test', message: 'said by a test', ...more }] } })
const approve = (name: string, as = ''): Promise<Answer> => ask('PATCH', `${PATH}/${name}/approval`, verdict('Approved'), { as })
/** Resolves once it is signed, or refused. Crypto takes real time. */
async function settled(name: string): Promise<CertificateSigningRequest> {
  for (let i = 0; i < 500; i++) {
    const { status } = get(name)
    if (status?.certificate !== undefined || status?.conditions?.some(({ type }) => type === 'Failed') === true) return get(name)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return expect.fail(`nothing became of ${name}: ${JSON.stringify(get(name).status)}`)
}
const certificateOf = (request: CertificateSigningRequest): string => Buffer.from(request.status?.certificate ?? '', 'base64').toString()
async function grant(user: string, ...rules: PolicyRule[]): Promise<void> {
  await t.api.create(ClusterRoles, '', { metadata: { name: user }, rules }, AS_TESTER)
  await t.api.create(ClusterRoleBindings, '', { metadata: { name: user }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: user }, subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }] }, AS_TESTER)
}
const onRequests = (...verbs: string[]): PolicyRule => ({ apiGroups: ['certificates.k8s.io'], resources: ['certificatesigningrequests', 'certificatesigningrequests/approval', 'certificatesigningrequests/status'], verbs })
const onSigner = (verb: string, name: string): PolicyRule => ({ apiGroups: ['certificates.k8s.io'], resources: ['signers'], resourceNames: [name], verbs: [verb] })

describe('who asks for a certificate', () => {
  test.each([['elliptic', false], ['RSA', true]])('and is approved gets one for their %s key, and logs in with it', async (_, rsa) => {
    const { answer, key } = await asks('ann', { name: 'ann', groups: ['cooks', 'waiters'], rsa }, { expirationSeconds: 3600 })
    expect(answer).toMatchObject({ code: 201, body: { spec: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] } } })
    expect(get('ann').status).toBeUndefined()
    expect((await approve('ann')).code).toBe(200)
    const cert = certificateOf(await settled('ann'))
    const read = new X509Certificate(cert)
    expect(read.verify(new X509Certificate(server.ca).publicKey)).toBe(true)
    expect(Date.parse(read.validTo) - clock.now()).toBeCloseTo(3600_000, -4)
    expect([read.subject.split('\n').sort(), read.keyUsage, read.ca]).toEqual([['CN=ann', 'O=cooks', 'O=waiters'], ['1.3.6.1.5.5.7.3.2'], false])
    const who = await ask('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {}, { identity: { cert, key } })
    expect(who.body.status).toMatchObject({ userInfo: { username: 'ann', groups: ['cooks', 'waiters', 'system:authenticated'] } })
    expect(await ask('GET', '/api/v1/namespaces/default/pods', undefined, { identity: { cert, key } })).toMatchObject({ code: 403, body: { message: expect.stringContaining('User "ann" cannot list') as string } })
  })

  test('is who the server says, whatever they say', async () => {
    await grant('eve', onRequests('create'))
    await asks('e', { name: 'eve' }, { username: 'kubernetes-admin', groups: ['system:masters'], uid: '1', extra: { a: ['b'] } }, 'eve')
    expect(get('e').spec).toMatchObject({ username: 'eve', groups: ['system:authenticated'] })
    expect([get('e').spec.uid, get('e').spec.extra]).toEqual([undefined, undefined])
  })

  test('and is denied gets none; what was said stays said', async () => {
    await asks('no', { name: 'ann' })
    expect((await ask('PATCH', `${PATH}/no/approval`, verdict('Denied'))).code).toBe(200)
    const both = { status: { conditions: [...(get('no').status?.conditions ?? []), { type: 'Approved', status: 'True' }] } }
    expect((await ask('PATCH', `${PATH}/no/approval`, both)).body.message).toMatch(/Approved and Denied conditions are mutually exclusive/)
    expect((await approve('no')).body.message).toMatch(/updates may not remove a condition of type "Denied"/)
    await clock.advance(1000)
    expect(get('no').status?.certificate).toBeUndefined()
  })

  test('for what a signer does not sign hears why', async () => {
    await asks('node', { name: 'system:node:n' }, { signerName: Signer.kubeletClient })
    await approve('node')
    expect((await settled('node')).status?.conditions?.[1]).toMatchObject({ type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: 'subject organization is not system:nodes' })
    await asks('n', { name: 'system:node:n', groups: ['system:nodes'], alternative: [{ type: 'dns', value: 'n.example' }, { type: 'ip', value: '10.0.0.9' }] }, { signerName: Signer.kubeletServing, usages: ['digital signature', 'server auth'] })
    await approve('n')
    expect(new X509Certificate(certificateOf(await settled('n'))).subjectAltName).toBe('DNS:n.example, IP Address:10.0.0.9')
  })

  test('for more than they may is refused at once', async () => {
    expect((await asks('m', { name: 'ann', groups: ['system:masters'] })).answer).toMatchObject({ code: 403, body: { message: 'certificatesigningrequests.certificates.k8s.io "m" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed' } })
    const says = async (spec: object, words: RegExp): Promise<void> => expect((await asks('x', { name: 'ann' }, spec)).answer.body.message).toMatch(words)
    await says({ signerName: Signer.legacyUnknown }, /spec\.signerName: Invalid value: "kubernetes\.io\/legacy-unknown": the legacy signerName is not allowed via this API version/)
    await says({ signerName: 'users' }, /must be a fully qualified domain and path/)
    await says({ signerName: 'local/users' }, /at least two segments/)
    await says({ usages: ['client auth', 'client auth'] }, /spec\.usages\[1\]: Duplicate value/)
    await says({ usages: [] }, /spec\.usages: Required value/)
    await says({ expirationSeconds: 599 }, /may not specify a duration less than 600 seconds \(10 minutes\)/)
  })
})

describe('who decides', () => {
  test('needs the right to approve for that signer, by name or by its domain', async () => {
    await grant('bob', onRequests('patch', 'update', 'get'), onSigner('approve', 'a.example/users'))
    await grant('cat', onRequests('patch', 'update', 'get'), onSigner('approve', 'a.example/*'))
    for (const [name, signerName] of [['one', 'a.example/users'], ['two', 'a.example/nodes'], ['three', 'b.example/users']] as const) await asks(name, { name: 'ann' }, { signerName })
    expect((await approve('one', 'bob')).code).toBe(200)
    expect(await approve('two', 'bob')).toMatchObject({ code: 403, body: { message: 'certificatesigningrequests.certificates.k8s.io "two" is forbidden: user not permitted to approve requests with signerName "a.example/nodes"' } })
    expect((await approve('two', 'cat')).code).toBe(200)
    expect((await approve('three', 'cat')).code).toBe(403)
  })

  test('may not sign by that, nor who signs decide', async () => {
    await grant('bob', onRequests('patch', 'get'), onSigner('approve', 'a.example/users'))
    await grant('sig', onRequests('patch', 'get'), onSigner('sign', 'a.example/users'))
    await asks('c', { name: 'ann' }, { signerName: 'a.example/users' })
    const certificate = Buffer.from(server.ca).toString('base64')
    expect((await ask('PATCH', `${PATH}/c/status`, { status: { certificate } }, { as: 'bob' })).body.message).toContain('user not permitted to sign requests with signerName "a.example/users"')
    expect((await approve('c', 'sig')).code).toBe(403)
    expect((await ask('PATCH', `${PATH}/c/status`, verdict('Approved'), { as: 'sig' })).body.message).toMatch(/updates may not add a condition of type "Approved"/)
    await ask('PATCH', `${PATH}/c/approval`, { status: { certificate } }, { as: 'bob' })
    expect(get('c').status?.certificate).toBeUndefined()
    expect((await ask('PATCH', `${PATH}/c/status`, { status: { certificate: 'aGVsbG8=' } }, { as: 'sig' })).body.message).toMatch(/one or more CERTIFICATE PEM blocks/)
    expect((await ask('PATCH', `${PATH}/c/status`, { status: { certificate } }, { as: 'sig' })).code).toBe(200)
    expect((await ask('PATCH', `${PATH}/c/status`, { status: { certificate: Buffer.from(certificateOf(get('c')).repeat(2)).toString('base64') } }, { as: 'sig' })).body.message).toMatch(/updates may not modify existing certificate content/)
  })
})

// [sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations, in its order.
test('the API of requests, as conformance asks', async () => {
  await asks('e2e', { name: 'e2e' }, { signerName: 'example.com/e2e-1', usages: ['digital signature', 'key encipherment', 'server auth'], expirationSeconds: 600 })
  expect((await ask('GET', `${PATH}?fieldSelector=spec.signerName%3Dexample.com/e2e-1`)).body['items']).toHaveLength(1)
  expect((await ask('GET', `${PATH}?fieldSelector=spec.signerName%3Dexample.com/other`)).body['items']).toHaveLength(0)
  await ask('PATCH', `${PATH}/e2e`, { metadata: { annotations: { patched: 'true' } } })
  const updated = { ...get('e2e'), spec: { ...get('e2e').spec, usages: ['any'] }, metadata: { ...get('e2e').metadata, annotations: { patched: 'true', updated: 'true' } } }
  expect((await ask('PUT', `${PATH}/e2e`, updated)).code).toBe(200)
  expect([get('e2e').metadata.annotations, get('e2e').spec.usages?.length]).toEqual([{ patched: 'true', updated: 'true' }, 3])

  expect((await ask('GET', `${PATH}/e2e/approval`)).body).toMatchObject({ kind: 'CertificateSigningRequest', metadata: { name: 'e2e' } })
  await ask('PATCH', `${PATH}/e2e/approval`, { metadata: { annotations: { patchedapproval: 'true' } }, ...verdict('ApprovalPatch', { reason: 'e2e' }) })
  expect([get('e2e').status?.conditions?.map((c) => c.type), get('e2e').metadata.annotations?.['patchedapproval']]).toEqual([['ApprovalPatch'], 'true'])
  const approved = structuredClone(get('e2e'))
  approved.status?.conditions?.push({ type: 'Approved', status: 'True', reason: 'E2E', message: 'Set from an e2e test' })
  expect((await ask('PUT', `${PATH}/e2e/approval`, approved)).code).toBe(200)
  expect(get('e2e').status?.conditions?.[1]).toMatchObject({ type: 'Approved', lastUpdateTime: expect.any(String) as string, lastTransitionTime: expect.any(String) as string })

  expect((await ask('GET', `${PATH}/e2e/status`)).code).toBe(200)
  const certificate = Buffer.from(server.ca).toString('base64')
  await ask('PATCH', `${PATH}/e2e/status`, { metadata: { annotations: { patchedstatus: 'true' } }, status: { certificate } })
  expect([get('e2e').status?.certificate, get('e2e').metadata.annotations?.['patchedstatus']]).toEqual([certificate, 'true'])
  const more = structuredClone(get('e2e'))
  more.status?.conditions?.push({ type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from an e2e test' })
  await ask('PUT', `${PATH}/e2e/status`, more)
  expect(get('e2e').status?.conditions).toHaveLength(3)

  expect((await ask('DELETE', `${PATH}/e2e`)).code).toBe(200)
  await asks('f', { name: 'f' }, { signerName: 'example.com/e2e-1' })
  expect((await ask('DELETE', `${PATH}?fieldSelector=spec.signerName%3Dexample.com/e2e-1`)).code).toBe(200)
  expect((await ask('GET', PATH)).body['items']).toEqual([])
  const discovered = (await ask('GET', '/apis/certificates.k8s.io/v1')).body['resources'] as { name: string }[]
  expect(discovered.map((r) => r.name).sort()).toEqual(['certificatesigningrequests', 'certificatesigningrequests/approval', 'certificatesigningrequests/status'])
})

describe('old requests', () => {
  const HOUR = 3_600_000
  const at = (condition: string | undefined, certificate = ''): CertificateSigningRequest => ({
    apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name: 'r', uid: '', resourceVersion: '', creationTimestamp: '2026-01-01T00:00:00Z' }, spec: { request: '', signerName: '' },
    status: { conditions: condition === undefined ? [] : [{ type: condition, status: 'True', lastUpdateTime: '2026-01-01T02:00:00Z' }], ...(certificate === '' ? {} : { certificate }) },
  })
  test.each([
    ['nobody answered', at(undefined), 24 * HOUR], ['denied', at('Denied'), 3 * HOUR], ['failed', at('Failed'), 3 * HOUR], ['issued', at('Approved', 'bm90IG9uZQ=='), 3 * HOUR], ['waits for its signer', at('Approved'), Infinity],
  ])('%s', (_, request, hours) => expect(expiryOf(request) - Date.parse('2026-01-01T00:00:00Z')).toBe(hours))

  test('go by themselves', async () => {
    await asks('waits', { name: 'ann' })
    await asks('issued', { name: 'bob' })
    await approve('issued')
    await settled('issued')
    const names = (): string[] => t.api.list(CertificateSigningRequests).items.map((r) => r.metadata.name)
    await clock.advance(HOUR - 60_000)
    expect(names()).toEqual(['issued', 'waits'])
    await clock.advance(120_000)
    await expect.poll(names).toEqual(['waits'])
    await clock.advance(23 * HOUR)
    await expect.poll(names).toEqual([])
  })
})
