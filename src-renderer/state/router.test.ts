import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { router } from './router.svelte.ts'

beforeEach(() => void vi.stubGlobal('location', { hash: '#/volumes' }))
afterEach(() => void vi.unstubAllGlobals())

test('what took its time leads on only from where it began', () => {
  const goOn = router.onward()
  goOn({ page: 'nodes' })
  expect(location.hash).toBe('/nodes')
  location.hash = '#/volumes'
  const late = router.onward()
  location.hash = '#/pods'
  late({ page: 'nodes' })
  expect(location.hash).toBe('#/pods')
})
