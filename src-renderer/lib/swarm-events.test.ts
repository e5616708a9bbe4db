import { afterEach, expect, test } from 'vitest'
import { setLocale } from '../paraglide/runtime.js'
import { conditionWords, reasonWords } from './words.ts'

afterEach(() => setLocale('en', { reload: false }))

test('a swarm\'s own events and conditions have words in both languages; Kubernetes\' stay as they are', () => {
  expect([reasonWords('SecretRemoved'), reasonWords('NodeUpdated'), conditionWords('Availability')]).toEqual(['Removed', 'Changed', 'Availability'])
  void setLocale('ko', { reload: false })
  expect([reasonWords('SecretRemoved'), reasonWords('NodeUpdated'), reasonWords('RollingBack'), conditionWords('Availability')]).toEqual(['제거됨', '변경됨', '롤백 중', '가용성'])
  expect(reasonWords('SuccessfulCreate')).toBe('SuccessfulCreate')
})
