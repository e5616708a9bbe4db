import { request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { JSONWebKeySet } from 'jose'
import type { ServiceAccount } from '../../../common/kube/generated/core-v1.ts'
import type { TokenRequest, TokenReview } from '../../../common/kube/generated/authentication-v1.ts'
import { Namespaces, Pods, ServiceAccounts } from '../../../common/kube/kinds.ts'
import { ApiServer } from '../api-server.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

// What the conformance tests of service accounts do, by requests with a service account's own token.

let t: TestApi
let server: ApiServer
let token: string
beforeAll(async () => {
  t = await startTestApi()
  server = await ApiServer.start({ api: t.api, dataDir: t.dir, port: 0 })
  await t.api.create(ServiceAccounts, 'default', { metadata: { name: 'robot' } }, AS_TESTER)
  token = (await t.api.requestToken('default', 'robot', { spec: { audiences: ['oidc-discovery-test', 'https://kubernetes.default.svc.cluster.local'] } })).status?.token ?? ''
})
afterAll(async () => {
  await server.stop()
  await t.close()
})

function get(path: string, bearer = token): Promise<{ code: number; type: string; text: string }> {
  return new Promise((resolve, reject) => {
    httpsRequest(`${server.url}${path}`, { agent: false, ca: server.ca, headers: bearer === '' ? {} : { authorization: `Bearer ${bearer}` } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve({ code: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text: Buffer.concat(chunks).toString() }))
    }).on('error', reject).end()
  })
}

// [sig-auth] ServiceAccounts ServiceAccountIssuerDiscovery should support OIDC discovery of service account issuer
test('a pod finds out who issues its token, and checks it by the keys that are published', async () => {
  const discovery = await get('/.well-known/openid-configuration')
  expect([discovery.code, discovery.type]).toEqual([200, 'application/json'])
  const { issuer, jwks_uri: keysAt, id_token_signing_alg_values_supported: algorithms } = JSON.parse(discovery.text) as { issuer: string; jwks_uri: string; id_token_signing_alg_values_supported: string[] }
  expect(keysAt.startsWith(issuer)).toBe(true)
  const keys = await get(new URL(keysAt).pathname)
  expect([keys.code, keys.type]).toEqual([200, 'application/jwk-set+json'])
  const { payload } = await jwtVerify(token, createLocalJWKSet(JSON.parse(keys.text) as JSONWebKeySet), { issuer, audience: 'oidc-discovery-test', algorithms })
  expect(payload.sub).toBe('system:serviceaccount:default:robot')
  expect((await get('/openid/v1/jwks', '')).code).toBe(401)
})

// [sig-auth] ServiceAccounts should run through the lifecycle of a ServiceAccount; should update a ServiceAccount
test('an account is made, found by its label in all namespaces, patched, updated, and deleted with its like', async () => {
  const named = (selector: string): (string | undefined)[] => t.api.list(ServiceAccounts, { labelSelector: selector }).items.map((o) => o.metadata.name)
  const seen: string[] = []
  const end = t.api.watch(ServiceAccounts, { labelSelector: 'life=yes', resourceVersion: String(t.store.revision) }, { onEvents: (events) => seen.push(...events.map(({ type }) => type)) })
  await t.api.create(ServiceAccounts, 'default', { metadata: { name: 'life', labels: { life: 'yes' } } }, AS_TESTER)
  expect(named('life=yes')).toEqual(['life'])
  await t.api.patch(ServiceAccounts, 'default', 'life', 'application/strategic-merge-patch+json', { automountServiceAccountToken: false }, 'main', AS_TESTER)
  const account = t.api.get(ServiceAccounts, 'default', 'life') as ServiceAccount
  expect(account.automountServiceAccountToken).toBe(false)
  await t.api.update(ServiceAccounts, 'default', 'life', { ...account, automountServiceAccountToken: true }, AS_TESTER)
  await t.api.deleteCollection(ServiceAccounts, { namespace: 'default', labelSelector: 'life=yes' }, {}, AS_TESTER)
  end()
  expect([named('life=yes'), seen]).toEqual([[], ['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED']])
})

// [sig-auth] ServiceAccounts should create a serviceAccountToken and ensure a successful TokenReview
test('a token that is asked for is reviewed as its account\'s, and works until its namespace goes', async () => {
  await t.api.create(Namespaces, '', { metadata: { name: 'shop' } }, AS_TESTER)
  const { status }: TokenRequest = await t.api.requestToken('shop', 'default', { spec: { expirationSeconds: 7200 } })
  const review = await t.api.create({ group: 'authentication.k8s.io', version: 'v1', plural: 'tokenreviews' }, '', { spec: { token: status?.token } }, AS_TESTER) as unknown as TokenReview
  expect(review.status).toMatchObject({ authenticated: true, user: { username: 'system:serviceaccount:shop:default', groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'] } })
  expect(review.status?.error).toBeUndefined()
  expect((await get('/api/v1/namespaces/shop/pods', status?.token)).code).toBe(403)
  await t.api.delete(ServiceAccounts, 'shop', 'default', {}, AS_TESTER)
  expect((await get('/api/v1/namespaces/shop/pods', status?.token)).code).toBe(401)
})

test('a token that is bound to a pod is refused over HTTPS from the moment that the pod is gone', async () => {
  await t.api.create(Pods, 'default', { metadata: { name: 'p' }, spec: { serviceAccountName: 'robot', containers: [{ name: 'c', image: 'i' }] } }, AS_TESTER)
  const bound = (await t.api.requestToken('default', 'robot', { spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } } })).status?.token
  expect((await get('/apis', bound)).code).toBe(200)
  await t.api.delete(Pods, 'default', 'p', { gracePeriodSeconds: 0 }, AS_TESTER)
  expect((await get('/apis', bound)).code).toBe(401)
})
