import { expect, test } from 'vitest'
import type { Deployment, ReplicaSet } from '../../common/kube/generated/apps-v1.ts'
import type { Rollout, RolloutStatus, RolloutStrategy } from '../../common/kube/rollout.ts'
import { appDetail } from './app.ts'
import { releaseOf } from './release.ts'

const META = { uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', namespace: 'shop' }
const CANARY: RolloutStrategy = { canary: { steps: [{ weight: 5 }, { pause: { seconds: 60 } }, { pause: {} }] } }
const rollout = (status: RolloutStatus | undefined, strategy = CANARY): Rollout => ({ apiVersion: 'toque.dev/v1', kind: 'Rollout', metadata: { ...META, name: 'web' }, spec: { deployment: 'web', strategy }, ...(status === undefined ? {} : { status }) })
const set = (hash: string, image: string, pods: number): ReplicaSet => ({
  apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { ...META, name: `web-${hash}` }, spec: { replicas: pods, selector: {}, template: { spec: { containers: [{ name: 'c', image }] } } }, status: { replicas: pods, availableReplicas: pods },
})
const sets = [set('a', 'web:1', 3), set('b', 'web:2', 1)]
const traffic = [{ hash: 'a', replicaSet: 'web-a', weight: 95, replicas: 3 }, { hash: 'b', replicaSet: 'web-b', weight: 5, replicas: 1 }]
const trial: RolloutStatus = { phase: 'Paused', message: 'm', stable: 'a', canary: 'b', step: 1, steps: 4, weight: 5, stepStartedAt: '2026-01-01T00:00:00.500000Z', traffic, analysis: { failures: 0, message: 'good', stable: { requests: 90, errors: 0 }, canary: { requests: 10, errors: 1, meanMs: 7 } } }

test('a canary on trial: its steps, how far it is and until when, and both revisions with what was counted', () => {
  expect(releaseOf(rollout(trial), sets)).toEqual({
    ref: { apiVersion: 'toque.dev/v1', kind: 'Rollout', namespace: 'shop', name: 'web' }, phase: 'paused', message: 'm', strategy: 'canary', steps: [{ weight: 5 }, { seconds: 60 }, { byHand: true }, { weight: 100 }], step: 1,
    byPods: false, until: Date.parse('2026-01-01T00:01:00.5Z'), finding: 'good',
    stable: { name: 'web-a', images: ['web:1'], weight: 95, pods: 3, requests: 90, errors: 0 }, canary: { name: 'web-b', images: ['web:2'], weight: 5, pods: 1, requests: 10, errors: 1, meanMs: 7 },
  })
})

test.each<[string, Rollout, object]>([
  ['one that no Ingress leads to', rollout({ ...trial, weight: 10 }), { byPods: true }],
  ['one that nobody has looked at', rollout(undefined), { phase: 'waiting', message: '' }],
  ['one that waits for a person', rollout({ ...trial, step: 2 }), { phase: 'paused', step: 2, until: undefined }],
  ['blue/green', rollout(undefined, { blueGreen: { autoPromote: false } }), { strategy: 'blueGreen', steps: [{ weight: 0 }, { byHand: true }, { weight: 100 }, { seconds: 30 }] }],
])('%s', (_, of, expected) => {
  const { until, ...release } = releaseOf(of, sets)
  expect({ ...release, until }).toMatchObject(expected)
})

test('an app whose new version was taken back says why, and not that it was late', () => {
  const deployment: Deployment = {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...META, name: 'web', generation: 2 }, spec: { replicas: 3, selector: {}, template: { spec: { containers: [{ name: 'c', image: 'web:2' }] } } },
    status: { observedGeneration: 2, replicas: 3, readyReplicas: 3, updatedReplicas: 0, conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] },
  }
  const aborted = rollout({ ...trial, phase: 'Aborted', message: 'aborted: 12.5 % of 240 requests to revision web-b failed (limit 1 %). All requests go to revision web-a' })
  const why = { reason: 'RolloutAborted', message: 'The new version was taken back: 12.5 % of 240 requests to revision web-b failed (limit 1 %). All requests go to revision web-a.' }
  expect(appDetail({ object: deployment, revisions: sets, nodes: [], instances: [], endpoints: [], rollout: aborted })).toMatchObject({ health: 'degraded', why, rollout: { state: 'stuck', why }, release: { phase: 'aborted' } })
  expect(appDetail({ object: deployment, revisions: sets, nodes: [], instances: [], endpoints: [] })).not.toHaveProperty('release')
})
