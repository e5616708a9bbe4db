import { expect, test } from 'vitest'
import type { Container, Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { ObservedContainer } from '../container-runtime.ts'
import { freshMemory } from './pod-view.ts'
import type { PodMemory, PodView } from './pod-view.ts'
import { isInitialized, isOverdue } from './progress.ts'

const START = '2026-01-01T00:00:00Z'
const pod = (spec: object): Frozen<Pod> => ({ metadata: { name: 'a' }, spec: { containers: [], ...spec }, status: { startTime: START } }) as unknown as Frozen<Pod>
const init: Container = { name: 'init', image: 'x' }
const sidecar: Container = { ...init, restartPolicy: 'Always' }
const seen = (state: ObservedContainer['state'], exitCode?: number): PodView => ({ sandbox: undefined, containers: new Map([['init', { state, ...(exitCode === undefined ? {} : { exitCode }) } as ObservedContainer]]) })
const memory = (started: boolean): PodMemory => ({ address: undefined, filesIn: undefined, sandboxTrouble: undefined, filesTrouble: undefined, initialized: false, failed: undefined, containers: new Map([['init', { ...freshMemory(), started }]]) })

test.each<[string, Container[], PodView, boolean, boolean]>([
  ['there is none', [], seen('created'), false, true],
  ['it ended well', [init], seen('exited', 0), false, true],
  ['it failed', [init], seen('exited', 1), false, false],
  ['it runs', [init], seen('running'), true, false],
  ['a sidecar runs and has started', [sidecar], seen('running'), true, true],
  ['a sidecar runs and has not started', [sidecar], seen('running'), false, false],
  ['a sidecar ended', [sidecar], seen('exited', 0), true, false],
])('init containers: %s', (_, initContainers, view, started, done) => {
  expect(isInitialized(pod({ initContainers }), view, memory(started))).toBe(done)
})

test.each([[undefined, 1_000_000, false], [10, 9_999, false], [10, 10_000, true]])('a deadline of %j s is over %i ms after the start: %j', (activeDeadlineSeconds, after, over) => {
  expect(isOverdue(pod(activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds }), Date.parse(START) + after)).toBe(over)
})
