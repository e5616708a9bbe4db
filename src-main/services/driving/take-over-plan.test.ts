import { expect, test } from 'vitest'
import type { Found } from '../../engine/lease/term.ts'
import { planTakeOver } from './take-over-plan.ts'

const own = { epoch: 2, revision: 100 }
const term = (epoch: number, name = 'mina@studio'): Found['term'] => ({ epoch, holder: name, name })
const answers = (name: string, found: Found): { name: string; found: Found } => ({ name, found })
const silent = (name: string): { name: string; problem: string } => ({ name, problem: 'No route to host.' })

test('the last driver by epoch, and when a server saw it last', () => {
  const plan = planTakeOver([answers('a', { term: term(2), seenAgoMs: 90_000 }), answers('b', { term: term(3, 'jun@desk'), seenAgoMs: 8_000 }), answers('c', { term: term(3, 'jun@desk'), seenAgoMs: 2_000 })], own, 'old')
  expect(plan).toMatchObject({ driver: 'jun@desk', driverSeenAgoMs: 2_000, restores: false })
})

test.each<[string, Parameters<typeof planTakeOver>[0], object]>([
  ['a newer copy is restored', [answers('a', { copy: { epoch: 2, revision: 101 } }), answers('b', {})], { restores: true }],
  ['one of a later term, too', [answers('a', { copy: { epoch: 3, revision: 1 } })], { restores: true }],
  ['an older one is not', [answers('a', { copy: { epoch: 1, revision: 900 } }), silent('b')], { restores: false }],
  ['no server answers', [silent('a'), silent('b')], { problem: { reason: 'NoServerAnswers', message: expect.stringContaining('a: No route to host.') as string } }],
  ['no copy, and not all answer: it may be on one of those', [answers('a', {}), silent('b')], { problem: { reason: 'NoCopyFound', message: expect.stringContaining('b: No route') as string } }],
])('%s', (_, surveyed, plan) => expect(planTakeOver(surveyed, own, 'old')).toMatchObject(plan))

test('a cluster without copies whose servers all answer can be taken over', () => {
  expect(planTakeOver([answers('a', {}), answers('b', {})], own, 'old').problem).toBeUndefined()
})
