import { expect, test } from 'vitest'
import type { Cluster, Plan } from '../../src-main/common/contract/index.ts'
import { FakeClock, settle } from '../../src-main/common/fake-clock.ts'
import { Draft } from './draft.svelte.ts'

function setUp(): { draft: Draft; clock: FakeClock; asked: string[]; answer: (i: number, plan: Plan) => Promise<void>; kept: string[] } {
  const asked: string[] = []
  const answers: ((plan: Plan) => void)[] = []
  const kept: string[] = []
  const plan = (text: string): Promise<Plan> => {
    asked.push(text)
    return new Promise((resolve) => answers.push(resolve))
  }
  const clock = new FakeClock()
  const draft = new Draft({ plan } as unknown as Cluster, (text) => kept.push(text), clock)
  return { draft, clock, asked, kept, answer: (i, p) => { answers[i]?.(p); return settle() } }
}
const problem = (message: string): Plan => ({ changes: [], problems: [{ severity: 'error', message, line: 2 }] })

test('typing asks once, when the hand rests; an answer to an older text is dropped', async () => {
  const { draft, clock, asked, answer, kept } = setUp()
  draft.open('a', 'a')
  await clock.advance(0)
  draft.edit('ab')
  draft.edit('abc')
  expect(kept).toEqual(['ab', 'abc'])
  await clock.advance(600)
  expect(asked).toEqual(['a', 'abc'])
  await answer(0, problem('old'))
  expect(draft.problems).toEqual([])
  await answer(1, problem('new'))
  expect(draft.problems.map((p) => p.message)).toEqual(['new'])
})

test('only the very text that was reviewed may be applied', async () => {
  const { draft, answer } = setUp()
  draft.open('a', 'b')
  const review = draft.review()
  await answer(0, { changes: [], problems: [] })
  await review
  expect(draft.reviewed).toBe(true)
  draft.edit('c')
  expect(draft.reviewed).toBe(false)
})

test('a text with errors is not reviewed', async () => {
  const { draft, answer } = setUp()
  draft.open('a', 'b')
  const review = draft.review()
  await answer(0, problem('x'))
  await review
  expect(draft.reviewed).toBe(false)
})
