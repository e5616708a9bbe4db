import { describe, expect, test } from 'vitest'
import { fieldManagerOf } from './field-manager.ts'

describe('who is recorded as writing', () => {
  const ROWS: [named: string | null, userAgent: string | undefined, is: string][] = [
    ['me', 'kubectl/v1.32', 'me'], ['', 'kubectl/v1.32.0 (linux/amd64)', 'kubectl'], [null, 'kubectl-create/v1', 'kubectl-create'], [null, 'my program 1.0', 'my program 1.0'],
    [null, 'a\tb/1', 'ab'], [null, `${'é'.repeat(100)}/1`, 'é'.repeat(64)], [null, undefined, 'unknown'], [null, '/x', 'unknown'],
  ]
  test.each(ROWS)('%s, %s: %s', (named, userAgent, is) => {
    expect(fieldManagerOf(named, userAgent, 'POST')).toBe(is)
  })

  const WRONG: [named: string, message: string][] = [
    ['m'.repeat(129), 'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes'],
    ['é\n', 'CreateOptions.meta.k8s.io "" is invalid: fieldManager: Invalid value: "é\\n": invalid character U+000A (at position 2)'],
  ]
  test.each(WRONG)('no name is %j', (named, message) => {
    expect(() => fieldManagerOf(named, undefined, 'POST')).toThrow(message)
  })
})
