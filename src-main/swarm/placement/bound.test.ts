import { expect, test } from 'vitest'
import type { ConstrainedNode } from './constraints.ts'
import type { ConstrainedService } from './bound.ts'
import { isBoundTo } from './bound.ts'

const node = (ID: string, labels: Record<string, string> = {}): ConstrainedNode => ({ ID, Spec: { Role: 'worker', Labels: labels }, Status: {} })
const service = (constraints: string[], mode: ConstrainedService['Spec']['Mode'] = {}): ConstrainedService => ({ Spec: { Name: 's', Mode: mode, TaskTemplate: { Placement: { Constraints: constraints } } } })
const [one, two, three] = [node('n1', { disk: 'ssd' }), node('n2', { disk: 'ssd' }), node('n3')]

test.each([
  ['kept on the node by its ID', service(['node.id==n1']), true], ['kept on another one', service(['node.id==n2']), false], ['without constraints', service([]), false],
  ['two nodes have the label', service(['node.labels.disk==ssd']), false], ['one of them only', service(['node.labels.disk==ssd', 'node.id!=n2']), true],
  ['on each node', service(['node.id==n1'], { Global: {} }), false], ['no node meets it', service(['node.labels.disk==tape']), false],
] as const)('%s', (_, of, bound) => {
  expect(isBoundTo(of, one, [two, three])).toBe(bound)
})
