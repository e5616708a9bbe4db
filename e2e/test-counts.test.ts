import { expect, test } from 'vitest'
import { playwrightCounts, vitestCounts } from './test-counts.ts'

test('skips are counted with their names, whatever the runner calls them', () => {
  const statuses = ['passed', 'failed', 'skipped', 'pending', 'todo']
  const json = JSON.stringify({ testResults: [{ assertionResults: statuses.map((status) => ({ status, fullName: status })) }] })
  expect(vitestCounts(json)).toEqual({ passed: 1, failed: ['failed'], skipped: ['skipped', 'pending', 'todo'] })
})

test('a flaky test is no passed test', () => {
  const specs = ['expected', 'unexpected', 'flaky', 'skipped'].map((status) => ({ title: status, tests: [{ status }] }))
  const json = JSON.stringify({ suites: [{ title: 'a.spec.ts', suites: [{ title: 'deep', specs }] }] })
  expect(playwrightCounts(json)).toEqual({ passed: 1, failed: ['a.spec.ts deep unexpected', 'a.spec.ts deep flaky'], skipped: ['a.spec.ts deep skipped'] })
})

test('what failed says its first words, without colours; a file that failed outside its tests is named, too', () => {
  const json = JSON.stringify({ testResults: [
    { status: 'failed', name: 'a.itest.ts', assertionResults: [{ status: 'failed', fullName: 'it works', failureMessages: ['\u001b[31mError: no\u001b[39m\n\n1\n2\n3\n4\n    at here\n    at there'] }] },
    { status: 'failed', name: 'b.itest.ts', message: 'the lab did not start', assertionResults: [{ status: 'passed', fullName: 'other' }] },
  ] })
  expect(vitestCounts(json).failed).toEqual(['it works\n  Error: no\n  1\n  2\n  3\n      at here', 'b.itest.ts\n  the lab did not start'])
})
