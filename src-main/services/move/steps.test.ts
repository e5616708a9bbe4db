import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Act, Parts } from './steps.ts'
import { actsOf, lastStep, stepsFor, undoActsOf, undoFrom } from './steps.ts'

/** Both sides as the acts leave them. Every change is looked at: data never has two writers, and the traffic is never led to where its part does not run. */
class World {
  readonly running = { here: new Set<string>(), there: new Set<string>() }
  traffic: 'here' | 'there' = 'here'
  made = false
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
    for (const part of [...parts.stateless, ...parts.data]) this.running.here.add(part)
  }

  /** `upTo`: how many of its parts are done before it breaks off. */
  act(act: Act, upTo = Infinity): void {
    if (act.do === 'traffic') this.traffic = upTo > 0 ? act.to : this.traffic
    else if (act.do === 'make') this.made = true
    else if (act.do === 'unmake') {
      expect([...this.running.there]).toEqual([])
      this.made = false
    } else if ('parts' in act) {
      const set = this.running[act.side]
      for (const part of act.parts.slice(0, upTo)) {
        if (act.do === 'stop') set.delete(part)
        else {
          expect(act.side === 'here' || this.made).toBe(true)
          set.add(part)
        }
        this.#holds()
      }
    }
    this.#holds()
  }

  #holds(): void {
    const { here, there } = this.running
    for (const part of this.#parts.data) expect(here.has(part) && there.has(part), `${part} has two writers`).toBe(false)
    for (const part of this.#parts.stateless) expect(this.running[this.traffic].has(part), `requests for ${part} go where it does not run`).toBe(true)
  }
}

const names = (prefix: string): fc.Arbitrary<string[]> => fc.nat({ max: 3 }).map((n) => Array.from({ length: n }, (_, i) => `${prefix}${String(i)}`))
const parts = fc.record({ stateless: names('web'), data: names('db') })

test('the whole of it: everything runs there and nothing here', () => {
  fc.assert(fc.property(parts, (app) => {
    const world = new World(app)
    for (const step of stepsFor(app)) for (const act of actsOf(step, app)) world.act(act)
    expect([...world.running.there].sort()).toEqual([...app.stateless, ...app.data].sort())
    expect([...world.running.here]).toEqual([])
    expect(world.traffic).toBe('there')
  }))
})

test('whatever step fails, and wherever in it, the undo ends with the old one serving as before', () => {
  fc.assert(fc.property(parts, fc.nat(), fc.nat({ max: 3 }), (app, pick, upTo) => {
    const world = new World(app)
    const steps = stepsFor(app)
    const failing = steps[pick % steps.length] ?? 'make'
    for (const step of steps.slice(0, steps.indexOf(failing))) for (const act of actsOf(step, app)) world.act(act)
    for (const act of actsOf(failing, app)) world.act(act, upTo)
    for (const step of undoFrom(failing, app)) for (const act of undoActsOf(step, app)) world.act(act)
    expect([...world.running.here].sort()).toEqual([...app.stateless, ...app.data].sort())
    expect([...world.running.there]).toEqual([])
    expect(world.traffic).toBe('here')
    expect(world.made).toBe(false)
  }))
})

test('an undo that is broken off is begun again from its start', () => {
  fc.assert(fc.property(parts, fc.nat(), fc.nat(), (app, pick, broken) => {
    const world = new World(app)
    const steps = stepsFor(app)
    const last = steps[pick % steps.length] ?? 'make'
    for (const step of steps.slice(0, steps.indexOf(last) + 1)) for (const act of actsOf(step, app)) world.act(act)
    const undo = undoFrom(last, app).filter((step) => step !== 'make')
    for (const step of undo.slice(0, broken % (undo.length + 1))) for (const act of undoActsOf(step, app)) world.act(act)
    for (const step of undoFrom(last, app)) for (const act of undoActsOf(step, app)) world.act(act)
    expect([...world.running.here].sort()).toEqual([...app.stateless, ...app.data].sort())
    expect([...world.running.there]).toEqual([])
  }))
})

describe('stepsFor', () => {
  test('an app without data has no step for it', () => expect(stepsFor({ stateless: ['web'], data: [] })).toEqual(['make', 'startStateless', 'switchTraffic', 'stopOld']))
  test('one of nothing else, none for the rest', () => {
    expect(stepsFor({ stateless: [], data: ['db'] })).toEqual(['make', 'stopData', 'startData', 'switchTraffic'])
    expect(lastStep({ stateless: [], data: ['db'] })).toBe('switchTraffic')
  })
})
