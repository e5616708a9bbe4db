import { expect, test } from 'vitest'
import type { EngineState } from '../common/contract/index.ts'
import { FakeClock } from '../common/fake-clock.ts'
import { DockerWatch } from './docker-watch.ts'

test('Docker stopping, hanging and coming back is told, once each', async () => {
  const clock = new FakeClock()
  const told: EngineState['docker'][] = []
  let ping = (): Promise<unknown> => Promise.reject(new Error('Docker is not running.'))
  const watch = new DockerWatch(() => ping(), clock, (docker) => told.push(docker))
  await clock.advance(5_000)
  ping = () => Promise.resolve('OK')
  await clock.advance(1_000)
  ping = () => new Promise(() => undefined)
  await clock.advance(60_000)
  expect(told).toEqual([{ state: 'unreachable', message: 'Docker is not running.' }, { state: 'connected' }, { state: 'unreachable', message: expect.stringContaining('5 seconds') as string }])
  watch.stop()
})
