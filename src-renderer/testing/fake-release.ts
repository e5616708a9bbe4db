import type { ObjectRef, Release, ReleaseOrder } from '../../src-main/common/contract/index.ts'

/** A release in the middle of its steps, or one that was taken back. */
export function fakeRelease({ ref, containers }: { ref: ObjectRef; containers: { image: string }[] }, phase: 'paused' | 'aborted', at: number): Release {
  const images = containers.map(({ image }) => image)
  const aborted = phase === 'aborted'
  return {
    ref: { apiVersion: 'toque.dev/v1', kind: 'Rollout', namespace: ref.namespace, name: ref.name }, phase, strategy: 'canary',
    message: aborted ? `aborted: 12.5 % of 240 requests to revision ${ref.name}-6c8f9d failed (limit 1 %). All requests go to revision ${ref.name}-7d5b9c; a new template, or the order "retry", begins anew` : 'step 4 of 7',
    steps: [{ weight: 5 }, { seconds: 120 }, { weight: 25 }, { seconds: 120 }, { weight: 50 }, { byHand: true }, { weight: 100 }], step: aborted ? 1 : 3, ...(aborted ? {} : { until: at + 95_000 }),
    byPods: false,
    stable: { name: `${ref.name}-7d5b9c`, images, weight: aborted ? 100 : 75, pods: 2, requests: 48_210, errors: 12, meanMs: 14 },
    canary: { name: `${ref.name}-6c8f9d`, images: images.map((image) => `${image}-next`), weight: aborted ? 0 : 25, pods: aborted ? 0 : 1, requests: aborted ? 240 : 15_870, errors: aborted ? 30 : 3, meanMs: 16 },
    finding: '0.1 % of 412 requests failed, 16 ms on average',
  }
}

/** What an order makes of it. */
export function fakeSteer(release: Release, order: ReleaseOrder): Release {
  const { until: _, ...rest } = release
  if (order === 'abort') return { ...rest, phase: 'aborted', message: 'aborted: by hand. All requests go to the stable revision' }
  if (order === 'retry') return { ...rest, phase: 'progressing', step: 0 }
  return { ...rest, phase: 'progressing', step: order === 'promote-all' ? release.steps.length - 1 : (release.step ?? 0) + 1 }
}
