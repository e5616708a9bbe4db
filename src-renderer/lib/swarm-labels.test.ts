import { expect, test } from 'vitest'
import { labelProblem, labelsChange } from './swarm-labels.ts'

test.each([['disk', undefined], ['a.b/c-d_1', undefined], ['a b', 'form'], ['', 'form'], ['큰', 'form']] as const)('the name "%s"', (name, problem) => {
  expect(labelProblem([{ name, value: 'x' }], 0)).toBe(problem)
})

test('twice is wrong where it is the second time; an empty row is no label', () => {
  const rows = [{ name: 'disk', value: 'ssd' }, { name: '', value: '' }, { name: 'disk', value: 'hdd' }]
  expect(rows.map((_, i) => labelProblem(rows, i))).toEqual([undefined, undefined, 'twice'])
})

test('only what differs is a change', () => {
  expect(labelsChange({ disk: 'ssd', zone: 'a', old: '1' }, [{ name: 'disk', value: 'ssd' }, { name: 'zone', value: 'b' }, { name: 'new', value: '' }, { name: '', value: '' }])).toEqual({ old: null, zone: 'b', new: '' })
  expect(labelsChange({ a: '1' }, [{ name: 'a', value: '1' }])).toEqual({})
})
