import { expect, test } from 'vitest'
import type { Pod, Secret } from '../../../common/kube/generated/core-v1.ts'
import { keyringEntries, matching, registryOf } from './keyring.ts'
import { pullSecrets } from './pull-secrets.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const config = (auths: object): Map<string, Uint8Array> => new Map([['.dockerconfigjson', Buffer.from(JSON.stringify({ auths }))]])
const tried = (servers: string[], image: string): string[] => matching(keyringEntries(config(Object.fromEntries(servers.map((server) => [server, { username: server, password: 'x' }])))) ?? [], image).map(({ auth }) => auth.username)

test.each<[string, string[], string, string[]]>([
  ['the host', ['reg.example'], 'reg.example/app:1', ['reg.example']],
  ['another host', ['reg.example'], 'reg.example.org/app', []],
  ['a scheme and an API version do not matter', ['https://reg.example/v2/'], 'reg.example/app', ['https://reg.example/v2/']],
  ['the port is the same', ['reg.example:5000'], 'reg.example:5000/app', ['reg.example:5000']],
  ['no port is not any port', ['reg.example'], 'reg.example:5000/app', []],
  ['a port is not none', ['reg.example:5000'], 'reg.example/app', []],
  ['a glob stands for one part of the host', ['*.example.com'], 'ghcr.example.com/app', ['*.example.com']],
  ['and not for two', ['*.example.com'], 'a.b.example.com/app', []],
  ['nor for none', ['*.example.com'], 'example.com/app', []],
  ['a glob inside of a part', ['reg*.example.com'], 'reg-1.example.com/app', ['reg*.example.com']],
  ['a glob with a port', ['*.example.com:5000'], 'x.example.com:5000/app', ['*.example.com:5000']],
  ['a dot is a dot', ['reg.example'], 'regxexample/app', []],
  ['a path', ['reg.example/team'], 'reg.example/team/app', ['reg.example/team']],
  ['another path', ['reg.example/team'], 'reg.example/other/app', []],
  ['the longer path first', ['reg.example', 'reg.example/team', 'reg.example/team/app'], 'reg.example/team/app:1', ['reg.example/team/app', 'reg.example/team', 'reg.example']],
  ['by digest', ['reg.example/team'], 'reg.example/team/app@sha256:aa', ['reg.example/team']],
  ['Docker Hub by its old name', ['https://index.docker.io/v1/'], 'nginx', ['https://index.docker.io/v1/']],
  ['Docker Hub by its short name', ['docker.io'], 'me/app:1', ['docker.io']],
  ['Docker Hub, named in the image', ['https://index.docker.io/v1/'], 'docker.io/me/app', ['https://index.docker.io/v1/']],
  ['Docker Hub is not everywhere', ['https://index.docker.io/v1/'], 'reg.example/app', []],
  ['nor another one Docker Hub', ['reg.example'], 'nginx', []],
  ['localhost is a registry', ['localhost'], 'localhost/app', ['localhost']],
  ['an address with a port', ['127.0.0.1:5000'], '127.0.0.1:5000/app', ['127.0.0.1:5000']],
])('%s', (_, servers, image, expected) => expect(tried(servers, image)).toEqual(expected))

test('both formats are read, and auth is user:password', () => {
  expect(keyringEntries(config({ reg: { auth: base64('me:pa:ss') } }))).toEqual([{ key: 'reg', auth: { username: 'me', password: 'pa:ss', serveraddress: 'reg' } }])
  expect(keyringEntries(new Map([['.dockercfg', Buffer.from(JSON.stringify({ 'https://reg/v1/': { username: 'a', password: 'b' } }))]]))).toEqual([{ key: 'reg', auth: { username: 'a', password: 'b', serveraddress: 'https://reg/v1/' } }])
  expect(keyringEntries(new Map([['.dockerconfigjson', Buffer.from('{ no')]]))).toBeUndefined()
  expect(keyringEntries(new Map([['.dockerconfigjson', Buffer.from('null')]]))).toEqual([])
  expect(keyringEntries(new Map([['password', Buffer.from('x')]]))).toBeUndefined()
})

test('a registry is the part before the first slash, if it looks like a host', () => {
  expect(['nginx', 'me/app', 'ghcr.io/me/app', 'localhost/app', 'reg:5000/app'].map(registryOf)).toEqual(['docker.io', 'docker.io', 'ghcr.io', 'localhost', 'reg:5000'])
})

test('a pod\'s secrets are gone through in order, and what is wrong with them is told', () => {
  const secret = (uid: string, data: Record<string, string>): Secret => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: uid, namespace: 'ns', uid, resourceVersion: '1', creationTimestamp: '' }, data })
  const there: Record<string, Secret> = {
    one: secret('u1', { '.dockerconfigjson': base64(JSON.stringify({ auths: { 'reg.example': { username: 'one', password: 'x' } } })) }),
    two: secret('u2', { '.dockerconfigjson': base64(JSON.stringify({ auths: { 'reg.example': { username: 'two', password: 'x' }, 'reg.example/team': { username: 'team', password: 'x' } } })) }),
    odd: secret('u3', { token: base64('x') }),
  }
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'p', resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [], imagePullSecrets: ['one', 'two', 'odd', 'gone'].map((name) => ({ name })) } }
  const found = pullSecrets(pod, 'reg.example/team/app', { configMap: () => undefined, services: () => [], runtimeClass: () => undefined, secret: (namespace, name) => (namespace === 'ns' ? there[name] : undefined) })
  expect(found.credentials.map(({ auth, secret: { name, uid } }) => `${auth.username} of ${name} ${uid}`)).toEqual(['team of two u2', 'one of one u1', 'two of two u2'])
  expect([found.missing, found.unreadable]).toEqual([['gone'], ['odd']])
})
