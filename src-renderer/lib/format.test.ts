import { expect, test } from 'vitest'
import { formatAgo, formatBytes, formatCores, formatDuration, formatLogTime } from './format.ts'

test.each([
  [0, '0s', '0초'], [119_000, '119s', '119초'], [120_000, '2m', '2분'], [7_199_000, '119m', '119분'], [7_200_000, '2h', '2시간'], [48 * 3_600_000, '2d', '2일'], [-5000, '0s', '0초'],
])('a duration of %i ms', (ms, en, ko) => {
  expect(formatDuration(ms, 'en')).toBe(en)
  expect(formatDuration(ms, 'ko')).toBe(ko)
})

test.each([[0, '0 B'], [1023, '1,023 B'], [1536, '1.5 KiB'], [512 * 1024 ** 2, '512 MiB'], [1.5 * 1024 ** 3, '1.5 GiB'], [24 * 1024 ** 3, '24 GiB']])('%i bytes', (bytes, text) => {
  expect(formatBytes(bytes, 'en')).toBe(text)
})

test.each([[4, '0.004'], [250, '0.25'], [1200, '1.2'], [12_000, '12']])('%i millicores', (milli, text) => expect(formatCores(milli, 'en')).toBe(text))

test('a moment ago is now', () => {
  expect(formatAgo(3000, 'en')).toBe('now')
  expect(formatAgo(180_000, 'ko')).toBe('3분 전')
})

test('a log time has milliseconds', () => expect(formatLogTime(new Date(2026, 0, 2, 3, 4, 5, 6).getTime())).toBe('03:04:05.006'))
