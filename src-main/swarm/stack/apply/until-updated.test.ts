import { expect, test } from 'vitest'
import { aService, aTask } from '../../testing/objects.ts'
import type { SwarmService, SwarmTask } from '../../docker/types.ts'
import type { SwarmApi } from '../../docker/swarm-api.ts'
import { untilUpdated } from './until-updated.ts'

interface Moment {
  state?: NonNullable<SwarmService['UpdateStatus']>['State']
  /** Its task is of the version before. */
  old?: boolean
}

/** A manager that tells of one moment after the other, an event in between; `looks` counts how often it was asked. */
function managerOf(moments: readonly Moment[]): { manager: SwarmApi; looks: () => number } {
  let looks = 0
  const before = aService('web')
  const web = { ...before, Spec: { ...before.Spec, TaskTemplate: { ContainerSpec: { Image: 'nginx:2' } } } }
  const now = (): Moment => moments[Math.min(looks, moments.length) - 1] ?? {}
  const events = { destroy: () => undefined, async *[Symbol.asyncIterator]() { for (let i = 1; i < moments.length; i++) yield await Promise.resolve(Buffer.from('event')) } }
  const manager = {
    serviceEvents: () => Promise.resolve(events),
    services: (): Promise<SwarmService[]> => {
      looks += 1
      const { state } = now()
      return Promise.resolve([{ ...web, ...(state === undefined ? {} : { UpdateStatus: { State: state } }) }, { ...aService('other'), UpdateStatus: { State: 'updating' } }])
    },
    tasks: (): Promise<SwarmTask[]> => Promise.resolve([aTask(now().old === true ? before : web, 1, 'running'), { ...aTask(before, 2, 'shutdown'), DesiredState: 'shutdown' }]),
  }
  return { manager: manager as unknown as SwarmApi, looks: () => looks }
}

test.each<[string, Moment[], number]>([
  ['an update that is under way is waited for', [{ state: 'updating' }, { state: 'updating' }, { state: 'completed' }, {}], 3],
  ['right after a change no state is told: its old tasks tell', [{ old: true }, { state: 'updating', old: true }, { state: 'completed' }, {}], 3],
  ['without old tasks there is nothing to wait for', [{}, {}], 1], ['one that stopped is over', [{ state: 'paused', old: true }, {}], 1], ['one that is taken back is waited for, too', [{ state: 'rollback_started' }, { state: 'rollback_completed', old: true }, {}], 2],
])('%s', async (_, moments, expected) => {
  const { manager, looks } = managerOf(moments)
  await untilUpdated(manager, ['web'])
  expect(looks()).toBe(expected)
})

test('events that end before it is over are an error, and a person who stops it is heard', async () => {
  await expect(untilUpdated(managerOf([{ state: 'updating' }]).manager, ['web'])).rejects.toThrow('Docker closed its event stream')
  await expect(untilUpdated(managerOf([{ state: 'updating' }]).manager, ['web'], AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
})
