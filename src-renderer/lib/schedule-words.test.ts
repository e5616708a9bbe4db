import fc from 'fast-check'
import { beforeEach, expect, test } from 'vitest'
import { nextTime, parseSchedule } from '../../src-main/common/cron/schedule.ts'
import { overwriteGetLocale } from '../paraglide/runtime.js'
import type { Locale } from './format.ts'
import { nextTimes, scheduleWords } from './schedule-words.ts'

let locale: Locale = 'en'
beforeEach(() => overwriteGetLocale(() => locale))
const say = (text: string, language: Locale): string => {
  locale = language
  return scheduleWords(text, 'Asia/Seoul', language)
}

test.each([
  ['* * * * *', 'every minute', '1분마다'],
  ['*/5 * * * *', 'every 5 minutes', '5분마다'],
  ['0 * * * *', 'every hour at :00', '매시 00분'],
  ['@hourly', 'every hour at :00', '매시 00분'],
  ['17 * * * *', 'every hour at :17', '매시 17분'],
  ['0 */2 * * *', 'every 2 hours', '2시간마다'],
  ['0 3 * * *', 'every day at 03:00 (Asia/Seoul)', '매일 03:00 (Asia/Seoul)'],
  ['@daily', 'every day at 00:00 (Asia/Seoul)', '매일 00:00 (Asia/Seoul)'],
  ['30 9,18 * * *', 'every day at 09:30 and 18:30 (Asia/Seoul)', '매일 09:30, 18:30 (Asia/Seoul)'],
  ['0 */12 * * *', 'every day at 00:00 and 12:00 (Asia/Seoul)', '매일 00:00, 12:00 (Asia/Seoul)'],
  ['0 9 * * 1-5', 'on weekdays at 09:00 (Asia/Seoul)', '평일 09:00 (Asia/Seoul)'],
  ['0 9 * * sat,sun', 'at weekends at 09:00 (Asia/Seoul)', '주말 09:00 (Asia/Seoul)'],
  ['0 9 * * 0,1,3', 'every Monday, Wednesday, and Sunday at 09:00 (Asia/Seoul)', '매주 월요일, 수요일, 일요일 09:00 (Asia/Seoul)'],
  ['*/10 * * * 1-5', 'every 10 minutes on weekdays', '평일 10분마다'],
  ['0 4 1 * *', 'on day 1 of every month at 04:00 (Asia/Seoul)', '매월 1일 04:00 (Asia/Seoul)'],
  ['0 4 1,15 * *', 'on days 1 and 15 of every month at 04:00 (Asia/Seoul)', '매월 1, 15일 04:00 (Asia/Seoul)'],
  ['@yearly', 'on day 1 of January at 00:00 (Asia/Seoul)', '1월 1일 00:00 (Asia/Seoul)'],
  ['0 4 * 6-8 *', 'every day in June, July, and August at 04:00 (Asia/Seoul)', '6월, 7월, 8월 매일 04:00 (Asia/Seoul)'],
  ['0 4 13 * 5', 'on day 13 of every month and every Friday at 04:00 (Asia/Seoul)', '매월 13일 및 매주 금요일 04:00 (Asia/Seoul)'],
  ['*/15 9-17 * * 1-5', 'on weekdays every 15 minutes from 09:00–17:59 (Asia/Seoul)', '평일 09:00–17:59에 15분마다 (Asia/Seoul)'],
  ['@every 90s', 'every 90 seconds', '90초마다'],
  ['@every 1h', 'every hour', '1시간마다'],
  ['not a schedule', 'not a schedule', 'not a schedule'],
])('%s', (text, en, ko) => {
  expect(say(text, 'en')).toBe(en)
  expect(say(text, 'ko')).toBe(ko)
})

test('any schedule is said somehow, in both languages, and its next times are those that the engine counts', () => {
  const field = (min: number, max: number): fc.Arbitrary<string> => fc.oneof(fc.constant('*'), fc.integer({ min, max }).map(String), fc.integer({ min: 2, max: 7 }).map((n) => `*/${String(n)}`), fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${String(Math.min(a, b))}-${String(Math.max(a, b))}`))
  fc.assert(fc.property(fc.tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6)), (fields) => {
    const text = fields.join(' ')
    expect(say(text, 'en')).not.toMatch(/undefined|NaN|\{|\}/)
    expect(say(text, 'ko')).not.toMatch(/undefined|NaN|[a-z]{3,}(?!.*\))/)
    const now = Date.UTC(2026, 5, 1, 12, 34)
    const [first, second] = nextTimes(text, 'Europe/Berlin', now, 2)
    const schedule = parseSchedule(text)
    if (typeof schedule === 'string') throw new Error(schedule)
    expect(first).toBe(nextTime(schedule, now, 'Europe/Berlin'))
    if (first !== undefined && second !== undefined) expect(second).toBeGreaterThan(first)
  }), { numRuns: 200 })
  expect(nextTimes('0 0 30 2 *', 'UTC', 0, 3)).toEqual([])
  expect(nextTimes('nonsense', 'UTC', 0, 3)).toEqual([])
})
