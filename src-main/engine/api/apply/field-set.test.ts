import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sharedFields } from '../../../common/kube/shared-fields.ts'
import { type FieldSet, difference, intersection, isEmpty, pathsOf, union } from './field-set.ts'

const step = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:"y"')
const { set } = fc.letrec<{ set: FieldSet; inner: FieldSet }>((tie) => ({
  // As records have them: no empty set below a step but where it means the place itself.
  inner: fc.oneof({ maxDepth: 3 }, fc.constant({}), fc.tuple(fc.boolean(), fc.dictionary(step, tie('inner'), { minKeys: 1, maxKeys: 3 })).map(([itself, rest]): FieldSet => (itself ? { '.': {}, ...rest } : rest))),
  set: fc.dictionary(step, tie('inner'), { maxKeys: 3 }),
}))

/** The members of a set, each by its whole path. */
function members(of: FieldSet, prefix = ''): string[] {
  return Object.entries(of).flatMap(([at, inner]) => (at === '.' ? [] : [...('.' in inner || isEmpty(inner) ? [`${prefix}/${at}`] : []), ...members(inner, `${prefix}/${at}`)]))
}
const membersOf = (of: FieldSet): Set<string> => new Set(members(of))

describe('sets of fields', () => {
  test('are sets: what is in their union, difference and intersection', () => {
    fc.assert(fc.property(set, set, (a, b) => {
      const [left, right] = [membersOf(a), membersOf(b)]
      expect(membersOf(union(a, b))).toEqual(new Set([...left, ...right]))
      expect(membersOf(difference(a, b))).toEqual(new Set([...left].filter((one) => !right.has(one))))
      expect(membersOf(intersection(a, b))).toEqual(new Set([...left].filter((one) => right.has(one))))
      expect(isEmpty(difference(a, a))).toBe(true)
    }))
  })

  test('a difference that takes nothing is the set itself', () => {
    const a: FieldSet = { 'f:a': { 'f:b': {} } }
    expect(difference(a, { 'f:a': {}, 'f:c': {} })).toBe(a)
  })

  test('a place and what is below it are two members', () => {
    const both: FieldSet = { 'f:a': { '.': {}, 'f:b': {} } }
    expect(difference(both, { 'f:a': {} })).toEqual({ 'f:a': { 'f:b': {} } })
    expect(difference(both, { 'f:a': { 'f:b': {} } })).toEqual({ 'f:a': {} })
    expect(pathsOf(both)).toEqual(['.a', '.a.b'])
  })

  test('equal sets are one in memory, in order, and frozen', () => {
    fc.assert(fc.property(set, (one) => {
      const shared = sharedFields(one)
      expect(shared).toEqual(one)
      expect(sharedFields(structuredClone(one))).toBe(shared)
      expect(Object.isFrozen(shared)).toBe(true)
      expect(Object.keys(shared)).toEqual(Object.keys(one).sort())
    }))
  })

  test('also where there are more of them than are kept: none is forgotten by halves', () => {
    for (let i = 0; i < 6_000; i++) {
      const one: FieldSet = { 'f:a': { [`f:${String(i)}`]: { 'f:b': {} } } }
      if (sharedFields(structuredClone(one)) !== sharedFields(one)) throw new Error(`the ${String(i)}th of two equal ones is another`)
    }
  })
})
