import { describe, expect, test } from 'vitest'
import { attributesOf } from '../authorization/attributes.ts'
import { DEFAULT_POLICY } from './default-policy.ts'
import { decide } from './policy.ts'
import type { AuditRule } from './policy.ts'
import { policyOf } from './policy-file.ts'

const CALLER = { user: 'ann', groups: ['cooks', 'system:authenticated'] }
const level = (rules: readonly AuditRule[], method: string, path: string): string => decide({ rules }, attributesOf(CALLER, method, new URL(path, 'https://a'))).level
const PODS = '/api/v1/namespaces/shop/pods'

describe('a rule', () => {
  const matching: [string, Omit<AuditRule, 'level'>, string, string, boolean][] = [
    ['without conditions', {}, 'GET', '/version', true],
    ['of a user', { users: ['ann'] }, 'GET', PODS, true], ['of another user', { users: ['bob'] }, 'GET', PODS, false],
    ['of a group', { userGroups: ['waiters', 'cooks'] }, 'GET', PODS, true], ['of another group', { userGroups: ['waiters'] }, 'GET', PODS, false],
    ['of a verb', { verbs: ['list'] }, 'GET', PODS, true], ['of another verb', { verbs: ['get'] }, 'GET', PODS, false], ['of watches', { verbs: ['watch'] }, 'GET', `${PODS}?watch=1`, true],
    ['of a resource', { resources: [{ group: '', resources: ['pods'] }] }, 'GET', `${PODS}/p`, true], ['of a resource, not its subresource', { resources: [{ resources: ['pods'] }] }, 'GET', `${PODS}/p/log`, false],
    ['of a subresource', { resources: [{ resources: ['pods/log'] }] }, 'GET', `${PODS}/p/log`, true], ['of all its subresources', { resources: [{ resources: ['pods/*'] }] }, 'GET', `${PODS}/p/log`, true],
    ['of a subresource of all', { resources: [{ resources: ['*/log'] }] }, 'GET', `${PODS}/p/log`, true], ['of all of a group', { resources: [{ group: 'apps' }] }, 'GET', '/apis/apps/v1/deployments', true],
    ['of all of another group', { resources: [{ group: 'batch' }] }, 'GET', '/apis/apps/v1/deployments', false], ['of everything by name', { resources: [{ group: 'apps', resources: ['*'] }] }, 'GET', '/apis/apps/v1/deployments', true],
    ['of one object', { resources: [{ resources: ['pods'], resourceNames: ['p'] }] }, 'GET', `${PODS}/p`, true], ['of another object', { resources: [{ resources: ['pods'], resourceNames: ['q'] }] }, 'GET', `${PODS}/p`, false],
    ['of a namespace', { namespaces: ['shop'] }, 'GET', PODS, true], ['of another namespace', { namespaces: ['kube-system'] }, 'GET', PODS, false], ['of no namespace', { namespaces: [''] }, 'GET', '/api/v1/nodes', true],
    ['of resources, for a path', { resources: [{ group: '' }] }, 'GET', '/healthz', false],
    ['of a path', { nonResourceURLs: ['/healthz'] }, 'GET', '/healthz', true], ['of paths that begin so', { nonResourceURLs: ['/health*'] }, 'GET', '/healthz', true], ['of a path, for a resource', { nonResourceURLs: ['*'] }, 'GET', PODS, false],
  ]
  test.each(matching)('%s', (_, rule, method, path, matches) => expect(level([{ level: 'Request', ...rule }], method, path)).toBe(matches ? 'Request' : 'None'))

  test('that comes first decides; stages that are omitted add up', () => {
    const attributes = attributesOf(CALLER, 'GET', new URL(PODS, 'https://a'))
    expect(level([{ level: 'Metadata', users: ['ann'] }, { level: 'RequestResponse' }], 'GET', PODS)).toBe('Metadata')
    expect([...decide({ rules: [{ level: 'Metadata', omitStages: ['ResponseStarted'] }], omitStages: ['RequestReceived'] }, attributes).omitStages]).toEqual(['RequestReceived', 'ResponseStarted'])
  })

  test.each(['/api/v1/namespaces/shop/secrets', '/api/v1/namespaces/shop/secrets/s', '/api/v1/namespaces/shop/serviceaccounts/default/token', '/apis/authentication.k8s.io/v1/tokenreviews'])('never has the body of %s', (path) => {
    expect(['Request', 'RequestResponse', 'Metadata', 'None'].map((one) => level([{ level: one as AuditRule['level'] }], 'POST', path))).toEqual(['Metadata', 'Metadata', 'Metadata', 'None'])
  })
})

describe('by default', () => {
  test.each([
    ['POST', PODS, 'always'], ['PATCH', `${PODS}/p`, 'always'], ['DELETE', PODS, 'always'], ['GET', `${PODS}/p/exec?command=sh`, 'always'], ['POST', `${PODS}/p/portforward`, 'always'],
    ['GET', PODS, 'refused'], ['GET', `${PODS}?watch=1`, 'refused'], ['GET', '/version', 'refused'], ['POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', 'refused'], ['PUT', '/apis/coordination.k8s.io/v1/namespaces/a/leases/l', 'refused'],
  ])('%s %s is written: %s', (method, path, when) => {
    const decision = decide(DEFAULT_POLICY, attributesOf(CALLER, method, new URL(path, 'https://a')))
    expect([decision.level, decision.onlyRefused ? 'refused' : 'always', decision.omitStages.has('RequestReceived')]).toEqual(['Metadata', when, true])
  })
})

describe('a policy file', () => {
  const head = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n'
  test('as upstream documents it is read', () => {
    const policy = policyOf(`${head}omitStages: [RequestReceived]\nrules:\n- level: RequestResponse\n  resources: [{group: "", resources: [pods]}]\n- level: None\n  users: ["system:kube-proxy"]\n  verbs: [watch]\n- level: Metadata\n  nonResourceURLs: ["/api*"]\n`)
    expect([policy.rules.map((rule) => rule.level), policy.omitStages]).toEqual([['RequestResponse', 'None', 'Metadata'], ['RequestReceived']])
  })

  test.each([
    ['of nothing', '', /must be a Policy of audit\.k8s\.io\/v1/], ['that is no YAML', 'a: [', /no YAML/], ['of an old version', 'apiVersion: audit.k8s.io/v1beta1\nkind: Policy\nrules: [{level: None}]', /apiVersion: Unsupported value: "audit\.k8s\.io\/v1beta1"/],
    ['without rules', head, /rules: Required value/], ['with a level that is none', `${head}rules: [{level: All}]`, /rules\[0\]\.level: Unsupported value: "All": supported values: "Metadata", "None"/],
    ['with a field misspelt', `${head}rules: [{level: None, user: [ann]}]`, /rules\[0\]\.user: Forbidden: there is no such field/], ['with a stage that is none', `${head}rules: [{level: None, omitStages: [Begin]}]`, /rules\[0\]\.omitStages: Unsupported value/],
    ['of paths and resources at once', `${head}rules: [{level: None, nonResourceURLs: ["/a"], namespaces: [a]}]`, /cannot apply to both regular resources and non-resource URLs/],
    ['of a path that is none', `${head}rules: [{level: None, nonResourceURLs: ["a"]}]`, /must begin with a '\/'/], ['with a star within', `${head}rules: [{level: None, nonResourceURLs: ["/a*b"]}]`, /must be the final character/],
    ['of names of no resource', `${head}rules: [{level: None, resources: [{group: "", resourceNames: [a]}]}]`, /requires at least one resource/], ['of a group with its version', `${head}rules: [{level: None, resources: [{group: apps/v1}]}]`, /without a version/],
    ['with a text for a list', `${head}rules: [{level: None, users: ann}]`, /rules\[0\]\.users: Invalid value: "ann": must be a list of texts/],
  ])('%s is not', (_, text, says) => expect(() => policyOf(text)).toThrow(says))
})
