import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RevisionShare } from '../../../common/kube/rollout.ts'
import { ingressModel } from './ingress-model.ts'
import type { IngressBackendModel } from './ingress-model.ts'
import { counterCommands, parseCounters } from './proxy-counters.ts'
import { byRevision } from './revision-groups.ts'
import { serverWeights } from './server-weights.ts'
import { ingress, input, path } from './testing/ingress-objects.ts'

const share = (revision: string, weight: number, rollout = 'default/web'): RevisionShare => ({ rollout, revision, weight })
const pods = (revision: string, count: number): { ip: string; revision: string }[] => Array.from({ length: count }, (_, i) => ({ ip: `${revision}-${String(i)}`, revision }))

test('each revision\'s pods together get their weight, to within what 256 steps can say, whatever their numbers', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 99 }), (stable, canary, weight) => {
    const all = [...pods('a', stable), ...pods('b', canary)]
    const groups = byRevision(1, all, new Map(all.map(({ ip, revision }) => [ip, share(revision, revision === 'b' ? weight : 100 - weight)])))
    const weights = serverWeights(groups.map((group) => ({ share: group.share, count: group.pods.length })))
    const total = groups.reduce((sum, group, i) => sum + group.pods.length * (weights[i] ?? 0), 0)
    const i = groups.findIndex((group) => group.pods[0]?.revision === 'b')
    const got = ((weights[i] ?? 0) * canary) / total
    // The smaller weight of two pods is rounded to one of 256.
    const perPod = [weight / canary, (100 - weight) / stable]
    const step = Math.max(...perPod) / Math.min(...perPod) / 256
    expect(Math.abs(got - weight / 100)).toBeLessThanOrEqual(Math.max(0.004, step * (weight / 100)))
  }))
})

test.each<[string, { ip: string }[], [string, RevisionShare][], [number, number][]]>([
  ['no Rollout: one group', pods('a', 3), [], [[1, 3]]],
  ['the same weight for unlike numbers of pods', [...pods('a', 3), ...pods('b', 1)], [...pods('a', 3).map(({ ip }): [string, RevisionShare] => [ip, share('a', 50)]), ['b-0', share('b', 50)]], [[0.5, 3], [0.5, 1]]],
  ['a revision without pods leaves its part', pods('a', 2), pods('a', 2).map(({ ip }) => [ip, share('a', 95)]), [[1, 2]]],
  ['others that the Service selects keep theirs', [...pods('a', 1), ...pods('b', 1), ...pods('x', 2)], [['a-0', share('a', 90)], ['b-0', share('b', 10)]], [[0.45, 1], [0.05, 1], [0.5, 2]]],
])('%s', (_, all, shares, expected) => {
  expect(byRevision(1, all, new Map(shares)).map((group) => [Math.round(group.share * 1000) / 1000, group.pods.length])).toEqual(expected)
})

test('in the model, beside the weights of Services', () => {
  const of = input([ingress('x', { rules: [{ http: { paths: [path('web')] } }] }, { 'toque.dev/service-weights': 'web=50,api=50' })], { web: ['10.244.0.2', '10.244.0.3'], api: ['10.244.0.4'] }, { revisions: new Map([['10.244.0.2', share('a', 90)], ['10.244.0.3', share('b', 10)]]) })
  const servers = ingressModel(of).model.backends[0]?.servers ?? []
  const total = servers.reduce((sum, { weight }) => sum + weight, 0)
  expect(servers.map(({ ip, weight }) => [ip, Math.round((100 * weight) / total)])).toEqual([['10.244.0.4', 50], ['10.244.0.2', 45], ['10.244.0.3', 5]])
})

describe('counters', () => {
  const backend = (name: string, ip: string): IngressBackendModel => ({ name, options: { redirect: 'never', cookie: undefined, backendTls: false, timeoutSeconds: 60 }, servers: [{ ip, port: 80, weight: 1, ending: false }] })
  const backends = [backend('ns:x:web:80', '10.244.0.2'), backend('ns:x:api:80', '10.244.0.9')]
  test('are asked of the backends that know the addresses', () => {
    expect(counterCommands(backends, new Set(['10.244.0.2']))).toBe('show info;show stat ns:x:web:80 4 -1\n')
    expect(counterCommands(backends, new Set(['10.1.1.1']))).toBe('')
    const many = Array.from({ length: 90 }, (_, i) => backend(`b${String(i)}`, '10.244.0.2'))
    expect(counterCommands(many, new Set(['10.244.0.2'])).trim().split('\n')).toHaveLength(3)
  })

  // HAProxy 2.6, some columns left out.
  const SAID = `Name: HAProxy
Version: 2.6.12-1+deb12u4
Pid: 20066
Uptime: 0d 0h00m07s
description: 

# pxname,svname,status,econ,eresp,hrsp_5xx,req_tot,rtime,addr,
ns:x:web:80,10.244.0.2:80,no check,1,2,5,15,69,10.244.0.2:80,
ns:x:web:80,10.244.0.3:80,MAINT,0,0,0,0,0,10.244.0.3:80,

`
  test('are read by the names of their columns', () => {
    expect(parseCounters('node-1', SAID)).toEqual([
      { proxy: 'node-1', process: '20066', place: 'ns:x:web:80/10.244.0.2:80', address: '10.244.0.2', answers: 15, errors: 5, failed: 3, meanMs: 69 },
      { proxy: 'node-1', process: '20066', place: 'ns:x:web:80/10.244.0.3:80', address: '10.244.0.3', answers: 0, errors: 0, failed: 0, meanMs: 0 },
    ])
  })
  test.each(['', 'No such proxy.\n', '2026/11/28 socat[7] E connect(): Connection refused', '# pxname,addr\nonly,one,two,three'])('from "%s" nothing is read', (text) => expect(parseCounters('n', text)).toEqual([]))
})
