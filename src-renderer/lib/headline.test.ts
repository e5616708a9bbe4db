import { expect, test } from 'vitest'
import { headline } from './headline.ts'

const none = { healthy: 0, progressing: 0, degraded: 0, failed: 0, stopped: 0, unknown: 0 }
const nodes = { ready: 3, total: 3 }
const lost = { reason: 'ManagerUnreachable', message: 'The other managers do not reach this one.', about: { apiVersion: 'swarm', kind: 'Node', namespace: '', name: 'two' } }

test.each<[string, Parameters<typeof headline>[0], string]>([
  ['a node is away', { apps: { ...none, failed: 1 }, nodes: { ready: 2, total: 3 }, problems: [lost] }, '2 of 3 nodes are ready'],
  ['an app fails', { apps: { ...none, healthy: 3, failed: 1 }, nodes, problems: [lost] }, '1 of 4 apps needs attention'],
  ['all apps run, and yet something is wrong', { apps: { ...none, healthy: 4 }, nodes, problems: [lost, lost] }, '2 things need attention'],
  ['one changes', { apps: { ...none, healthy: 3, progressing: 1 }, nodes, problems: [] }, '1 app is changing'],
  ['all is well', { apps: { ...none, healthy: 4 }, nodes, problems: [] }, 'Everything runs as it should'],
])('%s', (_, overview, words) => {
  expect(headline(overview)).toBe(words)
})
