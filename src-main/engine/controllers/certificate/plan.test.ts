import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Certificate, CertificateIssuer } from '../../../common/kube/certificate.ts'
import type { HeldCertificate } from './held.ts'
import { attemptOf, dueOf, purposeOf, renewalTime, unprovable, waitAfter } from './plan.ts'
import { withRead } from './status.ts'

const HOUR = 3600_000
const meta = (name: string): Certificate['metadata'] => ({ name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', generation: 1 })
const certificate = (dnsNames: string[], more: Partial<Certificate> = {}): Certificate => ({ apiVersion: 'toque.dev/v1', kind: 'Certificate', metadata: meta('web'), spec: { secretName: 'web-tls', dnsNames, issuer: 'le' }, ...more })
const issuer = (generation: number): CertificateIssuer => ({ apiVersion: 'toque.dev/v1', kind: 'CertificateIssuer', metadata: { ...meta('le'), generation }, spec: { acme: {} } })
const held = (names: string[]): HeldCertificate => ({ notBefore: 0, notAfter: 90 * HOUR, names })

describe('when a certificate is due', () => {
  test.each([
    ['nothing there', 'nothing' as const, 0, 'DoesNotExist'],
    ['half of it there', 'unusable' as const, 0, 'Unusable'],
    ['fresh', held(['a.example', 'b.example']), HOUR, 60 * HOUR],
    ['the same names in another order and case', held(['B.example', 'a.example']), HOUR, 60 * HOUR],
    ['a moment before two thirds', held(['a.example', 'b.example']), 60 * HOUR - 1, 60 * HOUR],
    ['two thirds', held(['a.example', 'b.example']), 60 * HOUR, 'Renewing'],
    ['at its end', held(['a.example', 'b.example']), 90 * HOUR, 'RanOut'],
    ['a name less', held(['a.example']), HOUR, 'NamesChanged'],
    ['a name more', held(['a.example', 'b.example', 'c.example']), HOUR, 'NamesChanged'],
  ])('%s', (_, what, now, wanted) => {
    const due = dueOf(certificate(['a.example', 'b.example']), what, now)
    expect(due.due ? due.reason : due.at).toBe(wanted)
  })

  test('a person asks for another one, once', () => {
    const asked = { ...meta('web'), annotations: { 'toque.dev/renew': 'monday' } }
    expect(dueOf(certificate(['a'], { metadata: asked }), held(['a']), 0)).toMatchObject({ due: true, reason: 'Requested' })
    expect(dueOf(certificate(['a'], { metadata: asked, status: { renewed: 'monday' } }), held(['a']), 0)).toEqual({ due: false, at: 60 * HOUR })
    expect(dueOf(certificate(['a'], { metadata: asked, status: { renewed: 'sunday' } }), held(['a']), 0)).toMatchObject({ due: true })
  })

  test('renewal is always before the end and after the beginning', () => {
    fc.assert(fc.property(fc.nat(1e12), fc.integer({ min: 2, max: 1e11 }), (notBefore, life) => {
      const at = renewalTime({ notBefore, notAfter: notBefore + life })
      expect(at > notBefore && at < notBefore + life).toBe(true)
    }))
  })
})

test('an attempt goes on with the order that it has, and begins anew for another spec, issuer or wish', () => {
  const one = certificate(['a'])
  const purpose = purposeOf(one, issuer(1))
  const attempt = { of: purpose, failures: 3, order: 'https://ca/order/1' }
  expect(attemptOf(attempt, purpose)).toBe(attempt)
  const others = [purposeOf({ ...one, metadata: { ...one.metadata, generation: 2 } }, issuer(1)), purposeOf(one, issuer(2)), purposeOf({ ...one, metadata: { ...one.metadata, annotations: { 'toque.dev/renew': 'now' } } }, issuer(1))]
  for (const other of others) expect(attemptOf(attempt, other)).toEqual({ of: other, failures: 0 })
})

test('waits grow from a minute to hours, and are never shorter than the CA asks for', () => {
  expect([1, 2, 3, 7, 9, 10, 1000].map((failures) => waitAfter(failures) / 60_000)).toEqual([1, 2, 4, 64, 256, 480, 480])
  expect([waitAfter(1, 3 * HOUR), waitAfter(10, 24 * HOUR), waitAfter(10, 1000)]).toEqual([3 * HOUR, 24 * HOUR, 8 * HOUR])
})

test('wildcards are proved by DNS only', () => expect(unprovable(['a.example', '*.a.example'])).toEqual(['*.a.example']))

test.each([
  ['nothing' as const, 0, 'False NotIssued'], [held(['a', 'b']), 0, 'True Issued'], [held(['a']), 0, 'False NamesMissing'], [held(['a', 'b']), 91 * HOUR, 'False RanOut'],
])('the status of what is held: %j', (what, now, wanted) => {
  const { conditions = [], notAfter } = withRead({ notAfter: 'of old' }, what, { secretName: 's', dnsNames: ['a', 'b'], issuer: 'le' }, now)
  expect(conditions.map(({ status, reason }) => `${status} ${reason ?? ''}`)).toEqual([wanted])
  expect(notAfter).toBe(what === 'nothing' ? undefined : '1970-01-04T18:00:00Z')
})
