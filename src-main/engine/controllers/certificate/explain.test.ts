import { describe, expect, test } from 'vitest'
import { AcmeError } from './acme/acme-error.ts'
import { explain, IssueError } from './explain.ts'

const place = { server: 'https://ca.example/dir', email: 'a@b.example', names: ['a.example'], addresses: ['192.0.2.1', '192.0.2.2'] }
const network = (code: string): Error => Object.assign(new Error(`connect ${code} 192.0.2.9:443`), { code })

describe('every failure is a reason and a sentence with what to do', () => {
  test.each([
    [new AcmeError('dns', 'NXDOMAIN'), 'NameNotFound', /no address for a.example: make a DNS record that leads it to a server of this cluster \(192.0.2.1, 192.0.2.2\). The CA says: NXDOMAIN/],
    [new AcmeError('connection', 'refused', { host: 'b.example' }), 'PortUnreachable', /port 80 of b.example/],
    [new AcmeError('connection', 'could not resolve URL "http://a.example"'), 'NameNotFound', /no address for a.example/],
    [new AcmeError('unauthorized', '404'), 'LeadsElsewhere', /Somebody else answers at http:\/\/a.example/],
    [new AcmeError('incorrectResponse', 'x'), 'LeadsElsewhere', /Somebody else/],
    [new AcmeError('rateLimited', 'too many'), 'RateLimited', /left alone for a while/],
    [new AcmeError('invalidContact', 'x'), 'BadEmail', /e-mail address a@b.example: change spec.acme.email/],
    [new AcmeError('caa', 'x'), 'ForbiddenByDNS', /CAA/],
    [new AcmeError('rejectedIdentifier', 'x'), 'NameRefused', /signs nothing for a.example/],
    [new AcmeError('externalAccountRequired', 'x'), 'AccountRefused', /external account binding/],
    [new AcmeError('somethingNew', 'why'), 'Refused', /refused \(somethingNew\). The CA says: why/],
    [network('ENOTFOUND'), 'Unreachable', /its name is not found/],
    [network('ECONNREFUSED'), 'Unreachable', /CA ca.example cannot be asked: connect ECONNREFUSED/],
    [network('SELF_SIGNED_CERT_IN_CHAIN'), 'UntrustedCA', /spec.acme.caBundle/],
    [network('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'UntrustedCA', /nobody here trusts/],
    [new IssueError('NotServed', 'a sentence'), 'NotServed', /^a sentence$/],
  ])('%s', (error, reason, message) => {
    const told = explain(error, place)
    expect(told.reason).toBe(reason)
    expect(told.message).toMatch(message)
  })
})

test('a problem document about several names tells of the first of them', () => {
  const error = AcmeError.of({ type: 'urn:ietf:params:acme:error:compound', detail: 'two', subproblems: [{ type: 'urn:ietf:params:acme:error:rejectedIdentifier', detail: 'blocked', identifier: { value: 'bad.example' } }] })
  expect([error.type, error.host, error.message]).toEqual(['rejectedIdentifier', 'bad.example', 'blocked'])
})
