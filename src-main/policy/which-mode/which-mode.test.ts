import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { CRITERIA } from './criteria.ts'
import type { Mode, Needs } from '../../common/which-mode.ts'
import { isHeavier, LEAST, MODES, QUESTIONS, STEPS } from '../../common/which-mode.ts'
import type { ClusterFacts } from '../../common/contract/index.ts'
import { outgrown } from './outgrown.ts'
import { modeFor, recommend } from './recommend.ts'

const numbers = { people: fc.integer({ min: 1, max: 60 }), servers: fc.integer({ min: 1, max: 60 }), services: fc.integer({ min: 1, max: 200 }), users: fc.integer({ min: 1, max: 100_000 }) }
const steps = Object.fromEntries(Object.entries(STEPS).map(([id, all]) => [id, fc.constantFrom(...all)]))
const needs = fc.record({ ...numbers, ...steps }) as fc.Arbitrary<Needs>
/** Some answers, and some open. */
const answers = needs.chain((all) => fc.subarray(QUESTIONS).map((kept): Partial<Needs> => Object.fromEntries(kept.map((id) => [id, all[id]]))))

describe('which one', () => {
  test.each<[string, Partial<Needs>, Mode, string[]]>([
    ['nothing is known', {}, 'swarm', ['which_because_nothing']],
    ['the mission\'s small team', { people: 3, servers: 3, services: 4 }, 'swarm', ['which_because_people_few', 'which_because_servers_few', 'which_because_services_few']],
    ['at the mission\'s edge', { people: 5, servers: 5, services: 5, users: 1000 }, 'swarm', ['which_because_people_few', 'which_because_servers_few', 'which_because_services_few', 'which_because_users_few']],
    ['a few services by CPU: labels do it', { people: 2, autoscaling: 'some' }, 'swarm', ['which_because_people_few', 'which_because_autoscaling_some']],
    ['a small team, much by itself', { people: 4, servers: 3, autoscaling: 'most' }, 'toque', ['which_because_autoscaling_most']],
    ['a GPU', { people: 2, servers: 2, gpu: 'some' }, 'toque', ['which_because_gpu_some']],
    ['charts of others', { tools: 'kubernetes' }, 'toque', ['which_because_tools_kubernetes']],
    ['ten services', { people: 5, services: 10 }, 'toque', ['which_because_services_many']],
    ['small, and it will be big', { people: 2, servers: 2, growth: 'many' }, 'toque', ['which_because_growth_many']],
    ['many servers within a year', { servers: 5, growth: 'many' }, 'kubernetes', ['which_because_growth_many']],
    ['the mission\'s web shop', { people: 40, servers: 50, services: 80, users: 30_000, autoscaling: 'servers', gpu: 'pools' }, 'kubernetes',
      ['which_because_people_many', 'which_because_servers_many', 'which_because_services_many', 'which_because_users_many', 'which_because_autoscaling_servers', 'which_because_gpu_pools']],
    ['never a pause', { people: 2, servers: 3, control: 'never' }, 'kubernetes', ['which_because_control_never']],
  ])('%s', (_, given, mode, keys) => {
    const { mode: found, reasons } = recommend(given)
    expect([found, reasons.map((r) => r.key)]).toEqual([mode, keys])
  })

  test('what would change the answer, with the mission\'s small team', () => {
    const { changes, unanswered, advice } = recommend({ people: 3, servers: 2, services: 4 })
    expect(changes.map((c) => `${c.key} ${String(c.values['count'] ?? '')} ${c.to}`)).toEqual([
      'which_if_people_more 6 toque', 'which_if_servers_more 6 toque', 'which_if_services_more 6 toque', 'which_if_users_more 1001 toque', 'which_if_autoscaling_most  toque', 'which_if_gpu_some  toque',
      'which_if_growth_double  toque', 'which_if_tools_kubernetes  toque', 'which_if_control_never  kubernetes',
    ])
    expect(unanswered).toEqual(['users', 'autoscaling', 'gpu', 'growth', 'tools', 'control'])
    expect(advice.map((a) => a.key)).toEqual(['which_advice_two_managers', 'which_advice_later'])
  })

  test('what asks for less is told after what decides', () => {
    const { mode, reasons, also, changes } = recommend({ people: 8, servers: 12, services: 3 })
    expect([mode, reasons.map((r) => r.criterion), also.map((r) => `${r.criterion} ${r.mode}`)]).toEqual(['kubernetes', ['servers'], ['people toque']])
    expect(reasons[0]).toMatchObject({ key: 'which_because_servers_many', values: { count: 12, limit: 9 } })
    expect(changes).toContainEqual({ criterion: 'servers', to: 'toque', key: 'which_if_servers_fewer', values: { count: 9 } })
  })

  test('more of a need never leads to a lighter mode', () => {
    fc.assert(fc.property(needs, fc.constantFrom(...QUESTIONS), fc.integer({ min: 1, max: 100_000 }), (all, id, more) => {
      const scale = id in STEPS ? (STEPS[id as keyof typeof STEPS] as readonly string[]) : undefined
      const bigger = { ...all, [id]: scale === undefined ? Number(all[id]) + more : scale[Math.min(scale.length - 1, scale.indexOf(String(all[id])) + more)] }
      expect(isHeavier(modeFor(all), modeFor(bigger))).toBe(false)
    }))
  })

  test('one more answer never leads to a lighter mode either: what is not known counts as the least', () => {
    fc.assert(fc.property(answers, needs, fc.constantFrom(...QUESTIONS), (given, all, id) => {
      if (given[id] !== undefined) return
      expect(isHeavier(recommend(given).mode, recommend({ ...given, [id]: all[id] }).mode)).toBe(false)
    }))
  })

  test('the reasons ask for just that mode, and every change that is told comes true', () => {
    fc.assert(fc.property(answers, (given) => {
      const { mode, reasons, also, changes } = recommend(given)
      expect(reasons.length).toBeGreaterThan(0)
      for (const r of reasons) expect(r.mode).toBe(mode)
      for (const r of also) expect(isHeavier(mode, r.mode)).toBe(true)
      for (const { criterion, to, key, values } of changes) {
        const step = /_([a-z]+)$/.exec(key)?.[1]
        expect(to).not.toBe(mode)
        expect(recommend({ ...given, [criterion]: values['count'] ?? step }).mode).toBe(to)
      }
    }))
  })
})

describe('outgrown', () => {
  const small: ClusterFacts = { servers: 3, services: 4, gpuServers: 0, autoscaled: 0 }
  test.each<[string, Mode, ClusterFacts, Partial<Needs>, Mode | undefined, string[], string[]]>([
    ['a small Swarm', 'swarm', small, {}, undefined, [], ['which_near_services']],
    ['seven servers', 'swarm', { ...small, servers: 7, services: 2 }, {}, 'toque', ['which_because_servers_many'], []],
    ['close to the most', 'swarm', { ...small, servers: 5, services: 2 }, {}, undefined, [], ['which_near_servers']],
    ['most of its services are scaled', 'swarm', { ...small, autoscaled: 3 }, {}, 'toque', ['which_because_autoscaling_most'], ['which_near_services']],
    ['a GPU server', 'swarm', { ...small, services: 2, gpuServers: 1 }, {}, 'toque', ['which_because_gpu_some'], []],
    ['the engine, with ten servers', 'toque', { ...small, servers: 10 }, {}, 'kubernetes', ['which_because_servers_many'], []],
    ['the engine, with five', 'toque', { ...small, servers: 5 }, {}, undefined, [], []],
    ['a real one that is small', 'kubernetes', small, {}, undefined, [], []],
    ['what was answered counts, too', 'swarm', { ...small, services: 2 }, { control: 'never' }, 'kubernetes', ['which_because_control_never'], []],
    ['what is read stands over what was answered once', 'swarm', { ...small, services: 2 }, { servers: 50 }, undefined, [], []],
  ])('%s', (_, mode, facts, given, to, signs, near) => {
    const found = outgrown(mode, facts, given)
    expect([found.to, found.signs.map((s) => s.key), found.near.map((n) => n.key)]).toEqual([to, signs, near])
  })

  test('a bigger cluster has not outgrown less, and there are signs just where there is somewhere to go', () => {
    const facts = fc.record({ servers: fc.integer({ min: 1, max: 30 }), services: fc.integer({ min: 0, max: 60 }), gpuServers: fc.nat(2), autoscaled: fc.constant(0) })
    fc.assert(fc.property(facts, fc.constantFrom(...MODES), fc.constantFrom('servers' as const, 'services' as const, 'gpuServers' as const), fc.nat(40), (all, mode, id, more) => {
      const [now, later] = [outgrown(mode, all), outgrown(mode, { ...all, [id]: all[id] + more })]
      if (now.to !== undefined) expect(isHeavier(now.to, later.to ?? mode)).toBe(false)
      expect(now.signs.length > 0).toBe(now.to !== undefined)
    }))
  })
})

test('there are words in both languages for all that can be said, and no others', () => {
  const words = (language: string): Record<string, string> => JSON.parse(readFileSync(new URL(`../../../resources/messages/${language}.json`, import.meta.url), 'utf8')) as Record<string, string>
  const said = new Map<string, readonly string[]>([['which_because_nothing', []]])
  const hear = (sayings: readonly { key: string; values: object }[]): void => sayings.forEach(({ key, values }) => said.set(key, Object.keys(values)))
  for (const id of QUESTIONS) {
    const scale: readonly (string | number)[] = id in STEPS ? STEPS[id as keyof typeof STEPS] : [1, 6, 10, 40, 100_000]
    for (const value of scale) {
      for (const others of [{}, { control: 'never' as const }, { servers: 2 }, { people: 20 }, { tools: 'kubernetes' as const, servers: 2 }]) {
        const { reasons, also, changes, advice } = recommend({ ...others, [id]: value })
        hear([...reasons, ...also, ...changes, ...advice])
      }
    }
  }
  for (const limit of CRITERIA.filter((c) => !(c.id in STEPS))) hear(outgrown('swarm', { servers: 5, services: 5, gpuServers: 0, autoscaled: 0, people: 5 }, { users: limit.most('swarm', LEAST) ?? 0 }).near)
  for (const language of ['en', 'ko']) {
    const all = words(language)
    for (const [key, values] of said) for (const value of values) if (/^which_(because|near|if)/.test(key) && all[key] !== undefined) expect(all[key], key).toContain(`{${value}}`)
    expect([...said.keys()].filter((key) => all[key] === undefined)).toEqual([])
    expect(Object.keys(all).filter((key) => /^which_(because|if|near|advice)_/.test(key) && !said.has(key))).toEqual([])
    for (const id of QUESTIONS) expect(all[`which_ask_${id}`]).toBeDefined()
    for (const [id, scale] of Object.entries(STEPS)) for (const step of scale) expect(all[`which_answer_${id}_${step}`]).toBeDefined()
    for (const mode of MODES) expect(all[`which_mode_${mode}`]).toBeDefined()
  }
})
