import { expect, test } from 'vitest'
import type { Finding } from '../../src-main/common/contract/index.ts'
import { findingWords } from './finding-words.ts'

const about = (kind: string, name: string): Finding['about'][number] => ({ apiVersion: 'swarm', kind, namespace: '', name })
const finding = (reason: string, refs: Finding['about']): Finding => ({ id: '1', severity: 'error', why: { reason, message: 'as it was said' }, about: refs, fix: 'do it' })

test('missing IP_VS is told with the servers and with the services that need it', () => {
  expect(findingWords(finding('NoIpvs', [about('Node', 'a'), about('Node', 'b'), about('Service', 'shop_web')])).message).toMatch(/^The kernel of a, b has no IP_VS.*not reached there, while Docker says that all runs: shop_web\.$/)
  expect(findingWords(finding('NoIpvs', [about('Node', 'a')]))).toEqual({ message: expect.stringMatching(/^The kernel of a has no IP_VS.*published ports would not be reached/), fix: expect.stringMatching(/endpoint_mode: dnsrr.*mode: host/) })
})

test('all else as the doctor said it', () => {
  expect(findingWords(finding('NodeDown', [about('Node', 'a')]))).toEqual({ message: 'as it was said', fix: 'do it' })
})
