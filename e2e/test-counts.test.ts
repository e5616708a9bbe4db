import { expect, test } from 'vitest'
import { playwrightCounts, vitestCounts } from './test-counts.ts'

test('skips are counted with their names, whatever the runner calls them', () => {
  const statuses = ['passed', 'failed', 'skipped', 'pending', 'todo']
  const json = JSON.stringify({ testResults: [{ assertionResults: statuses.map((status) => ({ status, fullName: status })) }] })
  expect(vitestCounts(json)).toEqual({ passed: 1, failed: 1, skipped: ['skipped', 'pending', 'todo'] })
})

test('a flaky test is no passed test', () => {
  const specs = ['expected', 'unexpected', 'flaky', 'skipped'].map((status) => ({ title: status, tests: [{ status }] }))
  const json = JSON.stringify({ suites: [{ title: 'a.spec.ts', suites: [{ title: 'deep', specs }] }] })
  expect(playwrightCounts(json)).toEqual({ passed: 1, failed: 2, skipped: ['a.spec.ts deep skipped'] })
})
