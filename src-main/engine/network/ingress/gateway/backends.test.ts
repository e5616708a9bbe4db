import { expect, test } from 'vitest'
import { gatewayInput, httpRoute } from '../testing/gateway-objects.ts'
import { resolveBackends } from './backends.ts'

const share = (revision: string, weight: number): { rollout: string; revision: string; weight: number } => ({ rollout: 'default/web', revision, weight })
const weights = (refs: { name: string; weight?: number }[], revisions: [string, ReturnType<typeof share>][], pods: Record<string, string[]>): Record<string, number> => {
  const { servers } = resolveBackends(httpRoute('r', {}), refs.map((ref) => ({ port: 80, ...ref })), { ...gatewayInput({}, pods), revisions: new Map(revisions) })
  return Object.fromEntries(servers.map(({ ip, weight }) => [ip, weight]))
}

test('revisions of a Rollout behind an HTTPRoute get their weight of the requests, whatever their number of pods', () => {
  const pods = { a: ['10.244.0.1', '10.244.0.2', '10.244.0.3', '10.244.0.4'] }
  const of = weights([{ name: 'a' }], [...pods.a.slice(0, 3).map((ip): [string, ReturnType<typeof share>] => [ip, share('old', 80)]), ['10.244.0.4', share('new', 20)]], pods)
  const old = (of['10.244.0.1'] ?? 0) + (of['10.244.0.2'] ?? 0) + (of['10.244.0.3'] ?? 0)
  expect((of['10.244.0.4'] ?? 0) / (old + (of['10.244.0.4'] ?? 0))).toBeCloseTo(0.2, 2)
  expect(new Set(Object.values(weights([{ name: 'a' }], [], pods))).size).toBe(1)
})

test('beside another Service they share what the route gives theirs', () => {
  const pods = { a: ['10.244.0.1', '10.244.0.2'], b: ['10.244.0.3'] }
  const of = weights([{ name: 'a', weight: 50 }, { name: 'b', weight: 50 }], [['10.244.0.1', share('old', 50)], ['10.244.0.2', share('new', 50)]], pods)
  const all = Object.values(of).reduce((a, b) => a + b, 0)
  expect(['10.244.0.1', '10.244.0.2', '10.244.0.3'].map((ip) => Math.round(((of[ip] ?? 0) / all) * 100))).toEqual([25, 25, 50])
})
