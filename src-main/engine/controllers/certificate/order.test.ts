import { createPublicKey, createVerify } from 'node:crypto'
import { expect, test } from 'vitest'
import { AccountKey } from './acme/account-key.ts'
import type { AcmeAuthorization } from './acme/acme-client.ts'
import { challengesOf } from './order.ts'

const authorization = (host: string, status: string, ...challenges: [type: string, token: string, status: string][]): AcmeAuthorization =>
  ({ identifier: { value: host }, status, challenges: challenges.map(([type, token, state]) => ({ type, token, status: state, url: `https://ca/${token}` })) })

test('what has to be answered, and what the CA has not been told of yet', () => {
  const step = challengesOf([
    authorization('a', 'valid', ['http-01', 'ta', 'valid']), authorization('b', 'pending', ['dns-01', 'no', 'pending'], ['http-01', 'tb', 'pending']), authorization('c', 'pending', ['http-01', 'tc', 'processing']),
  ], (token) => `${token}.print`)
  expect(step).toEqual({ do: 'serve', challenges: [{ host: 'b', token: 'tb', keyAuthorization: 'tb.print' }, { host: 'c', token: 'tc', keyAuthorization: 'tc.print' }], urls: new Map([['tb', 'https://ca/tb']]) })
  expect(challengesOf([authorization('a', 'valid')], String)).toEqual({ do: 'wait' })
})

test('a CA that offers no HTTP-01, or a token that is none, is refused', () => {
  expect(() => challengesOf([authorization('a', 'pending', ['dns-01', 't', 'pending'])], String)).toThrow('The CA does not let a be shown')
  expect(() => challengesOf([authorization('a', 'pending', ['http-01', 'x y\n', 'pending'])], String)).toThrow('RFC 8555')
})

test('a signature is that of the account, over what was sent, and its thumbprint is RFC 7638\'s', () => {
  const key = new AccountKey(AccountKey.make())
  const jws = JSON.parse(key.sign({ url: 'https://ca/x', nonce: 'n', kid: 'k' }, { a: 1 })) as Record<'protected' | 'payload' | 'signature', string>
  const text = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
  expect([text(jws.protected), text(jws.payload)]).toEqual([{ alg: 'ES256', url: 'https://ca/x', nonce: 'n', kid: 'k' }, { a: 1 }])
  const isSigned = (payload: string): boolean => createVerify('sha256').update(`${jws.protected}.${payload}`).verify({ key: createPublicKey({ key: key.jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, Buffer.from(jws.signature, 'base64url'))
  expect([isSigned(jws.payload), isSigned('e30')]).toEqual([true, false])
  expect(Object.keys(key.jwk)).toEqual(['crv', 'kty', 'x', 'y'])
  expect(key.authorizationOf('t')).toMatch(/^t\.[A-Za-z0-9_-]{43}$/)
})
