import { expect, test } from 'vitest'
import faults from '../soak/faults.ts'
import { shortRun } from '../soak/soak.ts'

// This seed's first steps have every kind of fault, and a server and the engine that go at once.
test('faults in a row are non-events: all becomes as declared, nothing runs twice, nothing is lost', async () => {
  const result = await faults(shortRun(14, 4))
  console.log(result.figures)
  expect(result.failures).toEqual([])
}, 1_200_000)
