import { expect, test } from 'vitest'
import killEngine from '../soak/kill-engine.ts'
import { shortRun } from '../soak/soak.ts'

test('SIGKILL in the middle of a rollout: nothing acknowledged is lost, no container is touched, the rollout goes on', async () => {
  const result = await killEngine(shortRun(7, 3))
  expect(result.failures).toEqual([])
}, 400_000)
