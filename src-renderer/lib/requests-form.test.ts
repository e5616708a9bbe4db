import { expect, test } from 'vitest'
import type { ContainerAdvice } from '../../src-main/common/contract/index.ts'
import { advisedRows, requestProblems, requestRows, requestsFrom } from './requests-form.ts'

const MI = 2 ** 20
const range = (target: number): { lower: number; target: number; upper: number } => ({ lower: target / 2, target, upper: target * 2 })
const advice: ContainerAdvice[] = [
  { container: 'set', now: { cpuMilli: 1000, memoryBytes: 512 * MI }, advised: { cpuMilli: range(265), memoryBytes: range(200.5 * MI), spanMs: 1 } },
  { container: 'bare', now: {}, advised: { cpuMilli: range(30), memoryBytes: range(64 * MI), spanMs: 1 } },
  { container: 'new', now: {} },
]

test('what is requested stands there; what is not begins as recommended, or modestly', () => {
  expect(requestRows(advice)).toEqual([{ container: 'set', cpu: '1000', memory: '512' }, { container: 'bare', cpu: '30', memory: '64' }, { container: 'new', cpu: '100', memory: '' }])
  expect(advisedRows(requestRows(advice), advice)).toEqual([{ container: 'set', cpu: '265', memory: '201' }, { container: 'bare', cpu: '30', memory: '64' }, { container: 'new', cpu: '100', memory: '' }])
})

test.each([['0', '1'], ['-5', '1'], ['1.5', '1'], ['100m', '1'], ['much', '1'], ['1', '64Mi']])('%s and %s are no amounts', (cpu, memory) => {
  expect(requestProblems([{ container: 'c', cpu, memory }])).toEqual([cpu === '1' ? 'c.memory' : 'c.cpu'])
})

test('an empty field leaves that request alone', () => {
  expect(requestProblems([{ container: 'c', cpu: '', memory: ' ' }])).toEqual([])
  expect(requestsFrom([{ container: 'c', cpu: ' 250 ', memory: '' }, { container: 'd', cpu: '', memory: '64' }])).toEqual([{ container: 'c', cpuMilli: 250 }, { container: 'd', memoryBytes: 64 * MI }])
})
