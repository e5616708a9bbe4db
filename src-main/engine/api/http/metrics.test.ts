import { readFileSync } from 'node:fs'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { request } from 'node:https'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TELEMETRY } from '../../../common/telemetry.ts'
import type { RequestTold } from '../../../common/telemetry.ts'
import { ApiServer } from '../api-server.ts'
import { startTestApi } from '../testing/test-api.ts'
import type { TestApi } from '../testing/test-api.ts'
import { requestOf } from './telling.ts'

let t: TestApi
let server: ApiServer
let token: string
beforeAll(async () => {
  t = await startTestApi()
  const pieces = Array.from({ length: 2000 }, (_, i) => `up{i="${String(i)}"} 1\n`)
  server = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0, metrics: { page: (path) => (path === '/metrics' ? Promise.resolve({ contentType: 'text/plain', pieces }) : undefined) } })
  token = readFileSync(join(t.dir, 'pki/admin.token'), 'utf8')
})
afterAll(async () => {
  await server.stop()
  await t.close()
})

function ask(path: string, { method = 'GET', headers = {} as Record<string, string>, anonymous = false } = {}): Promise<{ status: number; type: string; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${server.url}${path}`, { method, ca: server.ca, agent: false, headers: { ...(anonymous ? {} : { authorization: `Bearer ${token}` }), ...headers } }, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, type: answer.headers['content-type'] ?? '', body: Buffer.concat(chunks) }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

describe('/metrics', () => {
  test('is for those that have a name, as everything', async () => {
    expect((await ask('/metrics', { anonymous: true })).status).toBe(401)
    expect((await ask('/metrics', { headers: { authorization: 'Bearer wrong' }, anonymous: true })).status).toBe(401)
    const { status, type, body } = await ask('/metrics')
    expect([status, type, body.toString().split('\n').length]).toEqual([200, 'text/plain', 2001])
  })

  test('comes zipped to whoever takes that; is only read; other pages are not there', async () => {
    expect(gunzipSync((await ask('/metrics', { headers: { 'accept-encoding': 'gzip' } })).body).toString()).toContain('up{i="1999"} 1\n')
    expect((await ask('/metrics', { method: 'POST' })).status).toBe(405)
    expect((await ask('/metrics/nothing')).status).toBe(404)
  })
})

describe('what is told of requests', () => {
  test.each([
    ['GET', '/api/v1/namespaces/default/pods', 'list pods '], ['GET', '/api/v1/pods?watch=true', 'watch pods  long'], ['GET', '/api/v1/namespaces/default/pods/a', 'get pods '],
    ['GET', '/api/v1/namespaces/default/pods/a/log?follow=1', 'get pods log long'], ['GET', '/api/v1/namespaces/default/pods/a/exec?command=x', 'connect pods exec long'], ['DELETE', '/api/v1/nodes', 'deletecollection nodes '],
    ['PATCH', '/apis/apps/v1/namespaces/a/deployments/b/scale', 'patch deployments scale'], ['POST', '/api/v1/namespaces/a/configmaps', 'create configmaps '],
    ['GET', '/apis/made.up/v1/anything', 'get  '], ['GET', '/metrics', 'get  '], ['INVENTED', '/x', 'other  '], ['GET', '/api/v1/namespaces/default/pods/a/made-up', 'get pods other'],
  ])('%s %s is %j', (method, path, wanted) => {
    const { verb, resource, subresource, longRunning } = requestOf(t.api.registry, method, path, '')
    expect(`${verb} ${resource} ${subresource}${longRunning ? ' long' : ''}`).toBe(wanted)
  })

  test('each request is told at its begin and with how it ended', async () => {
    const heard: RequestTold[] = []
    const listener = (told: unknown): void => void heard.push(told as RequestTold)
    subscribe(TELEMETRY.request, listener)
    await ask('/api/v1/namespaces/default/pods/none')
    await expect.poll(() => heard.length).toBe(2)
    unsubscribe(TELEMETRY.request, listener)
    expect(heard.map((h) => [h.verb, h.resource, h.ended?.code])).toEqual([['get', 'pods', undefined], ['get', 'pods', 404]])
  })
})
