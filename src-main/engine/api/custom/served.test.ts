import { readFileSync } from 'node:fs'
import { request as httpsRequest } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApiServer } from '../api-server.ts'
import { type TestApi, startTestApi } from '../testing/test-api.ts'
import { cronTab, cronTabDefinition } from './testing/crontab.ts'

// Custom kinds as clients meet them: over HTTPS.

let t: TestApi
let server: ApiServer
let identity: { ca: string; cert: Buffer; key: Buffer }
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const CRONTABS = '/apis/stable.example.com/v1/namespaces/default/crontabs'

interface Answer {
  status: number
  headers: Record<string, unknown>
  json: Record<string, unknown> & { message?: string; paths?: Record<string, unknown> }
}

beforeAll(async () => {
  t = await startTestApi()
  server = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0 })
  identity = { ca: server.ca, cert: readFileSync(join(t.dir, 'pki', 'admin.crt')), key: readFileSync(join(t.dir, 'pki', 'admin.key')) }
})
afterAll(async () => {
  await server.stop()
  await t.close()
})

function ask(method: string, path: string, body?: unknown, type = 'application/json', accept = 'application/json'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(`${server.url}${path}`, { method, agent: false, ...identity, headers: { 'Content-Type': type, 'Accept': accept } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, json: JSON.parse(Buffer.concat(chunks).toString() || '{}') as Answer['json'] }))
    })
    request.on('error', reject)
    request.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
  })
}

test('a kind joins discovery, OpenAPI and tables at once, and leaves them', async () => {
  const etag = (await ask('GET', '/openapi/v2')).headers['etag']
  const index = (await ask('GET', '/openapi/v3')).json.paths ?? {}
  expect((await ask('POST', DEFINITIONS, cronTabDefinition())).status).toBe(201)
  expect((await ask('GET', '/apis/stable.example.com')).json).toMatchObject({ preferredVersion: { version: 'v1' } })
  expect((await ask('GET', '/apis/stable.example.com/v1')).json).toMatchObject({ resources: [{ name: 'crontabs' }, { name: 'crontabs/scale' }, { name: 'crontabs/status' }] })
  const v2 = await ask('GET', '/openapi/v2')
  expect(v2.headers['etag']).not.toBe(etag)
  const definition = (v2.json['definitions'] as Record<string, { properties: Record<string, { description?: string; properties: Record<string, object> }> }>)['com.example.stable.v1.CronTab']
  expect(definition?.properties['spec']).toMatchObject({ description: 'What is wanted.', properties: { cron: { type: 'string', description: 'When it runs.' } } })
  expect(definition?.properties['spec']?.properties['port']).not.toHaveProperty('type')
  const after = (await ask('GET', '/openapi/v3')).json.paths ?? {}
  expect(after['apis/apps/v1']).toEqual(index['apis/apps/v1'])
  expect(index).not.toHaveProperty(['apis/stable.example.com/v1'])
  const v3 = (await ask('GET', '/openapi/v3/apis/stable.example.com/v1')).json as unknown as { paths: object; components: { schemas: Record<string, { properties: { spec: { properties: { port: object; image: object } } } }> } }
  expect(v3.components.schemas['com.example.stable.v1.CronTab']?.properties.spec.properties).toMatchObject({ port: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] }, image: { default: 'busybox' } })
  expect(Object.keys(v3.paths)).toContain('/apis/stable.example.com/v1/namespaces/{namespace}/crontabs/{name}/status')

  const made = await ask('POST', CRONTABS, cronTab('a', { nope: 1 }))
  expect([made.status, made.headers['warning']]).toEqual([201, '299 - "unknown field \\"spec.nope\\""'])
  expect(await ask('POST', `${CRONTABS}?fieldValidation=Strict`, cronTab('b', { nope: 1 }))).toMatchObject({ status: 400, json: { message: 'CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: unknown field "spec.nope"' } })
  const twice = '{"apiVersion":"stable.example.com/v1","kind":"CronTab","metadata":{"name":"b"},"spec":{"cron":"* * * * 5","mode":"fast","mode":"slow"}}'
  expect(await ask('POST', `${CRONTABS}?fieldValidation=Strict`, twice)).toMatchObject({ status: 400, json: { message: expect.stringContaining('strict decoding error: duplicate field "spec.mode"') as string } })
  const yaml = 'apiVersion: stable.example.com/v1\nkind: CronTab\nmetadata: {name: b}\nspec:\n  cron: "* * * * 5"\n  mode: fast\n  mode: slow\n'
  expect(await ask('POST', `${CRONTABS}?fieldValidation=Strict`, yaml, 'application/yaml')).toMatchObject({ status: 400, json: { message: expect.stringContaining('strict decoding error: line 7: key "mode" already set in map') as string } })
  const warned = await ask('POST', `${CRONTABS}?dryRun=All`, yaml, 'application/yaml')
  expect([warned.status, warned.headers['warning'], warned.json]).toMatchObject([201, expect.stringContaining('already set in map'), { spec: { mode: 'slow' } }])
  expect(await ask('POST', CRONTABS, cronTab('b', { replicas: 'x' }))).toMatchObject({ status: 422, json: { reason: 'Invalid', details: { group: 'stable.example.com', kind: 'CronTab', causes: [{ field: 'spec.replicas' }] } } })
  expect(await ask('POST', CRONTABS, { ...cronTab('b'), metadata: { name: 'b', labels: { a: 1 } } })).toMatchObject({ status: 400 })
  expect((await ask('GET', CRONTABS, undefined, undefined, 'application/json;as=Table;g=meta.k8s.io;v=v1')).json).toMatchObject({ columnDefinitions: [{ name: 'Name' }, { name: 'Cron' }, { name: 'Replicas', priority: 1 }, { name: 'Ready' }, { name: 'Age', type: 'date' }], rows: [{ cells: ['a', '* * * * 5', 1, null, expect.stringMatching(/^\d+s$/)] }] })
  expect((await ask('GET', CRONTABS)).json).toMatchObject({ kind: 'CronTabList', apiVersion: 'stable.example.com/v1' })
  expect((await ask('PATCH', `${CRONTABS}/a`, {}, 'application/strategic-merge-patch+json')).status).toBe(415)
  expect(await ask('PATCH', `${CRONTABS}/a?fieldManager=m`, 'apiVersion: stable.example.com/v1\nkind: CronTab\nmetadata: {name: a}\nspec: {mode: slow}\n', 'application/apply-patch+yaml')).toMatchObject({ status: 200, json: { spec: { mode: 'slow', image: 'busybox' } } })
  const owned = (await ask('GET', `${CRONTABS}/a`)).json['metadata'] as { managedFields: { manager: string; fieldsV1: object }[] }
  expect(owned.managedFields.find(({ manager }) => manager === 'm')?.fieldsV1).toEqual({ 'f:spec': { 'f:mode': {} } })
  expect(await ask('PUT', `${CRONTABS}/a/scale`, { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'a' }, spec: { replicas: 3 } })).toMatchObject({ status: 200, json: { spec: { replicas: 3 } } })
  expect((await ask('GET', `${CRONTABS}/a/nope`)).status).toBe(404)

  await ask('DELETE', `${CRONTABS}/a`)
  await ask('DELETE', `${DEFINITIONS}/crontabs.stable.example.com`)
  expect(await ask('POST', CRONTABS, cronTab('late'))).toMatchObject({ status: 405 })
  expect((await ask('PATCH', `${DEFINITIONS}/crontabs.stable.example.com`, { metadata: { finalizers: null } }, 'application/merge-patch+json')).status).toBe(200)
  expect((await ask('GET', '/apis/stable.example.com/v1')).status).toBe(404)
  expect((await ask('GET', CRONTABS)).status).toBe(404)
  expect((await ask('GET', '/openapi/v3')).json.paths).not.toHaveProperty(['apis/stable.example.com/v1'])
  expect((await ask('GET', '/openapi/v2')).headers['etag']).toBe(etag)
})

test('of a kind that takes anything, v2 says nothing; of all others, what they are in the words of those that are built in', async () => {
  const open = cronTabDefinition({}, { versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { 'type': 'object', 'description': 'Open.', 'x-kubernetes-preserve-unknown-fields': true } } }] })
  await ask('POST', DEFINITIONS, open)
  const { 'x-kubernetes-group-version-kind': _gvk, ...definition } = ((await ask('GET', '/openapi/v2')).json['definitions'] as Record<string, Record<string, unknown>>)['com.example.stable.v1.CronTab'] ?? {}
  expect(definition).toEqual({ type: 'object' })
  const { components } = (await ask('GET', '/openapi/v3/apis/stable.example.com/v1')).json as unknown as { components: { schemas: Record<string, { description?: string; properties: Record<string, { description?: string }> }> } }
  const { description, properties } = components.schemas['com.example.stable.v1.CronTab'] ?? { properties: {} }
  expect([description, properties['metadata']?.description, properties['kind']?.description]).toEqual(['Open.', expect.stringMatching(/^Standard object's metadata\. More info/), expect.stringContaining('Servers may infer this')])
  await ask('DELETE', `${DEFINITIONS}/crontabs.stable.example.com`)
  await ask('PATCH', `${DEFINITIONS}/crontabs.stable.example.com`, { metadata: { finalizers: null } }, 'application/merge-patch+json')
})

test('two kinds of one group and version, one of them gone: the other stays', async () => {
  const other = cronTabDefinition({}, { names: { plural: 'waldos', kind: 'Waldo' } })
  other['metadata'] = { name: 'waldos.stable.example.com' }
  for (const definition of [cronTabDefinition(), other]) expect((await ask('POST', DEFINITIONS, definition)).status).toBe(201)
  const schemas = async (): Promise<string[]> => Object.keys(((await ask('GET', '/openapi/v3/apis/stable.example.com/v1')).json['components'] as { schemas: object }).schemas).filter((name) => name.startsWith('com.example'))
  expect(await schemas()).toEqual(['com.example.stable.v1.CronTab', 'com.example.stable.v1.CronTabList', 'com.example.stable.v1.Waldo', 'com.example.stable.v1.WaldoList'])
  const renamed = structuredClone((await ask('GET', `${DEFINITIONS}/waldos.stable.example.com`)).json) as unknown as { spec: { versions: { name: string; served: boolean; storage: boolean }[] } }
  renamed.spec.versions = [{ ...(renamed.spec.versions[0] as { name: string; served: boolean; storage: boolean }), served: false }, { ...(renamed.spec.versions[0] as { name: string; served: boolean; storage: boolean }), name: 'v2', storage: false }]
  expect((await ask('PUT', `${DEFINITIONS}/waldos.stable.example.com`, renamed)).status).toBe(200)
  expect(await schemas()).toEqual(['com.example.stable.v1.CronTab', 'com.example.stable.v1.CronTabList'])
  expect((await ask('GET', '/apis/stable.example.com')).json).toMatchObject({ preferredVersion: { version: 'v2' }, versions: [{ version: 'v2' }, { version: 'v1' }] })
})
