import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { JSONWebKeySet } from 'jose'
import { FakeClock } from '../../../common/fake-clock.ts'
import { Nodes, Pods, Secrets, ServiceAccounts } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { TokenRequest, TokenReview } from '../../../common/kube/generated/authentication-v1.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'
import { issuerDocument } from './issuer-documents.ts'
import { ISSUER } from './service-account-tokens.ts'
import { signingKeyOf } from './signing-key.ts'

const caKey = (): string => generateKeyPairSync('ec', { namedCurve: 'P-256', privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } }).privateKey
const CA = caKey()
const reviews = { group: 'authentication.k8s.io', version: 'v1', plural: 'tokenreviews' }
let clock: FakeClock
let t: TestApi

beforeEach(async () => {
  clock = new FakeClock(Date.parse('2026-11-28T12:00:00Z'))
  t = await startTestApi(clock)
  t.api.core.tokens.use(signingKeyOf(CA))
  await t.api.create(ServiceAccounts, 'default', { metadata: { name: 'robot' } }, AS_TESTER)
})
afterEach(() => t.close())

const ask = (spec: object = {}): Promise<TokenRequest> => t.api.requestToken('default', 'robot', { spec })
const tokenOf = async (spec: object = {}): Promise<string> => (await ask(spec)).status?.token ?? ''
const review = async (token: string, audiences: string[] = []): Promise<TokenReview> => await t.api.create(reviews, '', { spec: { token, audiences } }, AS_TESTER) as KubeObject as TokenReview
const isGood = async (token: string): Promise<boolean> => (await t.api.core.tokens.check(token)) !== undefined
const pod = (serviceAccountName: string): object => ({ metadata: { name: 'p' }, spec: { serviceAccountName, containers: [{ name: 'c', image: 'i' }] } })

describe('a token', () => {
  test('says whose it is, until it is over', async () => {
    const { status, spec } = await ask({ expirationSeconds: 600 })
    expect([status?.expirationTimestamp, spec.audiences]).toEqual(['2026-11-28T12:10:00Z', [ISSUER]])
    const answer = await review(status?.token ?? '')
    expect(answer.spec).toEqual({})
    expect(answer.status).toMatchObject({ authenticated: true, audiences: [ISSUER], user: { username: 'system:serviceaccount:default:robot', groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'] } })
    await clock.advance(599_000)
    expect(await isGood(status?.token ?? '')).toBe(true)
    await clock.advance(2_000)
    expect((await review(status?.token ?? '')).status).toMatchObject({ authenticated: false })
  })

  test('is for its audiences alone', async () => {
    const token = await tokenOf({ audiences: ['vault'] })
    expect(await isGood(token)).toBe(false)
    expect((await review(token, ['vault', 'other'])).status).toMatchObject({ authenticated: true, audiences: ['vault'] })
  })

  test('ends with its account, also where another one of the name is made', async () => {
    const token = await tokenOf()
    await t.api.delete(ServiceAccounts, 'default', 'robot', {}, AS_TESTER)
    expect(await isGood(token)).toBe(false)
    await t.api.create(ServiceAccounts, 'default', { metadata: { name: 'robot' } }, AS_TESTER)
    expect(await isGood(token)).toBe(false)
  })

  test('ends with the pod that it is bound to, and names it', async () => {
    await t.api.create(Pods, 'default', pod('robot'), AS_TESTER)
    const { uid } = t.api.get(Pods, 'default', 'p').metadata
    const token = await tokenOf({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid } })
    expect((await review(token)).status?.user?.extra).toMatchObject({ 'authentication.kubernetes.io/pod-name': ['p'], 'authentication.kubernetes.io/pod-uid': [uid] })
    await t.api.delete(Pods, 'default', 'p', { gracePeriodSeconds: 0 }, AS_TESTER)
    expect(await isGood(token)).toBe(false)
  })

  test('names the node of its pod', async () => {
    await t.api.create(Nodes, '', { metadata: { name: 'n' } }, AS_TESTER)
    await t.api.create(Pods, 'default', pod('robot'), AS_TESTER)
    await t.api.bind('default', 'p', { target: { name: 'n' } }, AS_TESTER)
    const token = await tokenOf({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } })
    expect((await review(token)).status?.user?.extra).toMatchObject({ 'authentication.kubernetes.io/node-name': ['n'], 'authentication.kubernetes.io/node-uid': [t.api.get(Nodes, '', 'n').metadata.uid] })
  })

  test('ends with the node that it is bound to', async () => {
    await t.api.create(Nodes, '', { metadata: { name: 'n' } }, AS_TESTER)
    const token = await tokenOf({ boundObjectRef: { kind: 'Node', apiVersion: 'v1', name: 'n' } })
    expect((await review(token)).status?.user?.extra).toMatchObject({ 'authentication.kubernetes.io/node-name': ['n'] })
    await t.api.delete(Nodes, '', 'n', {}, AS_TESTER)
    expect(await isGood(token)).toBe(false)
  })

  test('that a pod got without asking is good for a year, whatever it says, and one for others is not', async () => {
    await t.api.create(Pods, 'default', pod('robot'), AS_TESTER)
    const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p' }
    const { status } = await ask({ expirationSeconds: 3607, boundObjectRef })
    const others = await tokenOf({ expirationSeconds: 3607, boundObjectRef, audiences: ['vault'] })
    expect(status?.expirationTimestamp).toBe('2026-11-28T13:00:07Z')
    await clock.advance(364 * 24 * 3600_000)
    expect([await isGood(status?.token ?? ''), (await review(others, ['vault'])).status?.authenticated]).toEqual([true, false])
    await clock.advance(24 * 3600_000)
    expect(await isGood(status?.token ?? '')).toBe(false)
  })

  test('of a pod that is leaving is good until its time is over, and a minute more', async () => {
    await t.api.create(Pods, 'default', pod('robot'), AS_TESTER)
    await t.api.bind('default', 'p', { target: { name: 'n' } }, AS_TESTER)
    const token = await tokenOf({ boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } })
    await t.api.delete(Pods, 'default', 'p', { gracePeriodSeconds: 30 }, AS_TESTER)
    await clock.advance(89_000)
    expect(await isGood(token)).toBe(true)
    await clock.advance(3_000)
    expect(await isGood(token)).toBe(false)
  })

  test.each([
    ['changed in its middle', (token: string) => token.split('.').map((part, i) => (i === 1 ? Buffer.from(Buffer.from(part, 'base64url').toString().replace('robot', 'admin')).toString('base64url') : part)).join('.')],
    ['with no signature', (token: string) => `${Buffer.from('{"alg":"none"}').toString('base64url')}.${token.split('.')[1] ?? ''}.`],
    ['cut', (token: string) => token.slice(0, -4)], ['that is none', () => 'abc'], ['of three parts of nothing', () => '..'],
  ])('%s is nobody\'s', async (_, spoil) => {
    const token = await tokenOf()
    expect([await isGood(token), await isGood(spoil(token))]).toEqual([true, false])
  })

  test('is known to whoever has the CA, and to nobody with another one', async () => {
    const token = await tokenOf()
    t.api.core.tokens.use(signingKeyOf(caKey()))
    expect(await isGood(token)).toBe(false)
    t.api.core.tokens.use(signingKeyOf(`${CA}\n`))
    expect(await isGood(token)).toBe(true)
  })

  test('can be checked by others with the keys that are told', async () => {
    const token = await tokenOf()
    expect(issuerDocument(t.api.core.tokens, '/.well-known/openid-configuration')?.body).toMatchObject({ issuer: ISSUER, jwks_uri: `${ISSUER}/openid/v1/jwks` })
    const keys = issuerDocument(t.api.core.tokens, '/openid/v1/jwks')?.body as JSONWebKeySet
    expect(JSON.stringify(keys)).not.toContain('"d"')
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys), { currentDate: new Date(clock.now()) })
    expect(payload).toMatchObject({ iss: ISSUER, sub: 'system:serviceaccount:default:robot', 'kubernetes.io': { namespace: 'default', serviceaccount: { name: 'robot' } } })
  })
})

describe('what is refused, with a sentence', () => {
  test.each<[string, object, RegExp]>([
    ['too short', { expirationSeconds: 60 }, /less than 10 minutes/], ['too long', { expirationSeconds: 2 ** 33 }, /2\^32/], ['half a second', { expirationSeconds: 600.5 }, /whole number/],
    ['bound to a pod that is not there', { boundObjectRef: { kind: 'Pod', name: 'gone' } }, /pods "gone" not found/], ['bound to a map', { boundObjectRef: { kind: 'ConfigMap', name: 'n' } }, /cannot bind token to object of type ConfigMap/], ['bound to a node that is not there', { boundObjectRef: { kind: 'Node', name: 'n' } }, /nodes "n" not found/],
    ['bound to another account\'s pod', { boundObjectRef: { kind: 'Pod', name: 'p' } }, /different serviceaccount/], ['bound to a secret of another UID', { boundObjectRef: { kind: 'Secret', name: 's', uid: 'x' } }, /UID in the bound object reference/],
  ])('%s', async (_, spec, says) => {
    await t.api.create(Pods, 'default', pod('default'), AS_TESTER)
    await t.api.create(Secrets, 'default', { metadata: { name: 's' } }, AS_TESTER)
    await expect(ask(spec)).rejects.toThrow(says)
  })

  test('an account that is not there, and a body that is none', async () => {
    await expect(t.api.requestToken('default', 'gone', {})).rejects.toThrow('serviceaccounts "gone" not found')
    await expect(t.api.requestToken('default', 'robot', [])).rejects.toThrow('must be a TokenRequest')
  })
})
