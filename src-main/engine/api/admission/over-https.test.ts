import { request as httpsRequest } from 'node:https'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Pods, ValidatingAdmissionPolicies, ValidatingAdmissionPolicyBindings, ValidatingWebhookConfigurations } from '../../../common/kube/kinds.ts'
import { ApiServer } from '../api-server.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'
import { type WebhookServer, startWebhook } from './testing/webhook-server.ts'

// What a client over HTTPS gets of admission: refusals as they are, warnings in headers, connections that are not made.

let t: TestApi
let hook: WebhookServer
let server: ApiServer
let upgraded: string[]
beforeAll(async () => {
  t = await startTestApi()
  hook = await startWebhook(t.dir)
  upgraded = []
  server = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0, upgrade: (_, socket, __, stream) => {
    upgraded.push(stream.type)
    socket.end('HTTP/1.1 418 Enough\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
  } })
})
afterAll(async () => {
  await server.stop()
  await hook.close()
  await t.close()
})

interface Answer {
  readonly code: number
  readonly warning: string
  readonly body: { message?: string; reason?: string; code?: number }
}

function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
  const pki = join(t.dir, 'pki')
  const identity = { ca: server.ca, cert: readFileSync(join(pki, 'admin.crt')), key: readFileSync(join(pki, 'admin.key')) }
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(`${server.url}${path}`, { method, agent: false, ...identity, headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ code: response.statusCode ?? 0, warning: String(response.headers['warning'] ?? ''), body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] })
      })
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}
const configMap = (name: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'

test('a webhook\'s words and code are the answer\'s, its warnings are headers', async () => {
  hook.on('/hook', ({ object, operation }) => (operation === 'CONNECT' || object?.metadata.name === 'bad' ? { allowed: false, status: { message: 'not so', code: 451, reason: 'NotSo' } } : { allowed: true, warnings: ['mind the step'] }))
  await t.api.create(ValidatingWebhookConfigurations, '', { metadata: { name: 'v' }, webhooks: [{
    name: 'hook.example.com', admissionReviewVersions: ['v1'], sideEffects: 'None', clientConfig: hook.clientConfig('/hook'),
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }, { apiGroups: [''], apiVersions: ['v1'], operations: ['CONNECT'], resources: ['pods/exec'] }],
  }] }, AS_TESTER)
  expect(await ask('POST', CONFIG_MAPS, configMap('bad'))).toMatchObject({ code: 451, body: { kind: 'Status', status: 'Failure', code: 451, reason: 'NotSo', message: 'admission webhook "hook.example.com" denied the request: not so' } })
  expect(await ask('POST', CONFIG_MAPS, configMap('good'))).toMatchObject({ code: 201, warning: '299 - "mind the step"' })
})

test('an exec is not made where a webhook forbids it; an attach that nobody minds is', async () => {
  await t.api.create(Pods, 'default', { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } }, AS_TESTER)
  const upgrade = { connection: 'Upgrade', upgrade: 'SPDY/3.1' }
  const pod = '/api/v1/namespaces/default/pods/p'
  expect(await ask('POST', `${pod}/exec?command=ls&stdout=true`, undefined, upgrade)).toMatchObject({ code: 451, body: { message: 'admission webhook "hook.example.com" denied the request: not so' } })
  expect(hook.asked.at(-1)).toMatchObject({ operation: 'CONNECT', subResource: 'exec', name: 'p', namespace: 'default', kind: { kind: 'PodExecOptions' }, object: { kind: 'PodExecOptions', command: ['ls'], stdout: true, container: 'c' } })
  expect((await ask('POST', `${pod}/attach?stdout=true`, undefined, upgrade)).code).toBe(418)
  expect(upgraded).toEqual(['attach'])
})

test('a policy that warns lets through', async () => {
  await t.api.create(ValidatingAdmissionPolicies, '', { metadata: { name: 'p' }, spec: { matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] }] }, validations: [{ expression: 'has(object.data)', message: 'empty' }] } }, AS_TESTER)
  await t.api.create(ValidatingAdmissionPolicyBindings, '', { metadata: { name: 'b' }, spec: { policyName: 'p', validationActions: ['Warn'] } }, AS_TESTER)
  expect(await ask('POST', '/api/v1/namespaces/default/secrets', { metadata: { name: 's' } })).toMatchObject({ code: 201, warning: `299 - "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': empty"` })
})
