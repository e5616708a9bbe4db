import { expect, test } from 'vitest'
import { podKind } from './pod.ts'

const running = { name: 'c', image: 'i', imageID: '', ready: true, restartCount: 0, state: { running: {} } }
const ended = { ...running, state: { terminated: { exitCode: 1 } } }
test.each<[string, object, object, number | undefined, number]>([
  ['no node has it', {}, { phase: 'Pending' }, undefined, 0], ['it runs', { nodeName: 'n' }, { phase: 'Running', containerStatuses: [running] }, undefined, 30], ['by force', { nodeName: 'n' }, { phase: 'Running', containerStatuses: [running] }, 0, 0],
  ['it has ended', { nodeName: 'n' }, { phase: 'Failed', containerStatuses: [ended] }, undefined, 0], ['it has failed and still runs: its name is not free before it ended', { nodeName: 'n' }, { phase: 'Failed', containerStatuses: [ended, running] }, undefined, 30],
])('how long the end of a pod may take: %s', (_, spec, status, requested, expected) => {
  expect(podKind.gracePeriod?.({ spec: { containers: [], ...spec }, status, metadata: {} } as never, requested)).toBe(expected)
})
