import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { PolicyRule } from '../../../common/kube/generated/rbac-authorization-v1.ts'
import { notCovered, ruleAllows } from './rules.ts'

const resource = (text: string, name = '', group = ''): { resource: { group: string; resource: string; name: string; namespace: string } } => ({ resource: { group, resource: text, name, namespace: 'default' } })
const of = (verbs: string[], resources: string[], more: Partial<PolicyRule> = {}): PolicyRule => ({ verbs, apiGroups: [''], resources, ...more })

describe('a rule', () => {
  test.each<[string, PolicyRule, Parameters<typeof ruleAllows>[1], boolean]>([
    ['allows its verb', of(['get'], ['pods']), { verb: 'get', ...resource('pods', 'a') }, true],
    ['allows no other verb', of(['get'], ['pods']), { verb: 'list', ...resource('pods') }, false],
    ['allows no other group', of(['get'], ['pods']), { verb: 'get', ...resource('pods', 'a', 'metrics.k8s.io') }, false],
    ['allows no subresource', of(['get'], ['pods']), { verb: 'get', ...resource('pods/log', 'a') }, false],
    ['allows the subresource it names', of(['get'], ['pods/log']), { verb: 'get', ...resource('pods/log', 'a') }, true],
    ['allows one subresource of all', of(['get'], ['*/scale']), { verb: 'get', ...resource('replicationcontrollers/scale', 'a') }, true],
    ['with one subresource of all allows not the thing', of(['get'], ['*/scale']), { verb: 'get', ...resource('replicationcontrollers', 'a') }, false],
    ['of everything allows subresources', of(['*'], ['*'], { apiGroups: ['*'] }), { verb: 'create', ...resource('pods/exec', 'a') }, true],
    ['with names allows these', of(['get'], ['pods'], { resourceNames: ['a'] }), { verb: 'get', ...resource('pods', 'a') }, true],
    ['with names allows no others', of(['get'], ['pods'], { resourceNames: ['a'] }), { verb: 'get', ...resource('pods', 'b') }, false],
    ['with names allows no list', of(['list'], ['pods'], { resourceNames: ['a'] }), { verb: 'list', ...resource('pods') }, false],
    ['of paths allows its path', { verbs: ['get'], nonResourceURLs: ['/metrics'] }, { verb: 'get', path: '/metrics' }, true],
    ['of paths allows what begins so', { verbs: ['get'], nonResourceURLs: ['/healthz/*'] }, { verb: 'get', path: '/healthz/etcd' }, true],
    ['of paths allows not its beginning', { verbs: ['get'], nonResourceURLs: ['/healthz/*'] }, { verb: 'get', path: '/healthz' }, false],
    ['of resources allows no path', of(['*'], ['*'], { apiGroups: ['*'] }), { verb: 'get', path: '/metrics' }, false],
  ])('%s', (_, rule, asked, allows) => expect(ruleAllows(rule, asked)).toBe(allows))
})

const some = <T>(...values: T[]): fc.Arbitrary<T[]> => fc.subarray(values, { minLength: 1 })
const rules: fc.Arbitrary<PolicyRule[]> = fc.array(fc.oneof(
  fc.record({
    verbs: some('get', 'list', '*'), apiGroups: some('', 'apps', '*'), resources: some('pods', 'pods/log', 'deployments', 'deployments/scale', '*/scale', '*'),
    resourceNames: fc.subarray(['a', 'b']),
  }),
  fc.record({ verbs: some('get', '*'), nonResourceURLs: some('/metrics', '/healthz/*', '/healthz/etcd', '*') }),
), { maxLength: 3 })

test('what is covered can do nothing that its owner cannot: every request of a small world is tried', () => {
  const world = ['get', 'list', 'escalate'].flatMap((verb) => [
    ...['', 'apps', 'other'].flatMap((group) => ['pods', 'pods/log', 'deployments', 'deployments/scale', 'things', 'things/scale'].flatMap((text) => ['', 'a', 'b', 'c'].map((name) => ({ verb, ...resource(text, name, group) })))),
    ...['/metrics', '/healthz', '/healthz/etcd', '/healthz/other', '/other'].map((path) => ({ verb, path })),
  ])
  let covered = 0
  fc.assert(fc.property(rules, rules, (owned, wanted) => {
    if (notCovered(owned, wanted).length > 0) return
    covered += wanted.length > 0 ? 1 : 0
    for (const asked of world) if (wanted.some((rule) => ruleAllows(rule, asked))) expect(owned.some((rule) => ruleAllows(rule, asked))).toBe(true)
  }), { numRuns: 2000 })
  expect(covered).toBeGreaterThan(20)
  fc.assert(fc.property(rules, (owned) => notCovered(owned, owned).length === 0))
  fc.assert(fc.property(rules, (wanted) => notCovered([{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }, { verbs: ['*'], nonResourceURLs: ['*'] }], wanted).length === 0))
})
