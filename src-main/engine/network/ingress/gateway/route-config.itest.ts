import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HTTPRoute, HTTPRouteRule } from '../../../../common/kube/generated/gateway-networking-v1.ts'
import { compileProxy } from '../haproxy-config.ts'
import { ingressModel } from '../ingress-model.ts'
import { ingress, input, path } from '../testing/ingress-objects.ts'
import { freePort } from '../testing/free-port.ts'
import { gatewayInput, httpRoute } from '../testing/gateway-objects.ts'
import { gatewayModel } from './gateway-model.ts'

// The real HAProxy on loopback, its configuration compiled from routes, before three servers that tell what they were asked.
const PODS = { a: ['10.0.9.2'], b: ['10.0.9.3'], c: ['10.0.9.4'] }
let dir: string
let haproxy: ChildProcess
let port: number
const servers: Server[] = []

const to = (name: string, weight = 1): NonNullable<HTTPRouteRule['backendRefs']>[number] => ({ name, port: 80, weight })
const prefix = (value: string): { type: 'PathPrefix'; value: string } => ({ type: 'PathPrefix', value })
const routes: HTTPRoute[] = [
  httpRoute('shop', { hostnames: ['shop.example'], rules: [
    { matches: [{ path: prefix('/') }], backendRefs: [to('a')] },
    { matches: [{ path: prefix('/api') }], backendRefs: [to('b')] },
    { matches: [{ path: { type: 'Exact', value: '/api/exact' } }], backendRefs: [to('c')] },
    { matches: [{ path: prefix('/api'), method: 'POST' }], backendRefs: [to('c')] },
    { matches: [{ path: prefix('/'), headers: [{ name: 'X-Canary', value: "it's 100% \"yes\" {x}" }] }], backendRefs: [to('b')] },
    { matches: [{ path: prefix('/'), headers: [{ name: 'X-Canary', value: 'two' }, { name: 'X-Other', value: 'a,b' }] }], backendRefs: [to('c')] },
    { matches: [{ path: prefix('/q'), queryParams: [{ name: 'version', value: 'a b' }] }], backendRefs: [to('c')] },
    { matches: [{ path: prefix('/headers') }], filters: [
      { type: 'RequestHeaderModifier', requestHeaderModifier: { set: [{ name: 'X-Set', value: "50% 'off' %[src]" }], add: [{ name: 'X-Add', value: 'more' }], remove: ['X-Gone'] } },
      { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'X-Answer', value: '"42" # $HOME' }], remove: ['X-Server'] } },
    ], backendRefs: [to('a')] },
    { matches: [{ path: prefix('/old') }], filters: [{ type: 'URLRewrite', urlRewrite: { hostname: 'inner.example', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/old/new' } } }], backendRefs: [to('a')] },
    { matches: [{ path: prefix('/strip/') }], filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } } }], backendRefs: [to('a')] },
    { matches: [{ path: prefix('/full') }], filters: [{ type: 'URLRewrite', urlRewrite: { path: { type: 'ReplaceFullPath', replaceFullPath: '/one' } } }], backendRefs: [to('a')] },
  ] }),
  httpRoute('moved', { hostnames: ['moved.example'], rules: [
    { matches: [{ path: prefix('/') }], filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https', statusCode: 301 } }] },
    { matches: [{ path: prefix('/host') }], filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'new.example', port: 8080, statusCode: 302 } }] },
    { matches: [{ path: prefix('/a') }], filters: [{ type: 'RequestRedirect', requestRedirect: { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/b' }, statusCode: 308 } }] },
  ] }),
  httpRoute('wild', { hostnames: ['*.wild.example', 'exact.wild.example'], rules: [{ backendRefs: [to('a')] }] }),
  httpRoute('narrow', { hostnames: ['*.more.wild.example'], rules: [{ matches: [{ path: prefix('/narrow') }], backendRefs: [to('b')] }] }),
  httpRoute('weights', { hostnames: ['weights.example'], rules: [{ backendRefs: [to('a', 3), to('b', 1), to('c', 0)] }] }),
  httpRoute('half', { hostnames: ['half.example'], rules: [{ backendRefs: [to('a'), to('nobody')] }] }),
  httpRoute('none', { hostnames: ['none.example'], rules: [{ backendRefs: [to('nobody')] }, { matches: [{ path: prefix('/zero') }], backendRefs: [to('a', 0)] }, { matches: [{ path: prefix('/mirror') }], filters: [{ type: 'RequestMirror', requestMirror: { backendRef: { name: 'b', port: 80 } } }], backendRefs: [to('a')] }] }),
]

beforeAll(async () => {
  const [first] = await Promise.all(Object.keys(PODS).map((name) => new Promise<Server>((resolve) => {
    const server = createServer((req, res) => {
      res.setHeader('X-Server', name)
      res.end(JSON.stringify({ name, url: req.url, headers: req.headers }))
    })
    servers.push(server)
    server.listen(0, '127.0.0.1', () => resolve(server))
  })))
  expect(first).toBeDefined()
  const gateways = gatewayModel(gatewayInput({ routes }, PODS))
  const { model } = ingressModel(input([ingress('both', { rules: [{ host: 'shop.example', http: { paths: [path('a', '/api', 'Exact')] } }, { host: 'old.example', http: { paths: [path('c')] } }] })], PODS, { gateways }))
  dir = await mkdtemp(join(tmpdir(), 'toque-proxy-'))
  const { files } = compileProxy(model, [80])
  port = await freePort()
  for (const [name, text] of files) {
    const ports = new Map(Object.values(PODS).map(([ip], i) => [ip, (servers[i]?.address() as AddressInfo).port]))
    const here = name !== 'haproxy.cfg' ? text : text.replace('bind *:80', `bind 127.0.0.1:${String(port)}`).replace(/^ {2}(user|group|stats socket|default-path) .*\n/gm, '').replace(/(server \S+ )(10\.0\.9\.[234]):\d+/g, (_, head: string, ip: string) => `${head}127.0.0.1:${String(ports.get(ip))}`)
    await writeFile(join(dir, name), here)
  }
  haproxy = spawn('haproxy', ['-db', '-f', 'haproxy.cfg'], { cwd: dir, stdio: 'inherit' })
  for (let up = false; !up;) {
    if (haproxy.exitCode !== null) throw new Error('HAProxy does not take the configuration')
    up = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => { socket.end(); resolve(true) })
      socket.once('error', () => setTimeout(() => resolve(false), 20))
    })
  }
})

afterAll(async () => {
  if (haproxy?.exitCode === null) {
    haproxy.kill('SIGKILL')
    await once(haproxy, 'exit')
  }
  for (const server of servers) server.close()
  await rm(dir, { recursive: true, force: true })
})

interface Told { code: number; headers: NodeJS.Dict<string | string[]>; name: string; url: string; asked: NodeJS.Dict<string> }
function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Told> {
  const { host, pathname, search } = new URL(url)
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: pathname + search, method, headers: { host, ...headers } }, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += chunk.toString())).once('end', () => {
        const told = (text.startsWith('{') ? JSON.parse(text) : {}) as { name?: string; url?: string; headers?: NodeJS.Dict<string> }
        resolve({ code: answer.statusCode ?? 0, headers: answer.headers, name: told.name ?? '', url: told.url ?? '', asked: told.headers ?? {} })
      })
    }).once('error', reject).end()
  })
}

describe('which rule a request meets', () => {
  test.each<[string, Record<string, string>, string, string]>([
    ['http://shop.example/', {}, 'GET', 'a'], ['http://shop.example/api', {}, 'GET', 'b'], ['http://shop.example/api/', {}, 'GET', 'b'], ['http://shop.example/apish', {}, 'GET', 'a'],
    ['http://shop.example/api/exact', {}, 'GET', 'c'], ['http://shop.example/api/exact/', {}, 'GET', 'b'], ['http://shop.example/api/x', {}, 'POST', 'c'], ['http://SHOP.example:80/api/x', {}, 'GET', 'b'],
    ['http://shop.example/', { 'x-canary': "it's 100% \"yes\" {x}" }, 'GET', 'b'], ['http://shop.example/', { 'x-canary': 'yes' }, 'GET', 'a'], ['http://shop.example/', { 'X-CANARY': 'two', 'x-other': 'a,b' }, 'GET', 'c'], ['http://shop.example/', { 'x-canary': 'two' }, 'GET', 'a'],
    ['http://shop.example/q?x=1&version=a%20b', {}, 'GET', 'c'], ['http://shop.example/q?version=a', {}, 'GET', 'a'],
    ['http://x.wild.example/', {}, 'GET', 'a'], ['http://x.y.wild.example/', {}, 'GET', 'a'], ['http://exact.wild.example/', {}, 'GET', 'a'], ['http://wild.example/', {}, 'GET', ''],
    // The narrower host has no rule for the path: the wider one serves.
    ['http://x.more.wild.example/narrow', {}, 'GET', 'b'], ['http://x.more.wild.example/other', {}, 'GET', 'a'],
    ['http://old.example/', {}, 'GET', 'c'], ['http://nobody.example/', {}, 'GET', ''],
  ])('%s %j %s: %s', async (url, headers, method, wanted) => {
    const { name, code } = await ask(url, headers, method)
    expect([name, code]).toEqual([wanted, wanted === '' ? 404 : 200])
  })
})

describe('filters', () => {
  test('headers are set, added and removed, whatever is in their values', async () => {
    const { asked, headers } = await ask('http://shop.example/headers', { 'x-set': 'old', 'x-add': 'one', 'x-gone': 'x' })
    expect([asked['x-set'], asked['x-add'], asked['x-gone'], headers['x-answer'], headers['x-server']]).toEqual(["50% 'off' %[src]", 'one, more', undefined, '"42" # $HOME', undefined])
  })

  test.each([
    ['/old', '/old/new'], ['/old/', '/old/new/'], ['/old/x?y=1', '/old/new/x?y=1'], ['/strip', '/'], ['/strip/', '/'], ['/strip/strip', '/strip'], ['/strip/x/y?z', '/x/y?z'], ['/full/x?y=1', '/one?y=1'],
  ])('%s is asked of the pod as %s', async (at, wanted) => {
    const { url, asked } = await ask(`http://shop.example${at}`)
    expect(url).toBe(wanted)
    expect(asked['host']).toBe(at.startsWith('/old') ? 'inner.example' : 'shop.example')
  })

  test.each([
    ['/x?y=1', 301, 'https://moved.example/x?y=1'], ['/host/x', 302, 'http://new.example:8080/host/x'], ['/a/x?y', 308, 'http://moved.example/b/x?y'], ['/a', 308, 'http://moved.example/b'],
  ])('%s: %i to %s', async (at, code, location) => {
    const answer = await ask(`http://moved.example${at}`)
    expect([answer.code, answer.headers['location']]).toEqual([code, location])
  })
})

test('weights are shares of the requests; what is not there gets its share as 500', async () => {
  const count = async (url: string): Promise<Record<string, number>> => {
    const counted: Record<string, number> = {}
    for (let i = 0; i < 400; i++) {
      const { name, code } = await ask(url)
      counted[name === '' ? String(code) : name] = (counted[name === '' ? String(code) : name] ?? 0) + 1
    }
    return counted
  }
  const { a = 0, b = 0, ...others } = await count('http://weights.example/')
  expect([a + b, others]).toEqual([400, {}])
  expect(Math.abs(a - 300)).toBeLessThanOrEqual(3)
  const half = await count('http://half.example/')
  // By chance: far outside of it is one in a million.
  expect(Object.keys(half).sort()).toEqual(['500', 'a'])
  expect(Math.abs((half['a'] ?? 0) - 200)).toBeLessThan(50)
})

test.each(['/', '/zero', '/mirror'])('a rule with nobody to send to, or that is not understood, is answered with 500: %s', async (at) => expect((await ask(`http://none.example${at}`)).code).toBe(500))
