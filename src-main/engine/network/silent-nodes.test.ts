import { expect, test } from 'vitest'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import { RESPONDING } from '../../common/kube/node-conditions.ts'
import { avoidedNodes, silentNodes } from './silent-nodes.ts'

const nodes = (...responding: string[]): Node[] => responding.map((status, i) => ({
  apiVersion: 'v1', kind: 'Node', metadata: { name: `n${String(i + 1)}`, uid: String(i), resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }, spec: {}, status: { conditions: status === '' ? [] : [{ type: RESPONDING, status }] },
}))

test.each<[string, string[], string[], string[]]>([
  ['never suspected', ['', ''], [], []],
  ['silent', ['True', 'False', ''], ['n2'], ['n2']],
  ['silent itself: it is told too late, if at all', ['False', 'True'], ['n1'], []],
  ['all silent: it is the engine that is cut off', ['False', 'False'], [], []],
  ['back, and not looked at yet', ['True', 'Unknown'], [], ['n2']],
  ['back itself: its own pods may have ended with it', ['Unknown', 'True'], [], ['n1']],
])('%s', (_, responding, silent, avoided) => {
  expect([...silentNodes(nodes(...responding))]).toEqual(silent)
  expect([...avoidedNodes(nodes(...responding), 'n1')]).toEqual(avoided)
})
