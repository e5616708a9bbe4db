import { beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import { Heartbeat, PING_MS, SILENCE_MS } from './heartbeat.ts'
import type { Answer } from './heartbeat.ts'

let clock: FakeClock
let said: Answer[]
/** How the server answers from now on. */
let server: 'answers' | 'refuses' | 'hangs' | 'no connection'
let hanging: (() => void)[]
let heart: Heartbeat

class Refusal extends Error {}

beforeEach(() => {
  clock = new FakeClock()
  said = []
  server = 'answers'
  hanging = []
  heart = new Heartbeat({
    clock, isSilence: (error) => !(error instanceof Refusal), say: (answer) => void said.push(answer),
    ping: () => server === 'answers' ? Promise.resolve() : server === 'refuses' ? Promise.reject(new Refusal()) : server === 'hangs' ? new Promise((resolve) => hanging.push(resolve)) : Promise.reject(new Error()),
  })
  heart.start()
})

test.each(['answers', 'refuses'] as const)('a server that %s is heard', async (how) => {
  server = how
  await clock.advance(60_000)
  expect(said).toEqual([{ heard: true }])
})

test('before the first answer only a failed attempt is silence: a connection may wait for a password', async () => {
  heart.stop()
  said = []
  server = 'hangs'
  const begin = (): Heartbeat => new Heartbeat({
    clock, isSilence: (error) => !(error instanceof Refusal), say: (answer) => void said.push(answer),
    ping: () => server === 'hangs' ? new Promise((_, reject) => hanging.push(() => reject(new Error('no route')))) : Promise.reject(new Error('no route')),
  })
  heart = begin()
  heart.start()
  await clock.advance(60_000)
  expect(said).toEqual([])
  for (const fail of hanging) fail()
  await clock.advance(0)
  expect(said).toMatchObject([{ heard: false, silentMs: 60_000 }])
  server = 'no connection'
  await clock.advance(10_000)
  expect(said).toHaveLength(1)
})

test.each(['hangs', 'no connection'] as const)('%s: suspect within the promised time, once, and heard again at its first answer', async (how) => {
  await clock.advance(10_000)
  said = []
  server = how
  await clock.advance(PING_MS + SILENCE_MS - 1)
  expect(said).toEqual([])
  await clock.advance(1)
  expect(said).toMatchObject([{ heard: false }])
  await clock.advance(20_000)
  expect(said).toHaveLength(1)
  server = 'answers'
  for (const answer of hanging) answer()
  await clock.advance(PING_MS)
  expect(said).toMatchObject([{ heard: false }, { heard: true }])
})

test('a shorter hiccup is nobody\'s concern', async () => {
  await clock.advance(0)
  for (let i = 0; i < 20; i++) {
    server = 'hangs'
    await clock.advance(SILENCE_MS - 1)
    server = 'answers'
    for (const answer of hanging.splice(0)) answer()
    await clock.advance(PING_MS + 1)
  }
  expect(said).toEqual([{ heard: true }])
})

test('nothing is asked once it is stopped', async () => {
  heart.stop()
  await clock.advance(5_000)
  expect(clock.pending).toBe(0)
})
