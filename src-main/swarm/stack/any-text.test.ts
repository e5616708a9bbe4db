import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { writeCompose } from '../../common/compose/write.ts'
import { composeModels } from '../../common/compose/testing/arbitrary.ts'
import { parse } from 'yaml'
import { COMPOSE_FILES, readStack } from './testing/fixtures.ts'

// Whatever somebody types: the reader and the stack's part answer with problems, each a sentence at a place in the text, and never throw.

const ALPHABET = [...':-[]{}&*!|>#%@`,?\'"\n\t ~$\\0aé🐳\u0000\uFEFF', 'services', 'image: nginx', '  ', '<<: *a', '&a ', '!!binary ', 'ports: ["80:80"]', '${', '}', '---\n', '.inf', '1e999', '0x1F', '__proto__', 'constructor', 'toString']
const soup = fc.array(fc.constantFrom(...ALPHABET), { maxLength: 60 }).map((parts) => parts.join(''))
/** A good file in which something was cut out, put in or written twice. */
const damaged = fc.tuple(fc.constantFrom(...COMPOSE_FILES), fc.nat(), fc.nat({ max: 40 }), soup).map(([text, at, length, put]) => {
  const start = at % (text.length + 1)
  return text.slice(0, start) + put.slice(0, 12) + text.slice(start + length)
})
const scalar = fc.oneof(fc.constantFrom(null, '', true, -1, 0, 1e21, Number.MAX_SAFE_INTEGER, 'x'.repeat(2_000), '__proto__', '${', '$', ':', '/', '0:0', '-1', '1-99999:1-99999', 'a/b/c', '{{.}}', []), fc.string())
/** A good model in which any value became another one. */
const wrongTypes = fc.tuple(composeModels, fc.nat(), scalar, fc.boolean()).map(([model, at, value, wrap]) => {
  const copy = parse(writeCompose(model)) as unknown
  const places: (() => void)[] = []
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const [key, item] of Object.entries(node)) {
      places.push(() => void ((node as Record<string, unknown>)[key] = wrap ? [value] : value))
      walk(item)
    }
  }
  walk(copy)
  places[at % Math.max(1, places.length)]?.()
  return JSON.stringify(copy)
})

function answers(text: string): void {
  const began = performance.now()
  const { problems } = readStack(text, 's')
  for (const { severity, message, line = 1, column = 1 } of problems) {
    expect(['error', 'warning', 'info']).toContain(severity)
    expect(message.length).toBeGreaterThan(9)
    expect([Number.isInteger(line), Number.isInteger(column), line >= 1, column >= 1, line <= text.split('\n').length + 1]).toEqual([true, true, true, true, true])
  }
  // Only to catch what would never end.
  expect(performance.now() - began).toBeLessThan(60_000)
}

describe('any text is answered with problems at their places', () => {
  test('signs in any order', () => fc.assert(fc.property(soup, answers), { numRuns: 1_500 }))
  test('a good file, damaged', () => fc.assert(fc.property(damaged, answers), { numRuns: 300 }), 300_000)
  test('a good file with a value of another type somewhere', () => fc.assert(fc.property(wrongTypes, answers), { numRuns: 150 }), 300_000)

  test.each([
    ['aliases of aliases', `x-0: &a0 [1,1]\n${Array.from({ length: 40 }, (_, i) => `x-${String(i + 1)}: &a${String(i + 1)} [*a${String(i)},*a${String(i)}]\n`).join('')}services: {a: {image: nginx}}\n`],
    ['merged aliases of aliases', `x-0: &a0 {k: 1}\n${Array.from({ length: 40 }, (_, i) => `x-${String(i + 1)}: &a${String(i + 1)} {<<: *a${String(i)}, b${String(i)}: *a${String(i)}}\n`).join('')}services: {a: {image: nginx, labels: *a40}}\n`],
    ['an alias of itself', 'services: &s\n  a: {image: nginx, labels: *s}\n'],
    ['brackets without end', '['.repeat(20_000)],
    ['groups in groups', `services: ${'{a: '.repeat(5_000)}1${'}'.repeat(5_000)}\n`],
    ['indented groups', `services:\n${Array.from({ length: 1_500 }, (_, i) => `${' '.repeat(i + 1)}a:\n`).join('')}`],
    ['a range of all ports', 'services: {a: {image: nginx, ports: ["1-65535:1-65535"], expose: ["1-65535"]}}\n'],
    ['variables in variables', `services: {a: {image: "${'${A:-'.repeat(3_000)}x${'}'.repeat(3_000)}"}}\n`],
    ['a megabyte of one line', `services: {a: {image: "${'x'.repeat(1_000_000)}"}}\n`],
  ])('%s', (_, text) => answers(text))
})
