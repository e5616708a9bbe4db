import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../../../common/fake-clock.ts'
import { StatusError } from '../../../../common/errors.ts'
import { CustomResourceDefinitions } from '../../../../common/kube/kinds.ts'
import type { ValidationRule } from '../schema/json-schema.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../../testing/test-api.ts'
import { cronTabDefinition } from '../testing/crontab.ts'
import { escaped, unescaped } from './field-names.ts'

let t: TestApi
beforeAll(async () => {
  t = await startTestApi(new FakeClock())
})
afterAll(() => t.close())

const Rules = { group: 'rules.example.com', version: 'v1', kind: 'CronTab', plural: 'crontabs', namespaced: true }
const refusal = async (write: () => Promise<unknown>): Promise<string> => write().then(() => 'taken', (error: unknown) => (error instanceof StatusError ? error.message : String(error)))

/** A definition whose spec has these properties and these rules; rules of properties stand in them. */
async function define(properties: object, rules: ValidationRule[], more: object = {}): Promise<unknown> {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties, 'x-kubernetes-validations': rules, ...more } } } }
  const definition = cronTabDefinition({ schema } as never, { group: 'rules.example.com' }, 'rules.example.com')
  const versions = (definition['spec'] as { versions: { selectableFields?: unknown; subresources?: unknown; additionalPrinterColumns?: unknown }[] }).versions
  for (const version of versions) for (const field of ['selectableFields', 'subresources', 'additionalPrinterColumns'] as const) delete version[field]
  return t.api.create(CustomResourceDefinitions, '', definition, AS_TESTER)
}
const create = async (spec: object, name = 'a'): Promise<unknown> => t.api.create(Rules, 'default', { metadata: { name }, spec }, AS_TESTER)
const update = async (spec: object, name = 'a'): Promise<unknown> => t.api.update(Rules, 'default', name, { metadata: { name }, spec }, AS_TESTER)

beforeEach(async () => {
  if (t.api.registry.find(Rules) !== undefined) await t.api.deleteCollection(Rules, {}, {}, AS_TESTER)
  const found = t.api.list(CustomResourceDefinitions).items.find(({ metadata }) => metadata.name === 'crontabs.rules.example.com')
  if (found === undefined) return
  const { object } = await t.api.delete(CustomResourceDefinitions, '', found.metadata.name, {}, AS_TESTER)
  await t.api.update(CustomResourceDefinitions, '', found.metadata.name, { ...object, metadata: { ...object.metadata, finalizers: [] } }, AS_TESTER)
})

const NUMBERS = { replicas: { type: 'integer' }, max: { type: 'integer' } }

test('a rule that does not hold refuses a write, with its message, reason and field', async () => {
  await define(NUMBERS, [
    { rule: 'self.replicas <= self.max' }, { rule: 'self.max < 100', message: 'too many' }, { rule: 'self.max != 7', messageExpression: '"not %d".format([self.max])', message: 'plain' },
    { rule: 'self.max != 8', reason: 'FieldValueForbidden', fieldPath: '.max', message: 'eight is taken' },
  ])
  expect(await refusal(() => create({ replicas: 1, max: 2 }))).toBe('taken')
  expect(await refusal(() => create({ replicas: 3, max: 2 }, 'b'))).toBe('CronTab.rules.example.com "b" is invalid: spec: Invalid value: "object": failed rule: self.replicas <= self.max')
  expect(await refusal(() => create({ replicas: 3, max: 200 }, 'b'))).toContain('spec: Invalid value: "object": too many')
  expect(await refusal(() => create({ replicas: 3, max: 7 }, 'b'))).toContain('spec: Invalid value: "object": not 7')
  expect(await refusal(() => create({ replicas: 3, max: 8 }, 'b'))).toContain('spec.max: Forbidden: eight is taken')
  expect(await refusal(() => create({ replicas: 3 }, 'b'))).toContain('spec: Invalid value: "object": rule evaluation error: no such key: max evaluating rule')
})

test('a rule about a change is asked at updates', async () => {
  const once = { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'is immutable' }] }
  const item = { type: 'object', required: ['name'], properties: { name: { type: 'string' }, size: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >= oldSelf', message: 'may not shrink' }] } } }
  const first = { type: 'integer', 'x-kubernetes-validations': [{ rule: 'oldSelf.hasValue() || self == 1', optionalOldSelf: true, message: 'begins with 1' }] }
  await define({ once, first, disks: { type: 'array', maxItems: 10, items: item, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] } }, [])
  await create({ once: 'a', first: 1, disks: [{ name: 'x', size: 2 }] })
  expect(await refusal(() => create({ first: 2 }, 'b'))).toContain('spec.first: Invalid value: "integer": begins with 1')
  expect(await refusal(() => update({ once: 'b', first: 1 }))).toContain('spec.once: Invalid value: "string": is immutable')
  expect(await refusal(() => update({ once: 'a', first: 1, disks: [{ name: 'y', size: 1 }, { name: 'x', size: 1 }] }))).toContain('spec.disks[1].size: Invalid value: "integer": may not shrink')
  expect(await refusal(() => update({ once: 'a', first: 5, disks: [{ name: 'y', size: 1 }, { name: 'x', size: 3 }] }))).toBe('taken')
})

test('a rule that came later is not held against what does not change', async () => {
  await define(NUMBERS, [])
  await create({ replicas: 5, max: 1 })
  const name = 'crontabs.rules.example.com'
  await t.api.patch(CustomResourceDefinitions, '', name, 'application/json-patch+json', [{ op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/x-kubernetes-validations', value: [{ rule: 'self.replicas <= self.max' }] }], 'main', AS_TESTER)
  expect(await refusal(() => t.api.patch(Rules, 'default', 'a', 'application/merge-patch+json', { metadata: { labels: { a: 'b' } } }, 'main', AS_TESTER))).toBe('taken')
  expect(await refusal(() => update({ replicas: 6, max: 1 }))).toContain('failed rule')
})

test('values are what their schema says', async () => {
  const properties = {
    at: { type: 'string', format: 'date-time' }, wait: { type: 'string', format: 'duration' }, data: { type: 'string', format: 'byte' }, ratio: { type: 'number' }, port: { 'x-kubernetes-int-or-string': true }, tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' }, maxItems: 5 },
    'my-field': { type: 'string' }, namespace: { type: 'string' }, labels: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 5 }, __a: { type: 'string' },
  }
  await define(properties, [
    { rule: 'self.at > timestamp("2020-01-01T00:00:00Z")' }, { rule: 'self.wait < duration("2h")' }, { rule: 'size(self.data) == 2' }, { rule: 'self.ratio == 1.0' }, { rule: 'type(self.port) == int ? self.port > 1 : self.port == "http"' },
    { rule: 'self.tags == ["b", "a"]' }, { rule: 'self.my__dash__field == self.__namespace__' }, { rule: 'self.labels["my-label"] == "x"' }, { rule: 'self.__underscores__a == "u"' },
  ])
  const good = { at: '2026-01-01T00:00:00Z', wait: '1h', data: Buffer.from('hi').toString('base64'), ratio: 1, port: 80, tags: ['a', 'b'], 'my-field': 'n', namespace: 'n', labels: { 'my-label': 'x' }, __a: 'u' }
  expect(await refusal(() => create(good))).toBe('taken')
  expect(await refusal(() => create({ ...good, port: 'http' }, 'b'))).toBe('taken')
  expect(await refusal(() => create({ ...good, wait: '3h', tags: ['a', 'c'] }, 'c'))).toMatch(/failed rule: self\.wait.*failed rule: self\.tags/)
  for (const name of ['a-b.c/d', 'namespace', 'x__y', 'plain', 'in']) expect(unescaped(escaped(name) ?? '')).toBe(name)
})

describe('a definition is refused', () => {
  const text = { type: 'string' }
  test.each([
    ['a rule that is none', NUMBERS, { rule: 'self.replicas <' }, 'rule: Invalid value: "self.replicas <": compilation failed: ERROR: <input>:1:16: Syntax error'],
    ['a field that is not there', NUMBERS, { rule: 'self.nope == 1' }, "undefined field 'nope'"],
    ['another type than bool', NUMBERS, { rule: 'self.max' }, 'cel expression must evaluate to a bool'],
    ['no rule', NUMBERS, { rule: ' ' }, 'rule: Required value: rule is not specified'],
    ['a reason that nobody knows', NUMBERS, { rule: 'true', reason: 'Because' }, 'reason: Unsupported value: "Because"'],
    ['a path to nowhere', NUMBERS, { rule: 'true', fieldPath: '.nope' }, 'fieldPath: Invalid value: ".nope": does not refer to a valid field'],
    ['a message that is no text', NUMBERS, { rule: 'true', messageExpression: 'self.max' }, 'messageExpression must evaluate to a string'],
    ['an old self that nobody asks', NUMBERS, { rule: 'self.max > 1', optionalOldSelf: true }, 'may not be set if oldSelf is not used in rule'],
    ['what may cost too much', { all: { type: 'array', items: { type: 'array', items: text } } }, { rule: 'self.all.all(x, x.all(y, y.contains("a")))' }, 'estimated rule cost exceeds budget by factor of more than 100x'],
  ])('with %s', async (_, properties, rule, message) => expect(await refusal(() => define(properties, [rule]))).toContain(message))

  test('with an old self where nothing can be found again', async () => {
    const list = { type: 'array', maxItems: 5, items: { type: 'object', properties: { a: text }, 'x-kubernetes-validations': [{ rule: 'self.a == oldSelf.a' }] } }
    expect(await refusal(() => define({ list }, []))).toContain('oldSelf cannot be used on the uncorrelatable portion of the schema')
  })
})

test('a rule in lists without a limit may ask what costs nothing', async () => {
  const sigv4 = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } }, 'x-kubernetes-validations': [{ rule: '(!has(self.a) && !has(self.b)) || (has(self.a) && has(self.b))', message: 'both or none' }] }
  const configs = { type: 'array', items: { type: 'object', properties: { sigv4, labels: { type: 'object', maxProperties: 8, additionalProperties: { type: 'string' }, 'x-kubernetes-validations': [{ rule: 'self.all(key, key.split("/")[0].size() < 253)' }] } } } }
  expect(await refusal(() => define({ receivers: { type: 'array', maxItems: 8, items: { type: 'object', properties: { configs } } } }, []))).toContain('labels].x-kubernetes-validations[0].rule: Forbidden: estimated rule cost')
  delete (configs.items.properties as { labels?: unknown }).labels
  expect(await refusal(() => define({ receivers: { type: 'array', items: { type: 'object', properties: { configs } } } }, []))).toBe('taken')
  expect(await refusal(() => create({ receivers: [{ configs: [{ sigv4: { a: 'x', b: 'y' } }, { sigv4: { a: 'x' } }] }] }))).toContain('spec.receivers[0].configs[1].sigv4: Invalid value: "object": both or none')
})

test('an object on which a rule costs too much is refused, and the engine goes on', async () => {
  await define({ list: { type: 'array', maxItems: 1100, items: { type: 'integer' } } }, [{ rule: 'self.list.all(x, self.list.all(y, x + y > 0))' }])
  expect(await refusal(() => create({ list: Array.from({ length: 1000 }, () => 1) }))).toContain('call cost exceeds limit')
  expect(await refusal(() => create({ list: [1, 2] }, 'b'))).toBe('taken')
})
