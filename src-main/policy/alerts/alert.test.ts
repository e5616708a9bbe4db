import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countWithin, nextAlert, QUIET } from './alert.ts'
import type { AlertRule, AlertState } from './alert.ts'

const RULE: AlertRule = { forMs: 300, clearMs: 100 }
/** `+` over, `-` under, `?` not to be told: one look every 50 ms. */
function story(text: string, rule = RULE): string[] {
  let state: AlertState = QUIET
  return [...text].flatMap((look, i) => {
    const step = nextAlert(state, look === '?' ? undefined : look === '+', rule, i * 50)
    state = step.state
    return step.turned === undefined ? [] : [`${step.turned} ${String(i * 50)}`]
  })
}

describe('an alert', () => {
  test.each<[string, string, string[]]>([
    ['long enough', '-++++++++', ['raised 350']], ['not long enough', '-++++++-++++++-', []], ['raised once, for as long as it lasts', '++++++++++++++++', ['raised 300']],
    ['over for long enough: cleared', '+++++++----', ['raised 300', 'cleared 450']], ['a moment under clears nothing', '+++++++-+-+-+', ['raised 300']],
    ['and again', '+++++++---+++++++', ['raised 300', 'cleared 450', 'raised 800']], ['what cannot be told raises nothing', '++++?++++', []], ['and clears nothing', '+++++++?????', ['raised 300']],
    ['never anything to tell', '?????????', []],
  ])('%s: %s', (_, text, told) => expect(story(text)).toEqual(told))

  test('at once where no time is asked for', () => expect(story('-+-+', { forMs: 0, clearMs: 0 })).toEqual(['raised 50', 'cleared 100', 'raised 150']))

  test('it says when to look again, and turns then and not before', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 10_000 }), fc.integer({ min: 1, max: 10_000 }), fc.boolean(), (forMs, clearMs, isRaised) => {
      const first = nextAlert({ isRaised }, !isRaised, { forMs, clearMs }, 1000)
      const at = 1000 + (first.lookAgainMs ?? NaN)
      expect(nextAlert(first.state, !isRaised, { forMs, clearMs }, at - 1).turned).toBeUndefined()
      expect(nextAlert(first.state, !isRaised, { forMs, clearMs }, at).turned).toBe(isRaised ? 'cleared' : 'raised')
    }))
  })

  test('whatever is seen, raised and cleared come in turn', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('+', '-', '?'), { maxLength: 80 }), fc.nat(300), fc.nat(300), (looks, forMs, clearMs) => {
      const told = story(looks.join(''), { forMs, clearMs }).map((text) => text.split(' ')[0])
      expect(told).toEqual(told.map((_, i) => (i % 2 === 0 ? 'raised' : 'cleared')))
    }))
  })
})

test('counting in a window', () => {
  expect(countWithin([], 100, 1000)).toEqual({ count: 0, lookAgainMs: undefined })
  expect(countWithin([899, 900, 901, 950, 1000], 100, 1000)).toEqual({ count: 3, lookAgainMs: 1 })
  fc.assert(fc.property(fc.array(fc.nat(2000)), fc.integer({ min: 1, max: 500 }), (times, windowMs) => {
    const { count, lookAgainMs } = countWithin(times.filter((at) => at <= 1000), windowMs, 1000)
    if (lookAgainMs !== undefined) expect(countWithin(times.filter((at) => at <= 1000), windowMs, 1000 + lookAgainMs).count).toBeLessThan(count)
  }))
})
