import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMap } from '../../../common/json.ts'
import { kubernetesSchemas } from '../openapi/schemas.ts'
import { applyJsonPatch } from './json-patch.ts'
import { applyMergePatch } from './merge-patch.ts'
import { applyPatch } from './patch.ts'
import { applyStrategicMerge } from './strategic-merge.ts'

const podSchema = kubernetesSchemas.node({ group: '', version: 'v1', kind: 'Pod' })
const merge = (target: object, patch: object): unknown => applyStrategicMerge(target, patch, podSchema)
const containers = (...list: object[]): object => ({ spec: { containers: list } })
const a = { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }, { name: 'Y', value: '2' }], args: ['one'] }
const b = { name: 'b', image: 'b:1' }

describe('strategic merge', () => {
  test.each<[string, object, object, object]>([
    ['changes one of a list by its key', containers(a, b), containers({ name: 'b', image: 'b:2' }), containers(a, { name: 'b', image: 'b:2' })],
    ['adds to the end', containers(a), containers(b), containers(a, b)],
    ['deletes by key', containers(a, b), containers({ name: 'a', $patch: 'delete' }), containers(b)],
    ['deleting what is not there is nothing', containers(b), containers({ name: 'x', $patch: 'delete' }), containers(b)],
    ['replaces a whole list', containers(a, b), { spec: { containers: [{ $patch: 'replace' }, { name: 'c' }] } }, containers({ name: 'c' })],
    ['replaces a map', { metadata: { labels: { x: '1', y: '2' } } }, { metadata: { labels: { $patch: 'replace', z: '3' } } }, { metadata: { labels: { z: '3' } } }],
    ['deletes a map', { spec: { securityContext: { runAsUser: 1 } } }, { spec: { securityContext: { $patch: 'delete' } } }, { spec: { securityContext: {} } }],
    ['null removes a field', { spec: { hostname: 'h', nodeName: 'n' } }, { spec: { hostname: null } }, { spec: { nodeName: 'n' } }],
    ['nulls in what is new are dropped', {}, { spec: { hostname: null, nodeName: 'n' } }, { spec: { nodeName: 'n' } }],
    ['nested lists merge too', containers(a), containers({ name: 'a', env: [{ name: 'Y', value: '3' }, { name: 'Z', value: '4' }] }), containers({ ...a, env: [{ name: 'X', value: '1' }, { name: 'Y', value: '3' }, { name: 'Z', value: '4' }] })],
    ['lists without a key are replaced', containers(a), containers({ name: 'a', args: ['two'] }), containers({ ...a, args: ['two'] })],
    ['a union: valueFrom replaces value', containers({ name: 'a', env: [{ name: 'X', value: '1' }] }), containers({ name: 'a', env: [{ name: 'X', value: null, valueFrom: { fieldRef: { fieldPath: 'p' } } }] }), containers({ name: 'a', env: [{ name: 'X', valueFrom: { fieldRef: { fieldPath: 'p' } } }] })],
    ['$retainKeys drops the others', { spec: { volumes: [{ name: 'v', emptyDir: {} }] } }, { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] } }, { spec: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] } }],
    ['primitive sets merge', { metadata: { finalizers: ['a/x', 'a/y'] } }, { metadata: { finalizers: ['a/z', 'a/x'] } }, { metadata: { finalizers: ['a/x', 'a/y', 'a/z'] } }],
    ['$deleteFromPrimitiveList', { metadata: { finalizers: ['a/x', 'a/y'] } }, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a/x'] } }, { metadata: { finalizers: ['a/y'] } }],
    ['$setElementOrder orders', containers(a, b), { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'b', image: 'b:2' }] } }, containers({ name: 'b', image: 'b:2' }, a)],
    ['$setElementOrder alone', containers(a, b), { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] } }, containers(b, a)],
    ['what the order does not name stays in place', containers({ name: 'x' }, a, b), { spec: { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [] } }, containers({ name: 'x' }, b, a)],
    ['a new one comes where the order says', containers(a, b), { spec: { '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }, { name: 'b' }], containers: [{ name: 'c' }] } }, containers({ name: 'c' }, a, b)],
    ['ports merge by containerPort', containers({ name: 'a', ports: [{ containerPort: 80, name: 'web' }] }), containers({ name: 'a', ports: [{ containerPort: 80, name: 'http' }, { containerPort: 81 }] }), containers({ name: 'a', ports: [{ containerPort: 80, name: 'http' }, { containerPort: 81 }] })],
    ['tolerations have no key', { spec: { tolerations: [{ key: 'a' }] } }, { spec: { tolerations: [{ key: 'b' }] } }, { spec: { tolerations: [{ key: 'b' }] } }],
  ])('%s', (_, target, patch, result) => {
    const before = structuredClone(target)
    expect(merge(target, patch)).toEqual(result)
    expect(target).toEqual(before)
  })

  test.each<[object, string]>([
    [{ spec: { containers: [{ image: 'x' }] } }, 'does not contain declared merge key: name'], [{ spec: { $patch: 'smash' } }, 'Unknown $patch value: smash'],
    [[], 'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ])('%j is refused', (patch, message) => expect(() => merge(containers(a), patch)).toThrow(message))
})

describe('the other types', () => {
  test('a merge patch of the difference leads from one document to any other', () => {
    const json = fc.letrec<{ value: unknown }>((tie) => ({ value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 3 }), fc.dictionary(fc.constantFrom('a', 'b', 'c'), tie('value'))) })).value
    const map = fc.dictionary(fc.constantFrom('a', 'b', 'c'), json)
    fc.assert(fc.property(map, map, (from, to) => {
      expect(applyMergePatch(from, diff(from, to))).toEqual(to)
    }))
  })

  test('JSON patch: copies that double what is there come to an end', () => {
    const copies = Array.from({ length: 40 }, (_, i) => ({ op: 'copy', from: '/data', path: `/data/c${String(i)}` }))
    expect(() => applyJsonPatch({ data: { a: 'x'.repeat(1000) } }, copies)).toThrow(/accumulated size increase of copy is \d+, exceeding the limit 3145728/)
    expect(applyJsonPatch({ data: { a: 'x' } }, copies.slice(0, 2))).toEqual({ data: { a: 'x', c0: { a: 'x' }, c1: { a: 'x', c0: { a: 'x' } } } })
  })

  test('JSON patch: a failed test, a missing place and junk each say so', () => {
    const apply = (patch: unknown): unknown => applyPatch('application/json-patch+json', { x: 1 }, patch, undefined)
    expect(apply([{ op: 'test', path: '/x', value: 1 }, { op: 'replace', path: '/x', value: 2 }])).toEqual({ x: 2 })
    expect(() => apply([{ op: 'test', path: '/x', value: 2 }])).toThrow('the server rejected our request')
    expect(() => apply([{ op: 'replace', path: '/y', value: 2 }])).toThrow('the server rejected our request')
    expect(() => apply([{ op: 'explode', path: '/x' }])).toThrow('is not an operation')
    expect(() => apply({})).toThrow('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch')
  })

  test('another type is 415', () => {
    expect(() => applyPatch('application/apply-patch+yaml', {}, {}, undefined)).toThrow(expect.objectContaining({ code: 415 }) as Error)
  })
})

function diff(from: Record<string, unknown>, to: Record<string, unknown>): Record<string, unknown> {
  const removed = Object.keys(from).filter((key) => !(key in to)).map((key) => [key, null])
  const set = Object.entries(to).map(([key, value]) => [key, isMap(value) && isMap(from[key]) ? diff(from[key], value) : value])
  return Object.fromEntries([...removed, ...set]) as Record<string, unknown>
}
