import { expect, test } from 'vitest'
import { byMending, filteredNodes } from './scheduler-words.ts'

test.each<[string, [string | undefined, number | undefined][]]>([
  ['no suitable node (scheduling constraints not satisfied on 2 nodes; insufficient resources on 1 node)', [['constraints', 2], ['resources', 1]]],
  ['no suitable node (1 node not available for new tasks; host-mode port already in use on 1 node)', [['ready', 1], ['hostPort', 1]]],
  ['no suitable node (max replicas per node limit exceed; unsupported platform on 3 nodes; missing plugin on 12 nodes)', [['maxReplicas', undefined], ['platform', 3], ['plugin', 12]]],
  ['no suitable node (the moon is full on 3 nodes)', [[undefined, 3]]],
  ['no suitable node', []], ['No such image: nginx:1', []], ['', []],
])('%s', (err, expected) => expect(filteredNodes(err).map(({ filter, nodes }) => [filter, nodes])).toEqual(expected))

test('what a person can mend comes first', () => {
  expect(filteredNodes('no suitable node (2 nodes not available for new tasks; insufficient resources on 1 node)').sort(byMending).map(({ filter }) => filter)).toEqual(['resources', 'ready'])
})
