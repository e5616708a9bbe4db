import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cronZoneProblem, nextTime, parseSchedule } from './schedule.ts'
import type { Schedule } from './schedule.ts'

const MINUTE = 60_000

function read(text: string): Schedule {
  const schedule = parseSchedule(text)
  if (typeof schedule === 'string') throw new Error(schedule)
  return schedule
}
/** The following times, as ISO without seconds. */
function next(text: string, after: string, zone?: string, n = 3): string[] {
  const times: string[] = []
  let t = Date.parse(after)
  for (let i = 0; i < n; i++) {
    const found = nextTime(read(text), t, zone)
    if (found === undefined) break
    times.push(new Date(found).toISOString().slice(0, 16))
    t = found
  }
  return times
}

describe('reading a schedule', () => {
  test.each([
    ['*/15 9-17 * * mon-fri'], ['0 0 1,15 * ?'], ['0 0 1 JAN,jul *'], ['@hourly'], ['@every 1h30m'], ['5/20 * * * *'], ['0 22 * * 1-5'],
  ])('%s is one', (text) => expect(typeof parseSchedule(text)).toBe('object'))
  test.each([
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'], ['60 * * * *', 'end of range (60) above maximum (59): 60'], ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['* * * * 7', 'end of range (7) above maximum (6): 7'], ['9-3 * * * *', 'beginning of range (9) beyond end of range (3): 9-3'], ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['a * * * *', 'failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax'], ['1-2-3 * * * *', 'too many hyphens: 1-2-3'], ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['@often', 'unrecognized descriptor: @often'], ['@every soon', 'failed to parse duration @every soon: time: invalid duration "soon"'],
  ])('%s is none: %s', (text, why) => expect(parseSchedule(text)).toBe(why))
  test.each([['Europe/Berlin', undefined], ['Mars/Base', 'unknown time zone Mars/Base'], ['local', 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'], ['', 'timeZone must be nil or non-empty string'], ['+01:00', 'unknown time zone +01:00']])(
    'zone %j: %s', (zone, why) => expect(cronZoneProblem(zone)).toBe(why))
})

describe('the next times', () => {
  test.each<[string, string, string | undefined, string[]]>([
    ['30 9 * * 1-5', '2026-01-02T09:30:00Z', undefined, ['2026-01-05T09:30', '2026-01-06T09:30', '2026-01-07T09:30']],
    ['0 9 * * *', '2026-01-01T00:00:00Z', 'Asia/Seoul', ['2026-01-02T00:00', '2026-01-03T00:00', '2026-01-04T00:00']],
    ['0 0 29 2 *', '2026-01-01T00:00:00Z', undefined, ['2028-02-29T00:00', '2032-02-29T00:00', '2036-02-29T00:00']],
    ['0 0 31 2 *', '2026-01-01T00:00:00Z', undefined, []],
    // Both days given: either.
    ['0 0 13 * 5', '2026-02-01T00:00:00Z', undefined, ['2026-02-06T00:00', '2026-02-13T00:00', '2026-02-20T00:00']],
    ['0 0 13 * */2', '2026-02-09T12:00:00Z', undefined, ['2026-02-10T00:00', '2026-02-12T00:00', '2026-02-13T00:00']],
    ['@every 90s', '2026-01-01T00:00:00.500Z', undefined, ['2026-01-01T00:01', '2026-01-01T00:03', '2026-01-01T00:04']],
    // In spring 02:30 does not come; in autumn 02:30 comes twice.
    ['30 2 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin', ['2026-03-30T00:30', '2026-03-31T00:30', '2026-04-01T00:30']],
    ['30 2 * * *', '2026-10-24T12:00:00Z', 'Europe/Berlin', ['2026-10-25T00:30', '2026-10-25T01:30', '2026-10-26T01:30']],
    // The day before is an hour short: the jump over it must not land past midnight.
    ['15 0 30 3 *', '2026-03-28T12:00:00Z', 'Europe/Berlin', ['2026-03-29T22:15', '2027-03-29T22:15', '2028-03-29T22:15']],
    ['15 2 * * *', '2026-04-03T12:00:00Z', 'Australia/Lord_Howe', ['2026-04-03T15:15', '2026-04-04T15:45', '2026-04-05T15:45']],
  ])('%s after %s in %s', (text, after, zone, expected) => expect(next(text, after, zone)).toEqual(expected))

  /** The same question, asked minute by minute of another reading of the zone's clock. */
  function walk(text: string, after: number, zone: string, minutes: number): number | undefined {
    const schedule = read(text)
    if ('everyMs' in schedule) throw new Error('not for these')
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
    for (let t = Math.floor(after / MINUTE) * MINUTE + MINUTE, i = 0; i < minutes; i++, t += MINUTE) {
      const [date = '', time = ''] = format.format(t).split(' ')
      const [y = 0, mo = 0, d = 0] = date.split('-').map(Number)
      const [h = 0, m = 0] = time.split(':').map(Number)
      const weekday = new Date(Date.UTC(y, mo - 1, d)).getUTCDay()
      const inDays = schedule.day.star || schedule.weekday.star
        ? schedule.day.values.has(d) && schedule.weekday.values.has(weekday) : schedule.day.values.has(d) || schedule.weekday.values.has(weekday)
      if (schedule.minute.values.has(m) && schedule.hour.values.has(h) && schedule.month.values.has(mo) && inDays) return t
    }
    return undefined
  }

  const ZONES = ['UTC', 'Europe/Berlin', 'America/New_York', 'America/St_Johns', 'Asia/Kolkata', 'Australia/Lord_Howe', 'Pacific/Chatham', 'Africa/Casablanca', 'Africa/Cairo', 'America/Santiago', 'Asia/Seoul', 'Antarctica/Troll']
  // Near the days on which clocks are changed somewhere, and anywhere else.
  const changes = ['2026-02-15', '2026-03-08', '2026-03-22', '2026-03-29', '2026-04-05', '2026-04-24', '2026-09-06', '2026-09-27', '2026-10-04', '2026-10-25', '2026-10-30', '2026-11-01'].map((d) => Date.parse(d))
  const moment = fc.tuple(fc.oneof(fc.constantFrom(...changes), fc.integer({ min: Date.UTC(2024, 0), max: Date.UTC(2030, 0) })), fc.integer({ min: -36 * 60, max: 36 * 60 }))
    .map(([day, minutes]) => day + minutes * MINUTE)
  const field = (min: number, max: number): fc.Arbitrary<string> => fc.oneof(
    fc.constant('*'), fc.integer({ min, max }).map(String), fc.tuple(fc.integer({ min, max }), fc.integer({ min, max })).map(([a, b]) => `${String(Math.min(a, b))}-${String(Math.max(a, b))}`),
    fc.integer({ min: 2, max }).map((n) => `*/${String(n)}`), fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 3 }).map((l) => l.join(',')))
  const schedules = fc.tuple(field(0, 59), fc.oneof(fc.constantFrom('0', '1', '2', '3'), field(0, 23)), fc.oneof(fc.constantFrom('*', '6', '9', '26', '30'), field(1, 31)), fc.constant('*'), fc.oneof(fc.constant('*'), field(0, 6))).map((f) => f.join(' '))

  test('are those that a walk over every minute finds, in every zone, over every change of the clocks', () => {
    fc.assert(fc.property(schedules, moment, fc.constantFrom(...ZONES), (text, after, zone) => {
      const walked = walk(text, after, zone, 3 * 24 * 60)
      const found = nextTime(read(text), after, zone)
      if (walked === undefined) expect(found === undefined || found > after + 3 * 24 * 60 * MINUTE).toBe(true)
      else expect(found).toBe(walked)
    }), { numRuns: 400 })
  })
})
