import { expect, test } from 'vitest'
import type { NodeSummary, ServerSummary } from '../../src-main/common/contract/index.ts'
import { nodeRows } from './node-rows.ts'

const node = (name: string): NodeSummary => ({ id: `node-${name}`, ref: { apiVersion: 'v1', kind: 'Node', namespace: '', name } }) as NodeSummary
const server = (name: string): ServerSummary => ({ id: name, name }) as ServerSummary

test('a server and its node are one row; each also comes alone', () => {
  const rows = nodeRows([node('b'), node('c')], [server('b'), server('a')])
  expect(rows.map((r) => [r.name, r.node?.id, r.server?.id])).toEqual([['a', undefined, 'a'], ['b', 'node-b', 'b'], ['c', 'node-c', undefined]])
})
