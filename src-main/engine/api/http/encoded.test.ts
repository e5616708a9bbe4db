import { expect, test } from 'vitest'
import { deepFreeze, type KubeObject } from '../../../common/kube/object.ts'
import { jsonOf } from './encoded.ts'

const object = (data: string): KubeObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: '이름' }, data: { key: data } }) as unknown as KubeObject
const read = (bytes: Buffer): unknown => JSON.parse(bytes.toString())

test('an object that does not change is encoded once, whatever letters it has', () => {
  const frozen = deepFreeze(object('값 ✓'))
  expect(read(jsonOf(frozen))).toEqual(frozen)
  expect(jsonOf(frozen)).toBe(jsonOf(frozen))
})

test('of one that may change, every encoding shows what it is then', () => {
  const open = object('a')
  expect(read(jsonOf(open))).toEqual(open)
  open.metadata.name = 'other'
  expect(read(jsonOf(open))).toEqual(open)
})

test('of a long one no second copy stays', () => {
  const long = deepFreeze(object('x'.repeat(20_000)))
  expect(jsonOf(long)).not.toBe(jsonOf(long))
  expect(read(jsonOf(long))).toEqual(long)
})
