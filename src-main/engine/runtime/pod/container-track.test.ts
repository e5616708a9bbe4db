import { expect, test } from 'vitest'
import type { Container } from '../../../common/kube/generated/core-v1.ts'
import { FAILED_HOOK, noteDeath, noteOutOfMemory, noteStart } from './container-track.ts'
import { freshMemory } from './pod-view.ts'

test.each([
  ['a crash', {}, 3], ['stopped to be started again', { restartWanted: true }, 0], ['stopped because its postStart hook failed', { restartWanted: true, unhealthy: { why: FAILED_HOOK } }, 3],
  ['stopped because a probe failed at once', { restartWanted: true, unhealthy: { why: 'failed startup probe: no' } }, 3],
])('three short runs in a row, each ended by %s: %j, %i count as young deaths', (_, known, young) => {
  const memory = freshMemory()
  for (const at of [0, 1000, 2000]) {
    Object.assign(memory, known)
    noteDeath(memory, { id: 'c', startedAt: at, finishedAt: at + 100, exitCode: 0 }, at + 100)
  }
  expect(memory.youngDeaths).toBe(young)
})

const DIED = 60_000
test.each([
  ['told before its end', 137, DIED - 5, 'OOMKilled', false],
  ['told after its end', 137, DIED + 40, 'OOMKilled', false],
  ['told after the next start: the next run ran out of nothing', 137, DIED + 2_000, 'OOMKilled', false],
  ['long after the end: it is the next run', 137, DIED + 60_000, 'Error', true],
  ['after a run that failed by itself: it is the next run', 1, DIED + 2_000, 'Error', true],
])('out of memory, %s', (_, exitCode, at, reason, ofTheNext) => {
  const memory = freshMemory()
  const events: [number, () => void][] = [
    [0, () => noteStart(memory, {} as Container, 0)],
    [DIED, () => noteDeath(memory, { id: 'c', startedAt: 0, finishedAt: DIED, exitCode }, DIED)],
    [DIED + 100, () => noteStart(memory, {} as Container, DIED + 100)],
    [at, () => noteOutOfMemory(memory, at)],
  ]
  for (const [, happen] of events.sort(([a], [b]) => a - b)) happen()
  expect([memory.lastTerminated?.reason, memory.oomKilled]).toEqual([reason, ofTheNext])
})
