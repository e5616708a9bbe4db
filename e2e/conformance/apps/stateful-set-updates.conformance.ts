import { expect } from 'vitest'
import type { StatefulSet } from '../../../src-main/common/kube/generated/apps-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { updated } from '../framework/objects.ts'
import { WEB } from '../framework/pods.ts'
import { createSet, imageOf, LABELS, podReadyIs, revisionOf, setOf, setUntil, withImage } from './stateful-set.ts'
import { breakPage, OTHER_WEB, podsUntil, restorePage } from './workloads.ts'

const LIMIT_MS = 300_000

async function settled(f: Framework, name: string): Promise<string> {
  const { status } = await setUntil(f, name, 'of one revision', ({ status: s, spec }) => s?.currentRevision === s?.updateRevision && s?.readyReplicas === spec.replicas && s?.currentReplicas === spec.replicas)
  return status?.currentRevision ?? ''
}

/** Rolls another image out over a pod that is not ready: the roll waits for it, then goes from the last to the first. The revision that came of it. */
async function rolled(f: Framework, name: string, image: string, before: string): Promise<string> {
  await breakPage(f, `${name}-1`)
  await podReadyIs(f, `${name}-1`, false)
  await withImage(f, name, image)
  const { status } = await setUntil(f, name, 'of two revisions', ({ status: s }) => s?.currentRevision !== s?.updateRevision)
  expect(status?.currentRevision).toBe(before)
  await restorePage(f, `${name}-1`)
  await podReadyIs(f, `${name}-1`, true)
  const after = await settled(f, name)
  expect(after).toBe(status?.updateRevision)
  for (const pod of await podsUntil(f, LABELS, 3)) expect([imageOf(pod), revisionOf(pod)]).toEqual([image, after])
  return after
}

conformance('[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should perform rolling updates and roll backs of template modifications', async (f) => {
  await createSet(f, 'ss2', 3)
  const first = await settled(f, 'ss2')
  for (const pod of await podsUntil(f, LABELS, 3)) expect([imageOf(pod), revisionOf(pod)]).toEqual([WEB, first])
  const second = await rolled(f, 'ss2', OTHER_WEB, first)
  expect(second).not.toBe(first)
  // The template is the first one's again, and so is its revision.
  expect(await rolled(f, 'ss2', WEB, second)).toBe(first)
}, LIMIT_MS)

conformance('[sig-apps] StatefulSet Basic StatefulSet functionality [StatefulSetBasic] should perform canary updates and phased rolling updates of template modifications', async (f) => {
  const partitioned = (partition: number): Promise<StatefulSet> => updated<StatefulSet>(f, setOf(f, 'ss2'), ({ spec }) => void (spec.updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition } }))
  const shown = async (): Promise<unknown[]> => (await podsUntil(f, LABELS, 3)).map((pod) => [imageOf(pod), revisionOf(pod)])
  const updatedIs = (count: number): Promise<StatefulSet> => setUntil(f, 'ss2', `with ${String(count)} updated`, ({ status: s }) => s?.updatedReplicas === count && s.readyReplicas === 3)
  await createSet(f, 'ss2', 3, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } } })
  const first = await settled(f, 'ss2')
  const old = [WEB, first]
  expect(await shown()).toEqual([old, old, old])

  await withImage(f, 'ss2', OTHER_WEB)
  const { status } = await setUntil(f, 'ss2', 'of two revisions', ({ status: s }) => s?.currentRevision !== s?.updateRevision)
  const next = [OTHER_WEB, status?.updateRevision]
  // Not applied when the partition is not less than the number of replicas.
  expect(await shown()).toEqual([old, old, old])
  // A canary.
  await partitioned(2)
  await updatedIs(1)
  expect(await shown()).toEqual([old, old, next])
  // Deleted pods come back in their own revision.
  const before = await podsUntil(f, LABELS, 3)
  for (const pod of ['ss2-0', 'ss2-2']) await f.client.delete(f.core('pods', pod))
  for (const i of [0, 2]) await podUntilOther(f, `ss2-${String(i)}`, before[i]?.metadata.uid)
  await updatedIs(1)
  expect(await shown()).toEqual([old, old, next])
  // In phases.
  await partitioned(1)
  await updatedIs(2)
  expect(await shown()).toEqual([old, next, next])
  await partitioned(0)
  expect(await settled(f, 'ss2')).toBe(status?.updateRevision)
  expect(await shown()).toEqual([next, next, next])
}, LIMIT_MS)

async function podUntilOther(f: Framework, name: string, uid: string | undefined): Promise<void> {
  await podsUntil(f, LABELS, 3)
  expect((await podReadyIs(f, name, true)).metadata.uid).not.toBe(uid)
}

