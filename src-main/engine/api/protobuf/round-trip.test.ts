import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { groupResourceOf } from '../../../common/kube/resource.ts'
import type { Store } from '../../store/store.ts'
import { EXAMPLES } from '../testing/contract/examples.ts'
import type { Schema } from '../openapi/definitions.ts'
import { DEFINITIONS, INT_OR_STRING, META_V1, QUANTITY, definitionOf, referenceOf, resolve } from '../openapi/definitions.ts'
import { builtinKinds } from '../registry/builtin.ts'
import { Registry } from '../registry/registry.ts'
import { decodeObject, encodeObject, hasProtobuf } from './envelope.ts'
import table from './messages.json' with { type: 'json' }
import { messageOf, messageOfKind } from './messages.ts'
import { said } from './testing/said.ts'

// What goes into protobuf comes out of it: every kind's example, and random objects by each kind's own schema.

interface Kind { apiVersion: string; kind: string; definition: string }

const registry = new Registry(builtinKinds({ revision: 1 } as Store))
const all: Kind[] = registry.served().flatMap(({ resource: { group, version, kind } }) => {
  const definition = definitionOf({ group, version, kind })
  const apiVersion = group === '' ? version : `${group}/${version}`
  return definition === undefined || !hasProtobuf({ apiVersion, kind }) ? [] : [{ apiVersion, kind, definition }]
})
const options: Kind[] = [
  { apiVersion: 'v1', kind: 'DeleteOptions', definition: `${META_V1}DeleteOptions` }, { apiVersion: 'v1', kind: 'Status', definition: `${META_V1}Status` },
  { apiVersion: 'autoscaling/v1', kind: 'Scale', definition: 'io.k8s.api.autoscaling.v1.Scale' }, { apiVersion: 'policy/v1', kind: 'Eviction', definition: 'io.k8s.api.policy.v1.Eviction' },
  { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', definition: 'io.k8s.api.authentication.v1.TokenRequest' },
]

const there = (object: object): { apiVersion: string; kind: string } => decodeObject(encodeObject(object as { apiVersion: string; kind: string })) as { apiVersion: string; kind: string }

/** The kinds of Kubernetes' own that are served without protobuf: kept short on purpose. */
const WITHOUT = ['apiregistration.k8s.io/v1/APIService']

test('every kind of Kubernetes that is served has protobuf, its list too', () => {
  const own = registry.served().map(({ resource: { group, version, kind } }) => ({ apiVersion: group === '' ? version : `${group}/${version}`, kind }))
    .filter(({ apiVersion }) => !/^(toque\.dev|gateway\.networking\.k8s\.io|snapshot\.storage\.k8s\.io)\//.test(apiVersion))
  expect(own.filter((each) => !hasProtobuf(each)).map(({ apiVersion, kind }) => `${apiVersion}/${kind}`)).toEqual(WITHOUT)
  const lists = registry.all().map(({ resource: { group, version, kind } }) => ({ apiVersion: group === '' ? version : `${group}/${version}`, kind: `${kind}List` })).filter(({ apiVersion, kind }) => hasProtobuf({ apiVersion, kind: kind.slice(0, -'List'.length) }))
  expect(lists.filter((each) => !hasProtobuf(each))).toEqual([])
})

test('every message names only messages that are there', () => {
  for (const name of Object.keys(table.messages)) expect(() => messageOf(name).forEach((field) => (field.inlined ? messageOf(field.type) : undefined)), name).not.toThrow()
})

describe('every kind\'s example', () => {
  test.each(registry.served().filter(({ resource: r }) => EXAMPLES[groupResourceOf(r)] !== undefined && hasProtobuf({ apiVersion: r.group === '' ? r.version : `${r.group}/${r.version}`, kind: r.kind })).map((k) => [groupResourceOf(k.resource), k] as const))('%s', (id, { resource: { group, version, kind } }) => {
    const { status, body } = EXAMPLES[id] ?? { body: () => ({}) }
    const object = { apiVersion: group === '' ? version : `${group}/${version}`, kind, metadata: { name: 'x', labels: { a: 'b', c: '' }, creationTimestamp: '2026-01-02T03:04:05Z', managedFields: [{ manager: 'm', operation: 'Apply', fieldsV1: { 'f:metadata': { '.': {} } } }] }, ...body('x'), ...(status === undefined ? {} : { status }) }
    expect(there(object)).toEqual(said(object))
  })
})

const key = fc.stringMatching(/^[a-z]{1,6}$/)
const micro = fc.integer({ min: 0, max: 999_999 }).map((n) => `2026-05-06T07:08:09.${String(n).padStart(6, '0')}Z`)
const seconds = fc.integer({ min: -2_000_000_000, max: 4_000_000_000 }).map((s) => new Date(s * 1000).toISOString().replace('.000Z', 'Z'))

/** Values of a schema; `depth` levels of optional fields are filled, by chance. */
function valuesOf(schema: Schema, type: string, depth: number): fc.Arbitrary<unknown> {
  const name = referenceOf(schema)
  if (type === 'api.resource.Quantity' || name === QUANTITY) return fc.constantFrom('1', '100m', '1.5', '64Mi', '0')
  if (type === 'util.intstr.IntOrString' || name === INT_OR_STRING) return fc.oneof(fc.integer({ min: -5, max: 65_535 }), fc.constantFrom('25%', 'web', ''))
  if (type === 'meta.v1.Time') return seconds
  if (type === 'meta.v1.MicroTime') return micro
  if (type === 'meta.v1.FieldsV1' || type === 'runtime.RawExtension') return fc.dictionary(key, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  if (type.endsWith('.ExtraValue')) return fc.array(fc.string(), { maxLength: 3 })
  if (type === 'bytes') return fc.uint8Array({ maxLength: 9 }).map((bytes) => Buffer.from(bytes).toString('base64'))
  if (type === 'string') return fc.string({ unit: 'grapheme', maxLength: 8 })
  if (type === 'int') return resolve(schema).format === 'int64' ? fc.maxSafeInteger() : fc.integer()
  if (type === 'bool') return fc.boolean()
  if (type === 'double') return fc.double({ noNaN: true })
  return objectsOf(name ?? '', type, depth)
}

function objectsOf(definition: string, message: string, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const properties = DEFINITIONS[definition]?.properties ?? {}
  const fields = [...carried(message)].filter(([name]) => properties[name] !== undefined)
  if (depth === 0) return fc.constant({})
  const model = Object.fromEntries(fields.map(([name, field]): [string, fc.Arbitrary<unknown>] => {
    const schema = properties[name] ?? {}
    const target = resolve(schema)
    const values = fc.constant(null).chain(() => valuesOf(field.shape === 'list' ? target.items ?? {} : field.shape === 'map' ? target.additionalProperties ?? {} : schema, field.type, depth - 1))
    return [name, field.shape === 'list' ? fc.array(values, { maxLength: 2 }) : field.shape === 'map' ? fc.dictionary(key, values, { maxKeys: 2 }) : values]
  }))
  return fc.record(model, { requiredKeys: [] })
}

function carried(message: string): Map<string, { type: string; shape: string }> {
  const found = new Map<string, { type: string; shape: string }>()
  for (const field of messageOf(message).values()) {
    if (field.inlined) for (const [name, inner] of carried(field.type)) found.set(name, inner)
    else found.set(field.name, field)
  }
  return found
}

test('random objects by the schema of each kind', () => {
  fc.assert(fc.property(fc.constantFrom(...all, ...options).chain((kind) => objectsOf(kind.definition, messageOfKind(kind.apiVersion, kind.kind) ?? '', 6).map((object) => ({ ...JSON.parse(JSON.stringify(object)) as object, apiVersion: kind.apiVersion, kind: kind.kind }))), (object) => {
    const once = there(object)
    expect(once).toEqual(said(object))
    expect(there(once)).toEqual(once)
  }), { numRuns: 600 })
})
