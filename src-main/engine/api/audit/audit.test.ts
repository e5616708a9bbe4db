import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ServiceAccounts } from '../../../common/kube/kinds.ts'
import { ApiServer } from '../api-server.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'
import type { AuditEvent } from './event.ts'

// Over HTTPS, on the file as it is after the server has stopped.

let t: TestApi
let server: ApiServer
beforeEach(async () => {
  t = await startTestApi()
  await start()
})
afterEach(async () => {
  await server.stop()
  await t.close()
})

async function start(policy?: string): Promise<void> {
  if (policy !== undefined) writeFileSync(join(t.dir, 'audit-policy.yaml'), policy)
  server = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0, upgrade: (_request, socket) => void socket.resume().end('HTTP/1.1 101 Switching Protocols\r\n\r\n') })
}
async function withPolicy(rules: string, top = ''): Promise<void> {
  await server.stop()
  await start(`apiVersion: audit.k8s.io/v1\nkind: Policy\n${top}rules:\n${rules}\n`)
}
const log = (): string => join(t.dir, 'audit', 'audit.log')
/** What is written, once the server has stopped. */
async function events(): Promise<AuditEvent[]> {
  await server.stop()
  const found = existsSync(log()) ? readFileSync(log(), 'utf8').split('\n').slice(0, -1).map((line) => JSON.parse(line) as AuditEvent) : []
  rmSync(log(), { force: true })
  await start()
  return found
}

interface Asked { code: number; auditId: string; text: string }
function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const known = headers['authorization'] === undefined ? { cert: readFileSync(join(t.dir, 'pki', 'admin.crt')), key: readFileSync(join(t.dir, 'pki', 'admin.key')) } : {}
    const request = httpsRequest(`${server.url}${path}`, { method, agent: false, ca: server.ca, ...known, headers: { 'content-type': 'application/json', 'user-agent': 'kubectl/v1.32', ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ code: response.statusCode ?? 0, auditId: String(response.headers['audit-id']), text: Buffer.concat(chunks).toString() }))
    })
    request.on('upgrade', (response, socket) => {
      socket.destroy()
      resolve({ code: response.statusCode ?? 0, auditId: '', text: '' })
    })
    request.on('error', reject)
    request.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
const MAPS = '/api/v1/namespaces/default/configmaps'
const map = (name: string, value = 'b'): object => ({ metadata: { name }, data: { a: value } })

describe('without a policy', () => {
  test('a change says who, from where, what, which one and how it ended; a read says nothing', async () => {
    const { auditId } = await ask('POST', MAPS, map('one'))
    const { uid, resourceVersion } = t.api.get({ group: '', version: 'v1', plural: 'configmaps' }, 'default', 'one').metadata
    await ask('GET', MAPS)
    await ask('PATCH', `${MAPS}/one`, { data: { a: 'c' } }, { 'content-type': 'application/merge-patch+json' })
    await ask('DELETE', `${MAPS}/one`)
    const found = await events()
    expect(found.map((event) => [event.verb, event.stage, event.level, event.responseStatus?.code])).toEqual([['create', 'ResponseComplete', 'Metadata', 201], ['patch', 'ResponseComplete', 'Metadata', 200], ['delete', 'ResponseComplete', 'Metadata', 200]])
    expect(found[0]).toEqual({
      kind: 'Event', apiVersion: 'audit.k8s.io/v1', level: 'Metadata', auditID: auditId, stage: 'ResponseComplete', requestURI: MAPS, verb: 'create',
      user: { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] }, sourceIPs: ['127.0.0.1'], userAgent: 'kubectl/v1.32',
      objectRef: { resource: 'configmaps', apiVersion: 'v1', namespace: 'default', name: 'one', uid, resourceVersion }, responseStatus: { metadata: {}, code: 201 },
      requestReceivedTimestamp: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/) as string, stageTimestamp: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/) as string,
      annotations: { 'authorization.k8s.io/decision': 'allow' },
    })
  })

  test('refusals are written whatever they ask for: of who has no right, as whom they asked, and of who is unknown', async () => {
    await ask('GET', MAPS, undefined, { 'impersonate-user': 'eve' })
    await ask('GET', '/api/v1/nodes', undefined, { authorization: 'Bearer no-such-token' })
    const [forbidden, unknown, ...more] = await events()
    expect(forbidden).toMatchObject({
      verb: 'list', user: { username: 'kubernetes-admin' }, impersonatedUser: { username: 'eve', groups: ['system:authenticated'] }, annotations: { 'authorization.k8s.io/decision': 'forbid' },
      responseStatus: { code: 403, status: 'Failure', reason: 'Forbidden', message: expect.stringContaining('User "eve" cannot list resource "configmaps"') as string },
    })
    expect(unknown).toMatchObject({ verb: 'list', user: { username: 'system:anonymous' }, responseStatus: { code: 401, reason: 'Unauthorized' } })
    expect(JSON.stringify(unknown)).not.toContain('no-such-token')
    expect(more).toEqual([])
  })

  test('a change that fails is written with why, and one by a role with which', async () => {
    await ask('POST', MAPS, { ...map('Not A Name') })
    await ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } })
    expect((await events()).map((event) => [event.responseStatus?.code, event.responseStatus?.reason])).toEqual([[422, 'Invalid']])
  })

  test('who goes into a container is written, when they come and when they leave', async () => {
    await ask('POST', '/api/v1/namespaces/default/pods', { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } })
    await ask('GET', '/api/v1/namespaces/default/pods/p/exec?command=sh', undefined, { connection: 'Upgrade', upgrade: 'SPDY/3.1' })
    expect((await events()).slice(1).map((event) => [event.verb, event.objectRef?.subresource, event.objectRef?.name, event.stage, event.responseStatus?.code])).toEqual([['get', 'exec', 'p', 'ResponseStarted', 101], ['get', 'exec', 'p', 'ResponseComplete', 101]])
  })
})

describe('with a policy', () => {
  test('bodies are written as it says, without managed fields where it says so', async () => {
    await withPolicy('- level: RequestResponse\n  resources: [{group: "", resources: [configmaps]}]\n  omitManagedFields: true\n- level: Request\n  resources: [{group: "", resources: [services]}]\n')
    await ask('PATCH', `${MAPS}/applied?fieldManager=me`, { apiVersion: 'v1', kind: 'ConfigMap', ...map('applied') }, { 'content-type': 'application/apply-patch+yaml' })
    await ask('POST', '/api/v1/namespaces/default/services', { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } })
    await ask('POST', '/api/v1/namespaces/default/pods', {})
    const found = await events()
    expect(found.map((event) => [event.stage, event.objectRef?.resource])).toEqual([['RequestReceived', 'configmaps'], ['ResponseComplete', 'configmaps'], ['RequestReceived', 'services'], ['ResponseComplete', 'services']])
    expect(found[1]).toMatchObject({ level: 'RequestResponse', requestObject: { data: { a: 'b' } }, responseObject: { kind: 'ConfigMap', metadata: { name: 'applied' }, data: { a: 'b' } } })
    expect(JSON.stringify(found[1])).not.toContain('managedFields')
    expect([found[3]?.requestObject, found[3]?.responseObject]).toEqual([{ metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } }, undefined])
  })

  test('which asks for everything, no Secret and no token is in the log, and no endless body', async () => {
    await withPolicy('- level: RequestResponse\n')
    await t.api.create(ServiceAccounts, 'default', { metadata: { name: 'robot' } }, AS_TESTER)
    await ask('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 's' }, stringData: { password: 'hunter2-hunter2' } })
    await ask('GET', '/api/v1/namespaces/default/secrets/s')
    await ask('GET', '/api/v1/namespaces/default/secrets')
    const { text } = await ask('POST', '/api/v1/namespaces/default/serviceaccounts/robot/token', { spec: {} })
    const { token } = (JSON.parse(text) as { status: { token: string } }).status
    await ask('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } })
    await ask('GET', '/api/v1/namespaces/default/configmaps', undefined, { authorization: `Bearer ${token}` })
    await ask('POST', MAPS, map('big', 'x'.repeat(300_000)))
    const found = await events()
    const all = JSON.stringify(found)
    for (const secret of ['hunter2', Buffer.from('hunter2-hunter2').toString('base64'), token, token.split('.')[1] ?? '']) expect(all).not.toContain(secret)
    expect(found.some((event) => event.user.username === 'system:serviceaccount:default:robot')).toBe(true)
    expect(found.find((event) => event.objectRef?.name === 'big')).toMatchObject({ annotations: { 'audit.k8s.io/truncated': 'true' }, responseStatus: { code: 201 } })
    expect(all).not.toContain('xxxx')
  })

  test('a watch is written when it begins and when it ends', async () => {
    await withPolicy('- level: Metadata\n  verbs: [watch]\n', 'omitStages: [RequestReceived]\n')
    await ask('GET', `${MAPS}?watch=1&timeoutSeconds=1`)
    expect((await events()).map((event) => [event.verb, event.stage])).toEqual([['watch', 'ResponseStarted'], ['watch', 'ResponseComplete']])
  })

  test('of nothing there is no log, and a wrong one is told and leaves the default', async () => {
    await withPolicy('- level: None\n')
    await ask('POST', MAPS, map('one'))
    expect(await events()).toEqual([])
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    await withPolicy('- level: Everything\n')
    expect(said.mock.calls.flat().join()).toMatch(/audit-policy\.yaml is not used, the default one is: rules\[0\]\.level: Unsupported value: "Everything"/)
    await ask('POST', MAPS, map('two'))
    expect(await events()).toHaveLength(1)
    said.mockRestore()
  })
})

test('a request for what is no path is refused, and the server goes on', async () => {
  const code = await new Promise<number>((resolve, reject) => {
    const { port } = new URL(server.url)
    httpsRequest({ host: '127.0.0.1', port, path: '*', method: 'POST', agent: false, ca: server.ca }, (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject).end()
  })
  expect([code, (await ask('GET', MAPS)).code, (await events()).map((event) => [event.requestURI, event.responseStatus?.code])]).toEqual([400, 200, [['*', 400]]])
})

test('a request that is too long, or breaks off, is written all the same', async () => {
  await ask('POST', MAPS, map('big', 'x'.repeat(4 * 1024 * 1024))).catch(() => undefined)
  await new Promise<void>((resolve) => {
    const request = httpsRequest(`${server.url}${MAPS}`, { method: 'POST', agent: false, ca: server.ca, cert: readFileSync(join(t.dir, 'pki', 'admin.crt')), key: readFileSync(join(t.dir, 'pki', 'admin.key')), headers: { 'content-length': '100' } })
    request.on('error', () => resolve()).write('{')
    request.on('socket', (socket) => socket.on('secureConnect', () => setTimeout(() => request.destroy(), 50)))
  })
  const found = await events()
  // Nobody hears what the second one is answered.
  expect(found.map((event) => [event.verb, event.responseStatus?.code, event.responseStatus?.reason, event.sourceIPs])).toEqual([['create', 413, 'RequestEntityTooLarge', ['127.0.0.1']], ['create', 0, undefined, ['127.0.0.1']]])
})
