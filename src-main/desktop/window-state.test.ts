import { expect, test } from 'vitest'
import { restoreBounds } from './window-state.ts'

const SCREEN = { x: 0, y: 0, width: 1920, height: 1080 }
test.each([
  ['nothing kept', undefined, { width: 1280, height: 820 }],
  ['on the screen', { x: 10, y: 10, width: 1000, height: 700 }, { x: 10, y: 10, width: 1000, height: 700 }],
  ['on a screen that is gone', { x: 2500, y: 10, width: 1000, height: 700 }, { width: 1000, height: 700 }],
  ['title bar above the screen', { x: 10, y: -500, width: 1000, height: 700 }, { width: 1000, height: 700 }],
  ['nonsense', { width: 3, height: Number.NaN }, { width: 1280, height: 820 }],
])('%s', (_, kept, expected) => expect(restoreBounds(kept, [SCREEN])).toEqual(expected))
