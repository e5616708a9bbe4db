import { expect, test } from 'vitest'
import type { Certificate } from '../../../common/kube/certificate.ts'
import { isAnswered, pendingChallenges } from './challenges.ts'
import type { AnsweringNode } from './challenges.ts'
import { compileProxy } from './haproxy-config.ts'
import { ingressModel } from './ingress-model.ts'
import { input } from './testing/ingress-objects.ts'

const node = (tokens: string[], held: number[] = [], ports = [80]): AnsweringNode => ({ state: { ports, held, failure: undefined }, tokens: new Set(tokens) })
const certificate = (...tokens: string[]): Certificate => ({
  apiVersion: 'toque.dev/v1', kind: 'Certificate', metadata: { name: 'c', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec: { secretName: 's', dnsNames: ['a'], issuer: 'i' },
  status: { challenges: tokens.map((token) => ({ host: 'a', token, keyAuthorization: `${token}.key` })) },
})

test.each<[string, AnsweringNode[], boolean]>([
  ['no node', [], false],
  ['all', [node(['t']), node(['x', 't'])], true],
  ['one does not yet', [node(['t']), node(['x'])], false],
  ['of one nothing is known', [node(['t']), { state: undefined, tokens: new Set() }], false],
  ['another program has the port of one', [node(['t']), node([], [80], [])], true],
  ['another program has it on all', [node([], [80], [])], false],
  ['another program has 443 of one, which does not matter', [node(['t'], [443])], true],
])('answered everywhere: %s', (_, nodes, wanted) => expect(isAnswered('t', nodes)).toBe(wanted))

test('proxies answer what is pending, before anything else, also with no Ingress at all', () => {
  const { model } = ingressModel(input([], {}, { certificates: [certificate('b', 'a'), certificate()] }))
  const { files } = compileProxy(model, [80])
  expect(files.get('challenges.map')).toBe('/.well-known/acme-challenge/a a.key\n/.well-known/acme-challenge/b b.key\n')
  const config = files.get('haproxy.cfg') ?? ''
  expect(config.indexOf('challenges.map')).toBeGreaterThan(0)
  expect(config.indexOf('challenges.map')).toBeLessThan(config.indexOf('hosts.map'))
  const without = compileProxy(ingressModel(input([], {})).model, [80])
  expect([without.files.has('challenges.map'), without.files.get('haproxy.cfg')?.includes('challenges')]).toEqual([false, false])
})

test('what would be more than a token in a configuration stays out of it', () => {
  expect(pendingChallenges([certificate('ok', 'a b', 'a\nbind *:1', '../x', 'a%[env(HOME)]')])).toEqual([{ token: 'ok', keyAuthorization: 'ok.key' }])
})
