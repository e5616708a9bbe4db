import { expect, test } from 'vitest'
import heal, { BLOWS } from '../soak/heal.ts'
import { shortRun } from '../soak/soak.ts'

test('whatever ends a container, three are Ready again and nothing is started twice', async () => {
  const result = await heal(shortRun(1, BLOWS.length))
  expect(result.failures).toEqual([])
}, 400_000)
