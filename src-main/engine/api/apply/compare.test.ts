import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { kubernetesSchemas } from '../openapi/schemas.ts'
import { compare, fieldsOf } from './compare.ts'
import { type FieldSet, difference, intersection, isEmpty, union } from './field-set.ts'

const schema = kubernetesSchemas.node({ group: '', version: 'v1', kind: 'Pod' })
const pod = (spec: object, metadata: object = {}): object => ({ metadata, spec })
const web = { name: 'web', image: 'a' }
const FIELDS_OF_WEB = { '.': {}, 'f:image': {}, 'f:name': {} }

const ROWS: [what: string, before: object, after: object, touched: object, removed: object][] = [
  ['nothing', pod({ containers: [web] }), pod({ containers: [web] }), {}, {}],
  ['a value', pod({ containers: [web] }), pod({ containers: [{ ...web, image: 'b' }] }), { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:image': {} } } } }, {}],
  ['an item', pod({ containers: [web] }), pod({ containers: [web, { name: 'side' }] }), { 'f:spec': { 'f:containers': { 'k:{"name":"side"}': { '.': {}, 'f:name': {} } } } }, {}],
  ['an item gone', pod({ containers: [web] }), pod({ containers: [] }), {}, { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': FIELDS_OF_WEB } } }],
  ['a map that was not there', pod({}), pod({}, { labels: { a: '1' } }), { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } }, {}],
  ['a map gone', pod({}, { labels: { a: '1' } }), pod({}), {}, { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } }],
  ['a list that every pod has', { metadata: {} }, pod({ containers: [web] }), { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': FIELDS_OF_WEB } } }, {}],
  ['what a new item always has is new with it', pod({ containers: [] }), pod({ containers: [{ name: 'web', resources: { limits: { cpu: '1' } } }] }),
    { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { '.': {}, 'f:name': {}, 'f:resources': { '.': {}, 'f:limits': { '.': {}, 'f:cpu': {} } } } } } }, {}],
  ['an atomic map', pod({ nodeSelector: { a: '1' } }), pod({ nodeSelector: { a: '1', b: '2' } }), { 'f:spec': { 'f:nodeSelector': {} } }, {}],
  ['an atomic list', pod({}), pod({ tolerations: [{ key: 'a' }] }), { 'f:spec': { 'f:tolerations': {} } }, {}],
  ['a set', pod({}, { finalizers: ['a'] }), pod({}, { finalizers: ['b'] }), { 'f:metadata': { 'f:finalizers': { 'v:"b"': {} } } }, { 'f:metadata': { 'f:finalizers': { 'v:"a"': {} } } }],
  ['an atomic item', pod({}), pod({}, { ownerReferences: [{ uid: 'u', name: 'n' }] }), { 'f:metadata': { 'f:ownerReferences': { '.': {}, 'k:{"uid":"u"}': {} } } }, {}],
  ['an empty struct', pod({}), pod({ securityContext: {} }), { 'f:spec': { 'f:securityContext': {} } }, {}],
]

const value = fc.constantFrom('1', '2')
const anyPod = fc.record({
  metadata: fc.record({ labels: fc.dictionary(fc.constantFrom('a', 'b'), value), finalizers: fc.uniqueArray(value) }, { requiredKeys: [] }),
  spec: fc.record({
    containers: fc.uniqueArray(fc.record({ name: fc.constantFrom('x', 'y'), image: value, env: fc.uniqueArray(fc.record({ name: value, value }), { selector: ({ name }) => name }) }, { requiredKeys: ['name'] }), { selector: ({ name }) => name }),
    nodeSelector: fc.dictionary(fc.constantFrom('a', 'b'), value), restartPolicy: value,
  }, { requiredKeys: ['containers'] }),
}, { requiredKeys: ['spec', 'metadata'] })

/** Does the object have every field that the set names? */
function has(object: unknown, set: FieldSet): boolean {
  const always = { 'f:spec': { '.': {}, 'f:containers': {} }, 'f:metadata': {} }
  return isEmpty(difference(set, union(compare({}, object, schema).touched, always)))
}

describe('what a write did to the fields of an object', () => {
  test.each(ROWS)('%s', (_what, before, after, touched, removed) => {
    expect(compare(before, after, schema)).toEqual({ touched, removed })
  })

  test('what is touched is there after it, what is removed was there before, and nothing is both', () => {
    fc.assert(fc.property(anyPod, anyPod, (before, after) => {
      const { touched, removed } = compare(before, after, schema)
      expect(has(after, touched)).toBe(true)
      expect(has(before, removed)).toBe(true)
      expect(isEmpty(intersection(touched, removed))).toBe(true)
    }))
  })

  test('a configuration names what it sets: items themselves, but no struct, and no empty list', () => {
    expect(fieldsOf(pod({ containers: [web], initContainers: [], nodeSelector: { a: '1' } }, { labels: { a: '1' } }), schema)).toEqual({
      'f:metadata': { 'f:labels': { 'f:a': {} } }, 'f:spec': { 'f:containers': { 'k:{"name":"web"}': FIELDS_OF_WEB }, 'f:nodeSelector': {} },
    })
  })
})
