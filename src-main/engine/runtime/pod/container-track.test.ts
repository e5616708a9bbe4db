import { expect, test } from 'vitest'
import { FAILED_HOOK, noteDeath } from './container-track.ts'
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
