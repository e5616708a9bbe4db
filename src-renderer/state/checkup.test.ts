import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeDoctor } from '../testing/fake-doctor.ts'
import { Checkup } from './checkup.svelte.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('it looks when it is asked to, once at a time; what it found stays while it looks again', async () => {
  const doctor = new FakeDoctor()
  const looks = vi.spyOn(doctor, 'examine')
  const checkup = new Checkup(doctor)
  expect(looks).not.toHaveBeenCalled()
  void checkup.examine()
  void checkup.examine()
  expect([checkup.busy, looks.mock.calls.length]).toEqual([true, 1])
  await vi.advanceTimersByTimeAsync(900)
  expect([checkup.busy, checkup.exam.value?.findings[0]?.why.reason]).toEqual([false, 'NoIpvs'])
  await checkup.pin('s1', 'n1')
  expect([doctor.pinned, checkup.busy, checkup.exam.value?.findings.length]).toEqual([[['s1', 'n1']], true, 4])
})

test('why it could not', async () => {
  const checkup = new Checkup(new FakeDoctor({ fails: true }))
  void checkup.examine()
  await vi.advanceTimersByTimeAsync(900)
  expect([checkup.exam.error, checkup.busy]).toEqual([expect.stringMatching(/^Docker is not running here/), false])
})
