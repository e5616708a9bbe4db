import { expect, test } from 'vitest'
import type { PlannedInstance } from '../../src-main/common/contract/index.ts'
import { byReasons, hasTrouble, landingRows } from './landings.ts'

const pod = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', namespace: 'default', name })
const app = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' }
const one = (name: string, more: Partial<PlannedInstance>): PlannedInstance => ({ ref: pod(name), app, outcome: 'lands', perNode: [], ...more })
const short = (instances: PlannedInstance[]): string[] => landingRows({ instances }).map((r) => `${r.of.name} ${String(r.count)} ${r.outcome} ${r.from ?? ''}>${r.node ?? ''}`)

test('an app\'s instances with the same fate are one line, trouble first', () => {
  const full = { reason: 'Unschedulable', message: '0/2 nodes are available' }
  expect(short([
    one('w-0', { node: 'b' }), one('w-1', { node: 'a' }), one('w-2', { node: 'a' }), one('w-3', { outcome: 'pending', why: full }), one('w-4', { outcome: 'pending', why: full }),
    one('x', { from: 'a', node: 'b' }), { ref: pod('bare'), outcome: 'ends', from: 'a', perNode: [] },
  ])).toEqual(['web 2 pending >', 'bare 1 ends a>', 'web 1 moves a>b', 'web 2 lands >a', 'web 1 lands >b'])
})

test('what is held back on purpose is no trouble, what finds no room is', () => {
  expect(hasTrouble(landingRows({ instances: [one('a', { node: 'n' }), one('b', { outcome: 'gated' })] }))).toBe(false)
  expect(hasTrouble(landingRows({ instances: [one('a', { outcome: 'waits', from: 'n' })] }))).toBe(true)
})

test('nodes that say the same are named together', () => {
  expect(byReasons([{ node: 'a', reasons: ['x'] }, { node: 'b', reasons: ['y'] }, { node: 'c', reasons: ['x'] }])).toEqual([{ nodes: ['a', 'c'], reasons: ['x'] }, { nodes: ['b'], reasons: ['y'] }])
})
