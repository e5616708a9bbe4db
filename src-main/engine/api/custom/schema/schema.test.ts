import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jsonCopy } from '../../../../common/json.ts'
import { FieldErrors } from '../../validation/field-errors.ts'
import { validateVersion } from '../definition/validate-version.ts'
import { parseJsonPath } from '../json-path.ts'
import { CRONTAB_SCHEMA } from '../testing/crontab.ts'
import { applyDefaults } from './defaults.ts'
import { hasFormat } from './formats.ts'
import type { JsonSchema } from './json-schema.ts'
import { validateUniqueness } from './lists.ts'
import { prune } from './prune.ts'
import { validateBySchema } from './validate.ts'

const SCHEMA = CRONTAB_SCHEMA as unknown as JsonSchema
const shape = (object: Record<string, unknown>): Record<string, unknown> => {
  const pruned = prune(jsonCopy(object), SCHEMA, (metadata) => ({ value: metadata, unknown: [] }), [])
  applyDefaults(pruned, SCHEMA)
  return pruned
}
const json = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, fc.constantFrom<unknown>(null, true, 0, 1.5, -1, 'a', '* * * * 5', ''), fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('spec', 'status', 'cron', 'image', 'replicas', 'steps', 'name', 'tags', 'labels', 'free', 'known', 'a', 'template', 'metadata', 'apiVersion', 'kind', 'note', 'unknown', '__proto__', 'constructor', 'conditions', 'type'), tie('value'), { maxKeys: 6 })),
})).value

test('shaping twice is shaping once, whatever the object; and checking it never fails otherwise than by an error', () => {
  fc.assert(fc.property(fc.dictionary(fc.constantFrom('spec', 'status', 'apiVersion', 'kind', 'metadata', 'x'), json), (object) => {
    const once = shape(object)
    expect(shape(once)).toEqual(once)
    const errors = new FieldErrors()
    validateBySchema(once, SCHEMA, '', errors)
    validateUniqueness(once, SCHEMA, '', errors)
    validateBySchema(once, SCHEMA, '', new FieldErrors(), shape({ ...object, spec: { cron: 'x' } }))
  }), { numRuns: 2000 })
})

test('a name that means something to the language is a field like another', () => {
  const open: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const object = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as Record<string, unknown>
  const pruned = prune(object, open, (metadata) => ({ value: metadata, unknown: [] }), [])
  expect(JSON.stringify(pruned)).toBe('{"__proto__":{"polluted":true},"constructor":1}')
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  expect(prune(object, { type: 'object' }, (metadata) => ({ value: metadata, unknown: [] }), [])).toEqual({})
})

describe('value validations', () => {
  test.each<[string, JsonSchema, unknown, string[]]>([
    ['anyOf', { anyOf: [{ minimum: 5 }, { maximum: 1 }], type: 'integer' }, 3, ['x: Invalid value: "": "x" must validate at least one schema (anyOf)', 'x: Invalid value: 3: x in body should be greater than or equal to 5']],
    ['oneOf', { type: 'object', oneOf: [{ required: ['a'] }, { required: ['b'] }] }, { a: 1, b: 2 }, ['x: Invalid value: "": "x" must validate one and only one schema (oneOf). Found 2 valid alternatives']],
    ['not', { type: 'string', not: { enum: ['a'] } }, 'a', ['x: Invalid value: "": "x" must not validate the schema (not)']],
    ['allOf', { type: 'integer', allOf: [{ minimum: 1 }, { maximum: 2 }] }, 2, []],
    ['exclusive', { type: 'number', maximum: 1, exclusiveMaximum: true }, 1, ['x: Invalid value: 1: x in body should be less than 1']],
    ['multiple', { type: 'number', multipleOf: 0.1 }, 0.3, []],
    ['no multiple', { type: 'integer', multipleOf: 2 }, 3, ['x: Invalid value: 3: x in body should be a multiple of 2']],
    ['length by characters', { type: 'string', maxLength: 2 }, '😀😀', []],
    ['too short', { type: 'string', minLength: 2 }, 'a', ['x: Invalid value: "a": x in body should be at least 2 chars long']],
    ['items', { type: 'array', minItems: 2, items: { type: 'string' } }, ['a'], ['x: Invalid value: 1: x in body should have at least 2 items']],
    ['properties', { type: 'object', maxProperties: 1 }, { a: 1, b: 2 }, ['x: Too many: 2: must have at most 1 items']],
    ['int32', { type: 'integer', format: 'int32' }, 2 ** 31, ['x: Invalid value: 2147483648: x in body must be of type int32: "2147483648"']],
    ['a hostile pattern', { type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(50_000)}b`, [`x: Invalid value: "${'a'.repeat(50_000)}b": x in body should match '^(a+)+$'`]],
  ])('%s', (_, schema, value, messages) => {
    const errors = new FieldErrors()
    validateBySchema(value, schema, 'x', errors)
    expect(errors.causes.map(({ field, message }) => `${field ?? ''}: ${message ?? ''}`)).toEqual(messages)
  })

  test.each([['ipv4', '10.0.0.1', '10.0.0.256'], ['ipv6', '::1', '1'], ['cidr', '10.0.0.0/8', '10.0.0.0/64'], ['date', '2024-02-29', '2023-02-29'], ['date-time', '2024-01-01T00:00:00.5+09:00', '2024-01-01'], ['duration', '1h2m', '1 year'], ['email', 'a@b.c', 'ab'], ['hostname', 'a.b-c', '-a'], ['uuid', '123e4567-e89b-12d3-a456-426614174000', 'x'], ['byte', 'aGk=', 'a'], ['uri', 'https://a', '::'], ['mac', '00:00:5e:00:53:01', '0'], ['whatever', 'any', '']])('format %s', (format, good, bad) => {
    expect([hasFormat(good, format), hasFormat(bad, format)]).toEqual([true, format === 'whatever'])
  })
})

describe('a schema is refused', () => {
  const wrong = (schema: object): string[] => {
    const errors = new FieldErrors()
    validateVersion({ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema as never } }, 'v', errors, undefined)
    return errors.causes.map(({ field, message }) => `${(field ?? '').replace('v.schema.openAPIV3Schema', '')}: ${message ?? ''}`)
  }
  const inSpec = (spec: object): string[] => wrong({ type: 'object', properties: { spec } })
  test('not where it is structural', () => expect(wrong(CRONTAB_SCHEMA)).toEqual([]))
  test.each<[object, string]>([
    [{}, '.properties[spec].type: Required value: must not be empty for specified object fields'],
    [{ type: 'array' }, '.properties[spec].items: Required value: must be specified'],
    [{ type: 'array', items: {} }, '.properties[spec].items.type: Required value: must not be empty for specified array items'],
    [{ type: 'thing' }, '.properties[spec].type: Unsupported value: "thing": supported values: "array", "boolean", "integer", "number", "object", "string"'],
    [{ type: 'object', properties: {}, additionalProperties: true }, '.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive'],
    [{ type: 'array', uniqueItems: true, items: { type: 'string' } }, '.properties[spec].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic'],
    [{ type: 'object', anyOf: [{ type: 'object', properties: { a: { type: 'string' } } }] }, '.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural'],
    [{ type: 'object', anyOf: [{ properties: { a: {} } }] }, '.properties[spec].properties[a]: Required value: because it is defined in v.schema.openAPIV3Schema.properties[spec].anyOf[0].properties[a]'],
    [{ type: 'string', pattern: '(' }, '.properties[spec].pattern: Invalid value: "(": must be a valid regular expression'],
    [{ type: 'integer', default: 'a' }, '.properties[spec].default: Invalid value: "string"'],
    [{ type: 'object', properties: { a: { type: 'string' } }, default: { b: 1 } }, '.properties[spec].default: Invalid value: {"b":1}: must not have unknown fields: b'],
    [{ type: 'string', 'x-kubernetes-list-type': 'set' }, '.properties[spec].type: Invalid value: "string": must be array if x-kubernetes-list-type is specified'],
    [{ type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object', properties: { a: { type: 'string' } } } }, '.properties[spec].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map'],
    [{ type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['b'], items: { type: 'object' } }, '.properties[spec].x-kubernetes-list-map-keys[0]: Invalid value: "b": entries must all be names of item properties'],
    [{ type: 'object', 'x-kubernetes-embedded-resource': true }, '.properties[spec].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields'],
    [{ type: 'object', $ref: '#/x' }, '.properties[spec].$ref: Forbidden: $ref is not supported'],
    [{ type: 'object', properties: 5 }, '.properties[spec].properties: Invalid value: 5: must be a map of schemas'],
    [{ type: 'array', items: [{ type: 'string' }] }, '.properties[spec].items: Forbidden: items must be a schema object and not an array'],
  ])('%j', (spec, message) => expect(inSpec(spec).some((one) => one.startsWith(message)), inSpec(spec).join('\n')).toBe(true))
  test('with metadata of its own', () => expect(wrong({ type: 'object', properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } } })[0]).toContain('must not specify anything other than name and generateName'))
  test('where its root is no object', () => expect(wrong({ type: 'array', items: { type: 'string' } })).toContain('.type: Invalid value: "array": must be object at the root'))

  test('whatever is in it, only by errors', () => {
    const word = fc.constantFrom('type', 'properties', 'items', 'additionalProperties', 'anyOf', 'not', 'allOf', 'required', 'enum', 'default', 'pattern', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-validations', 'x-kubernetes-embedded-resource', 'x-kubernetes-preserve-unknown-fields', 'x-kubernetes-int-or-string', 'nullable', 'a', 'rule', 'maxItems')
    const any = fc.letrec((tie) => ({ v: fc.oneof({ maxDepth: 5 }, fc.constantFrom<unknown>(null, true, 5, 'object', 'array', 'string', 'self.a', '('), fc.array(tie('v'), { maxLength: 2 }), fc.dictionary(word, tie('v'), { maxKeys: 4 })) })).v
    fc.assert(fc.property(fc.dictionary(word, any, { maxKeys: 5 }), (schema) => void wrong({ type: 'object', ...schema })), { numRuns: 1500 })
  })
})

test.each([
  ['.spec.replicas', [3]], ['{.spec.replicas}', [3]], ['.spec.list[*].name', ['a', 'b']], ['.spec.list[0].name', ['a']], ['.spec.list[-1:].name', ['b']], ['.spec.list[?(@.ok==true)].name', ['b']], ['.spec.list[?(@.name=="a")].name', ['a']],
  [".metadata.annotations['a.b/c']", ['x']], ['.metadata.annotations.a\\.b/c', ['x']], ['.spec.nope.deep', []], ['..name', ['a', 'b']], ['.spec.list[?(@.n>1)].n', [2]],
])('JSONPath %s', (path, found) => {
  expect(parseJsonPath(path).find({ metadata: { annotations: { 'a.b/c': 'x' } }, spec: { replicas: 3, list: [{ name: 'a', ok: false, n: 1 }, { name: 'b', ok: true, n: 2 }] } })).toEqual(found)
})
test.each(['.spec[', '.a[?(', '.a[x]', '.a..', '.'])('%s is no JSONPath', (path) => expect(() => parseJsonPath(path)).toThrow())
