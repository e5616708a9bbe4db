import { expect, test } from 'vitest'
import { validateVersion } from '../custom/definition/validate-version.ts'
import { eventVersion1 } from '../registry/event-version1.ts'
import { FieldErrors } from './field-errors.ts'
import { validateMetadata } from './metadata.ts'

// What upstream bounds in bytes, said in letters of three bytes each.
const said = (check: (errors: FieldErrors) => void): string[] => {
  const errors = new FieldErrors()
  check(errors)
  return errors.causes.map(({ field = '', message = '' }) => `${field}: ${message.replace(/"가+"/, '"..."')}`)
}
const most = (bytes: number): string => '가'.repeat(Math.floor(bytes / 3))
const annotated = (value: string): string[] => said((errors) => validateMetadata({ name: 'a', annotations: { a: value } } as never, false, () => undefined, errors))
const warned = (deprecationWarning: string): string[] => said((errors) => {
  validateVersion({ name: 'v1', served: true, storage: true, deprecated: true, deprecationWarning, schema: { openAPIV3Schema: { type: 'object' } } }, 'v', errors, undefined)
})

test('annotations', () => {
  expect(annotated(most(256 * 1024 - 1))).toEqual([])
  expect(annotated(`${most(256 * 1024)}가`)).toEqual(['metadata.annotations: Too long: may not be more than 262144 bytes'])
})

test('the warning of a deprecated version', () => {
  expect(warned(most(256))).toEqual([])
  expect(warned(`${most(256)}가`)).toEqual(['v.deprecationWarning: Invalid value: "...": must be <= 256 characters long'])
  expect(warned('')).toEqual(['v.deprecationWarning: Invalid value: "": must not be an empty string'])
  expect(warned('가\n')).toEqual(['v.deprecationWarning: Invalid value: "가\\n": must only contain printable UTF-8 characters; non-printable character found at index 3'])
})

test('the note of an event', () => {
  const event = (note: string): unknown => ({ metadata: { name: 'e', namespace: 'default' }, eventTime: '2026-01-01T00:00:00.000000Z', reportingController: 'a.example/c', reportingInstance: 'i', action: 'a', reason: 'r', type: 'Normal', regarding: { namespace: 'default' }, note })
  const noted = (note: string): string[] => said((errors) => eventVersion1.validateCreate?.(event(note) as never, errors))
  expect(noted(most(1024))).toEqual([])
  expect(noted(`${most(1024)}가`)).toEqual(['message: Invalid value: "": can have at most 1024 characters'])
})
