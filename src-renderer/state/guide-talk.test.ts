import { expect, test } from 'vitest'
import { FakeGuide } from '../testing/fake-guide.ts'
import { GuideTalk } from './guide-talk.svelte.ts'

test('what can be read of the cluster is answered; what says nothing stays open', async () => {
  const talk = new GuideTalk(new FakeGuide(3))
  await talk.begin()
  expect(talk.answers).toEqual({ servers: 3, services: 4, autoscaling: 'some' })
  expect([talk.typed.servers, talk.recommendation.value?.mode, talk.present.value?.outgrown.near.length]).toEqual(['3', 'swarm', 1])
})

test('an answer changes what fits; a number that is none is no answer, and is said to be wrong', async () => {
  const talk = new GuideTalk(new FakeGuide(1))
  await talk.begin()
  talk.typed.servers = '9'
  await talk.ask()
  expect(talk.recommendation.value?.mode).toBe('toque')
  for (const wrong of ['many', '0', '-1', '1.5', '9999999999']) {
    talk.typed.servers = wrong
    expect([talk.isWrong('servers'), talk.answers.servers]).toEqual([true, undefined])
  }
  talk.typed.servers = ' '
  expect(talk.isWrong('servers')).toBe(false)
  await talk.choose('gpu', 'some')
  expect([talk.answers.gpu, talk.recommendation.value?.also.map(({ criterion }) => criterion)]).toEqual(['some', ['gpu']])
})
