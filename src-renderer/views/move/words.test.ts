import { expect, test } from 'vitest'
import { failureWords } from './words.ts'

test('a move is said to be taken back only where it said so itself: an engine that died took nothing back', () => {
  expect(failureWords('No image.', 'takenBack')).toBe('No image. Everything was taken back.')
  expect(failureWords('The connection was lost.', 'moving')).toBe('The connection was lost. It stopped on its way: go on with it or take it back from the overview, which shows how far it came.')
  expect(failureWords('The connection was lost.', 'takingBack')).not.toContain('Everything')
  expect([failureWords('There is no such stack.', undefined), failureWords('', 'moving')]).toEqual(['There is no such stack.', 'The connection to the engine was lost. The overview shows how far it came.'])
})
