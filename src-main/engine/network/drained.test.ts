import { expect, test } from 'vitest'
import { DRAINED_CONDITION } from '../../common/docker-labels.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { newlyDrained } from './drained.ts'
import type { Applied } from './drained.ts'
import { pod } from './testing/objects.ts'

const A = '10.244.0.2'
const told: Pod = { ...pod('a', A), status: { podIP: A, conditions: [{ type: DRAINED_CONDITION, status: 'True' }] } }
const hostNetwork: Pod = { ...pod('a', A), spec: { hostNetwork: true, containers: [] } }

test.each<[string, Pod, string[], boolean]>([
  ['out of the rules', pod('a', A), ['10.244.0.3'], true],
  ['still in the rules', pod('a', A), [A], false],
  ['told before', told, [], false],
  ['never had an address', { ...pod('a', ''), status: {} }, [A], true],
  ['shares the host\'s address with others that serve', hostNetwork, [A], true],
])('an ending pod that is %s', (_, ending, serving, drained) => {
  expect(newlyDrained([ending], [{ ending: new Set([ending.metadata.uid]), serving: new Set(serving) }])).toEqual(drained ? [ending] : [])
})

const out = (a: Pod): Applied => ({ ending: new Set([a.metadata.uid]), serving: new Set() })
test.each<[string, (a: Pod) => (Applied | undefined)[], boolean]>([
  ['both nodes', (a) => [out(a), out(a)], true],
  ['one node, while the other still sends to it', (a) => [out(a), { ending: new Set([a.metadata.uid]), serving: new Set([A]) }], false],
  ['one node, while the other does not know that it ends', (a) => [out(a), { ending: new Set(), serving: new Set() }], false],
  ['one node, while nothing is known of the other', (a) => [out(a), undefined], false],
])('out of the rules of %s', (_, nodes, drained) => {
  const ending = pod('a', A)
  expect(newlyDrained([ending], nodes(ending))).toEqual(drained ? [ending] : [])
})
