import { expect, test } from 'vitest'
import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { NodeRuntime, ObservedContainer } from '../container-runtime.ts'
import { readTerminationMessage } from './termination-message.ts'

const container: Container = { name: 'c', terminationMessagePath: '/dev/termination-log' }
const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', uid: 'p', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }, spec: { containers: [container] } }
const T = 1_000_000_000_000

test.each<[string, { file: string; modifiedAt: number; startedAt: number; previousDeath?: number; previousWords?: string }, string]>([
  ['the first run\'s', { file: 'why', modifiedAt: T, startedAt: T + 200 }, 'why'],
  ['the first run\'s, whose start a busy Docker told late', { file: 'why', modifiedAt: T, startedAt: T + 4_000 }, 'why'],
  ['what lay there long before', { file: 'old', modifiedAt: T, startedAt: T + 60_000 }, ''],
  ['the run\'s before', { file: 'old', modifiedAt: T, startedAt: T + 4_000, previousDeath: T + 900, previousWords: 'old' }, ''],
  ['the second run\'s, told late', { file: 'new', modifiedAt: T, startedAt: T + 4_000, previousDeath: T + 100, previousWords: 'old' }, 'new'],
  ['the same words again, in time', { file: 'why', modifiedAt: T + 2_000, startedAt: T + 2_500, previousDeath: T, previousWords: 'why' }, 'why'],
  ['nothing', { file: '', modifiedAt: T, startedAt: T }, ''],
])('last words: %s', async (_, { file, modifiedAt, startedAt, previousDeath, previousWords }, expected) => {
  const runtime = { streams: { readFile: () => Promise.resolve({ content: Buffer.from(file), modifiedAt }) } } as unknown as NodeRuntime
  const end = { sandboxId: 's', container: { startedAt } as ObservedContainer, exitCode: 1, previousDeath, previousWords }
  expect(await readTerminationMessage(runtime, pod, container, end)).toBe(expected)
})
