import { tests } from '@bufbuild/cel-spec/testdata/conformance.js'
import { expect, test } from 'vitest'
import { Budget } from './budget.ts'
import { equals } from './compare.ts'
import { Expression } from './expression.ts'
import { readDuration, readTimestamp } from './time.ts'
import { ArrayList, Duration, EntryMap, Optional, Timestamp, TypeValue, Uint } from './values.ts'
import type { Value } from './values.ts'

// The published conformance tests of the language: those about what Kubernetes' expressions have, which is all but protobuf messages and types.

/** A value as the tests write it. */
type Written = Readonly<Record<string, unknown>>
interface Case {
  readonly name: string
  readonly expr: string
  readonly value?: Written
  readonly evalError?: object
  readonly bindings?: Readonly<Record<string, { readonly value?: Written }>>
  readonly container?: string
}
interface Suite {
  readonly name: string
  readonly suites?: readonly Suite[]
  readonly tests?: readonly { readonly original: Case }[]
}

const SUITES = new Set(['basic', 'bindings_ext', 'comparisons', 'conversions', 'fp_math', 'integer_math', 'lists', 'logic', 'macros', 'optionals', 'parse', 'string', 'string_ext', 'timestamps', 'fields'])
/** What is not in Kubernetes' language, or is another version's: by what the expression or test has. */
const NOT_OURS = /TestAllTypes|TestRequired|google\.protobuf\.(?!Timestamp|Duration)|\bcel\.block|\bproto[.23]|math\.|base64|google\.api|NestedEnum|GlobalEnum|Int32Value|'\\u\{|two_var|transform(List|Map)|(qualified_ident\b|map_field_select|qualified_identifier_resolution_unchecked|ident_with_longest_prefix_check)/

function valueOf(written: Written): Value {
  const [[kind, value] = ['', undefined]] = Object.entries(written)
  switch (kind) {
    case 'int64Value': return BigInt(value as string)
    case 'uint64Value': return new Uint(BigInt(value as string))
    case 'doubleValue': return Number(value === 'NaN' ? NaN : value)
    case 'boolValue':
    case 'stringValue': return value as string | boolean
    case 'bytesValue': return Buffer.from(value as string, 'base64')
    case 'nullValue': return null
    case 'listValue': return new ArrayList(((value as { values?: Written[] }).values ?? []).map(valueOf))
    case 'mapValue': return new EntryMap(((value as { entries?: { key: Written; value: Written }[] }).entries ?? []).map((entry): [Value, Value] => [valueOf(entry.key), valueOf(entry.value)]))
    case 'typeValue': return new TypeValue(value as string)
    case 'objectValue': {
      const { '@type': type, value: inner } = value as { '@type': string; value: string }
      if (type.endsWith('Timestamp')) return readTimestamp(inner)
      if (type.endsWith('Duration')) return readDuration(inner)
      throw new Error(`unknown ${type}`)
    }
    default: throw new Error(`unknown ${kind}`)
  }
}

function all(suite: Suite, path: string): { path: string; one: Case }[] {
  return [...(suite.tests ?? []).map(({ original }) => ({ path: `${path}/${original.name}`, one: original })), ...(suite.suites ?? []).flatMap((inner) => all(inner, `${path}/${inner.name}`))]
}

/** Why a case is not as it must be; undefined when it is. */
function wrong({ expr, value, evalError, bindings = {} }: Case): string | undefined {
  const names = new Map(Object.entries(bindings).map(([name, bound]) => [name, valueOf(bound.value ?? {})]))
  let result: Value
  try {
    result = new Expression(expr).evaluate({ get: (name) => names.get(name) }, new Budget(1_000_000))
  } catch (error) {
    return evalError === undefined ? `${expr}: ${error instanceof Error ? error.message : String(error)}` : undefined
  }
  if (evalError !== undefined) return `${expr}: gives a value where it must go wrong`
  const expected = valueOf(value ?? { boolValue: true })
  const bothNaN = Number.isNaN(result as number) && Number.isNaN(expected as number)
  return bothNaN || (typeof result === typeof expected && equals(result, expected, new Budget(1_000_000))) ? undefined : `${expr}: ${show(result)} is not ${show(expected)}`
}

function show(value: Value): string {
  if (value instanceof ArrayList) return `[${[...value].map(show).join(', ')}]`
  if (value instanceof Uint) return `${String(value.value)}u`
  if (value instanceof Timestamp || value instanceof Duration) return `${String(value.nanos)}ns`
  if (value instanceof Optional) return `optional(${value.value === undefined ? '' : show(value.value)})`
  if (value instanceof TypeValue) return value.type
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}

const cases = (tests as unknown as Suite).suites?.filter(({ name }) => SUITES.has(name)).flatMap((suite) => all(suite, suite.name))
  .filter(({ path, one }) => !NOT_OURS.test(`${path} ${one.expr} ${JSON.stringify(one.value ?? {})} ${JSON.stringify(one.bindings ?? {})}`) && one.container === undefined) ?? []

test('there are many', () => expect(cases.length).toBeGreaterThan(800))
test.each([...SUITES])('%s', (suite) => {
  const failing = cases.filter(({ path }) => path.startsWith(`${suite}/`)).map(({ path, one }) => [path, wrong(one)] as const).filter(([, why]) => why !== undefined)
  expect(failing.map(([path, why]) => `${path}: ${why ?? ''}`)).toEqual([])
})
