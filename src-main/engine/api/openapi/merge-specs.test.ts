import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Schema } from './definitions.ts'
import { mergeSpecs } from './merge-specs.ts'
import { referencesIn } from './reachable.ts'
import { type RemoteSpec, readSpec } from './remote-spec.ts'
import type { V2Content } from './v2-document.ts'

const ref = (name: string): Schema => ({ $ref: `#/definitions/${name}` })
const kinds = (...names: string[]): Schema => ({ 'x-kubernetes-group-version-kind': names.map((kind) => ({ group: 'g', version: 'v1', kind })) })
const own = (definitions: Record<string, Schema>): V2Content => ({ paths: [], definitions: new Map(Object.entries(definitions)) })
/** A server whose one operation answers with `answer`. */
const spec = (definitions: Record<string, Schema>, answer: string, group = 'g.example.com'): RemoteSpec => {
  const read = readSpec({ paths: { [`/apis/${group}/v1/things`]: { get: { responses: { 200: { description: 'OK', schema: ref(answer) } } } } }, definitions }, group, 'v1')
  if (read === undefined) throw new Error('no document')
  return read
}
const answers = ({ paths }: V2Content): (string | undefined)[] => paths.flatMap((one) => Object.values(one).map((item) => item.get?.responses['200']?.schema?.$ref?.replace('#/definitions/', '')))

describe('definitions of several servers', () => {
  const A: Schema = { type: 'object', description: 'one' }
  const OTHER: Schema = { type: 'object', description: 'another' }

  test.each<{ what: string; own: Record<string, Schema>; specs: RemoteSpec[]; names: string[]; answers: string[] }>([
    { what: 'a new one has its name', own: { A }, specs: [spec({ B: OTHER }, 'B')], names: ['A', 'B'], answers: ['B'] },
    { what: 'the same one is shared', own: { A }, specs: [spec({ A }, 'A')], names: ['A'], answers: ['A'] },
    { what: 'another one has another name', own: { A }, specs: [spec({ A: OTHER }, 'A')], names: ['A', 'A_v2'], answers: ['A_v2'] },
    { what: 'two servers share another name', own: { A }, specs: [spec({ A: OTHER }, 'A'), spec({ A: OTHER }, 'A', 'h')], names: ['A', 'A_v2'], answers: ['A_v2', 'A_v2'] },
    { what: 'a third one has a third', own: { A }, specs: [spec({ A: OTHER }, 'A'), spec({ A: { type: 'string' } }, 'A', 'h')], names: ['A', 'A_v2', 'A_v3'], answers: ['A_v2', 'A_v3'] },
    { what: 'a name that the server itself has is not taken', own: { A }, specs: [spec({ A: { ...OTHER, properties: { b: ref('A_v2') } }, A_v2: { type: 'string' } }, 'A')], names: ['A', 'A_v2', 'A_v3'], answers: ['A_v3'] },
    { what: 'what nothing needs is left out', own: {}, specs: [spec({ A, B: OTHER }, 'A')], names: ['A'], answers: ['A'] },
  ])('$what', ({ own: definitions, specs, names, answers: wanted }) => {
    const merged = mergeSpecs(own(definitions), specs)
    expect([...merged.definitions.keys()].sort()).toEqual(names)
    expect(answers(merged)).toEqual(wanted)
  })

  test('what differs in its kinds alone is of all of them', () => {
    const merged = mergeSpecs(own({ A: { ...A, ...kinds('X') } }), [spec({ A: { ...A, ...kinds('X', 'Y') } }, 'A'), spec({ A: { ...A, ...kinds('Z') } }, 'A', 'h')])
    expect(merged.definitions.get('A')).toEqual({ ...A, ...kinds('X', 'Y', 'Z') })
  })

  test('references follow, in properties, lists and maps', () => {
    const merged = mergeSpecs(own({ A }), [spec({ A: OTHER, B: { type: 'object', properties: { one: ref('A'), list: { type: 'array', items: ref('A') }, map: { type: 'object', additionalProperties: ref('A') } } } }, 'B')])
    expect(merged.definitions.get('B')?.properties).toEqual({ one: ref('A_v2'), list: { type: 'array', items: ref('A_v2') }, map: { type: 'object', additionalProperties: ref('A_v2') } })
  })

  test('own definitions stay as they are, every reference leads somewhere, and the same servers give the same objects', () => {
    const name = fc.constantFrom('A', 'B', 'A_v2')
    const schema = fc.record({ type: fc.constantFrom('object', 'string'), properties: fc.dictionary(fc.constantFrom('x', 'y'), name.map(ref), { maxKeys: 2 }) })
    const whole = fc.record({ A: schema, B: schema, A_v2: schema })
    fc.assert(fc.property(whole, whole, whole, (mine, first, second) => {
      const specs = [spec(first, 'A'), spec(second, 'B', 'h')]
      const merged = mergeSpecs(own(mine), specs)
      for (const [key, value] of Object.entries(mine)) expect(merged.definitions.get(key)).toBe(value)
      for (const target of [...[...merged.definitions.values()].flatMap(referencesIn), ...answers(merged)]) expect(merged.definitions.has(target ?? '')).toBe(true)
      const again = mergeSpecs(own(mine), specs)
      for (const [key, value] of merged.definitions) expect(again.definitions.get(key)).toBe(value)
    }))
  })
})

test('a document that is none is no spec; what is not as it should be is left out of one', () => {
  expect([undefined, null, [], 'x', {}, { paths: [] }].map((one) => readSpec(one, 'g', 'v1'))).toEqual(Array(6).fill(undefined))
  const odd = { paths: { '/apis/g/v1/a': { get: { parameters: [{ $ref: '#/parameters/none' }, 7, { name: 'q', in: 'header' }], responses: { 200: 'no', 201: { schema: { type: ['string'], required: [1, 'a'], properties: 3, items: [], additionalProperties: true, $ref: 'http://elsewhere' } } } }, trace: {} }, '/apis/g/v1/b': null, '/apis/g/v10/c': {}, '/api/v1/pods': {} } }
  expect(readSpec(odd, 'g', 'v1')?.paths).toEqual({ '/apis/g/v1/a': { get: { description: '', operationId: '', consumes: [], produces: [], parameters: [], responses: { 201: { description: '', schema: { required: ['a'], additionalProperties: {} } } } } } })
})
