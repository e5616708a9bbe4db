import { expect, vi } from 'vitest'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { Framework } from '../framework/conformance.ts'
import { objectUntil, updated } from '../framework/objects.ts'
import { podOf, runningPod, WEB } from '../framework/pods.ts'
import { podsUntil } from './workloads.ts'

const hasOwner = ({ metadata }: Pod, uid: string): boolean => metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) === true

/** Waits until so many pods run, and each of them answers. */
export async function servesOnEach(f: Framework, labels: Record<string, string>, count: number): Promise<void> {
  for (const pod of await podsUntil(f, labels, count)) {
    const path = f.core('pods', `${pod.metadata.name ?? ''}:80/proxy/`)
    // One without a readiness probe is ready a moment before it listens.
    await vi.waitFor(async () => {
      const { code, body } = await f.client.ask<string>('GET', path)
      expect([code, body]).toEqual([200, expect.stringContaining('nginx')])
    }, { timeout: 60_000, interval: 200 })
  }
}

/** A pod that was there before is taken by what is made for its labels (`create` resolves with the maker's UID), and let go when they change. */
export async function adoptsAndReleases(f: Framework, create: (name: string) => Promise<string>): Promise<void> {
  const name = 'pod-adoption-release'
  await runningPod(f, podOf(name, { labels: { name }, containers: [{ image: WEB }] }))
  const uid = await create(name)
  await objectUntil<Pod>(f, f.core('pods'), name, 'adopted', (pod) => hasOwner(pod, uid))
  await updated<Pod>(f, f.core('pods', name), ({ metadata }) => void (metadata.labels = { name: 'not-matching-name' }))
  await objectUntil<Pod>(f, f.core('pods'), name, 'released', (pod) => !hasOwner(pod, uid))
}
