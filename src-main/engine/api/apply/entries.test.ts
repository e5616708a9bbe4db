import { describe, expect, test } from 'vitest'
import type { ManagedFieldsEntry } from '../../../common/kube/generated/meta-v1.ts'
import { capped, inOrder, recordBefore } from './entries.ts'

const entry = (manager: string, time: string, more: ManagedFieldsEntry = {}): ManagedFieldsEntry => ({ manager, operation: 'Update', apiVersion: 'v1', time, fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { [`f:${manager}`]: {} } } as object, ...more })
const at = (second: number): string => `2026-01-01T00:00:${String(second).padStart(2, '0')}Z`
const stored = [entry('a', at(1))]
const given = [entry('b', at(2))]

describe('a record', () => {
  const BEGINS: [what: string, given: unknown, subresource: string, is: ManagedFieldsEntry[]][] = [
    ['without a word of it', undefined, '', stored],
    ['emptied by who knows nothing of it', [], '', stored],
    ['taken away', [{}], '', []],
    ['written by the client', given, '', given],
    ['written through a subresource', given, 'status', stored],
    ['of an operation that is none', [{ ...given[0], operation: 'Create' }], '', stored],
    ['without a version', [{ ...given[0], apiVersion: '' }], '', stored],
    ['of another type of fields', [{ ...given[0], fieldsType: 'FieldsV2' }], '', stored],
    ['of steps that are none', [{ ...given[0], fieldsV1: { constructor: {} } }], '', stored],
    ['of what is no set', [{ ...given[0], fieldsV1: { 'f:data': 'x' } }], '', stored],
    ['that is no list', 'x', '', stored],
    ['with nothing in its list', [null], '', stored],
    ['with an entry that owns nothing', [...given, { ...entry('c', at(3)), fieldsV1: {} }], '', given],
  ]
  test.each(BEGINS)('%s', (_what, said, subresource, is) => {
    expect(recordBefore(stored, said, subresource)).toEqual(is)
  })

  test('names who applied first, then the oldest', () => {
    const names = (entries: ManagedFieldsEntry[]): unknown[] => entries.map(({ manager, subresource }) => `${manager ?? ''}${subresource ?? ''}`)
    expect(names(inOrder([entry('c', at(2)), entry('b', at(1)), entry('a', at(1), { subresource: 'status' }), entry('a', at(1)), entry('z', at(9), { operation: 'Apply' })]))).toEqual(['z', 'a', 'astatus', 'b', 'c'])
  })

  test('has ten who updated: the oldest of a version become one, whoever applied stays', () => {
    const many = [...Array.from({ length: 12 }, (_, i) => entry(`m${String(i).padStart(2, '0')}`, at(i))), entry('other', at(0), { apiVersion: 'v2' }), entry('applied', at(0), { operation: 'Apply' })]
    const left = inOrder(capped(many))
    expect(left.map(({ manager }) => manager)).toEqual(['applied', 'other', 'ancient-changes', ...many.slice(4, 12).map(({ manager }) => manager)])
    expect(left[2]).toMatchObject({ apiVersion: 'v1', time: at(3), fieldsV1: { 'f:data': { 'f:m00': {}, 'f:m01': {}, 'f:m02': {}, 'f:m03': {} } } })
    expect(capped(many.slice(0, 10))).toEqual(many.slice(0, 10))
  })
})
