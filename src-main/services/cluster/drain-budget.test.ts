import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import type { DrainProgress, ObjectRef } from '../../common/contract/index.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Deployments, PodDisruptionBudgets, Pods } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isPodReady, isPodTerminating } from '../../common/kube/pods.ts'
import { ApiCluster } from '../../engine/controllers/testing/api-cluster.ts'
import { LiveCluster } from './live-cluster.ts'
import { NodeActions } from './node-actions.ts'

// The product's own drain against the real eviction and the controller that counts budgets; nodes are simulated.

let cluster: ApiCluster
/** Waits a fiftieth of what it is asked to. */
const hasty: Clock = { now: () => systemClock.now(), monotonic: () => systemClock.monotonic(), setTimeout: (run, ms) => systemClock.setTimeout(run, ms / 50) }
const ref: ObjectRef = { apiVersion: 'v1', kind: 'Node', namespace: '', name: 'node-1' }

beforeEach(async () => {
  cluster = await ApiCluster.start()
})
afterEach(() => cluster.stop())

const healthy = (): Frozen<Pod>[] => cluster.informers.for(Pods).lister.list({ namespace: 'default' }).filter((p) => isPodReady(p) && !isPodTerminating(p))

async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  await expect.poll(check, { interval: 10 }).toBe(true)
}
async function run(replicas: number, minAvailable: number): Promise<void> {
  const labels = { app: 'web' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } }
  await cluster.client.create(Deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' }, spec: { replicas, selector: { matchLabels: labels }, template } })
  await cluster.client.create(PodDisruptionBudgets, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web', namespace: 'default' }, spec: { minAvailable, selector: { matchLabels: labels } } })
  await until(async () => healthy().length === replicas && (await cluster.client.get(PodDisruptionBudgets, 'default', 'web')).status?.currentHealthy === replicas)
}

test('a drain never takes more away than the budget allows, says what it waits for, and comes to its end', async () => {
  await run(6, 5)
  let fewest = Infinity
  cluster.informers.for(Pods).addHandler({ onUpdate: () => (fewest = Math.min(fewest, healthy().length)), onDelete: () => (fewest = Math.min(fewest, healthy().length)) })
  const seen: DrainProgress[] = []
  for await (const progress of new NodeActions({ client: cluster.client, live: new LiveCluster(cluster.informers), clock: hasty }).drain(ref)) seen.push(progress)
  expect(seen.at(-1)).toMatchObject({ done: true, pods: [{ state: 'ended' }, { state: 'ended' }, { state: 'ended' }] })
  const refused = seen.flatMap((p) => p.pods).filter((p) => p.state === 'refused')
  expect(refused[0]?.why?.message).toMatch(/^The disruption budget web needs 5 healthy pods and has [56] currently\. This pod goes when/)
  await until(() => healthy().length === 6)
  expect(healthy().map((p) => p.spec.nodeName)).toEqual(Array(6).fill('node-2'))
  expect(fewest).toBe(5)
})

test('where the budget never allows it, the pod stays, and goes when the budget does', async () => {
  await run(2, 2)
  let last: DrainProgress | undefined
  const draining = (async () => {
    for await (const progress of new NodeActions({ client: cluster.client, live: new LiveCluster(cluster.informers), clock: hasty }).drain(ref)) last = progress
  })()
  await until(() => last?.pods[0]?.state === 'refused')
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect([last?.pods[0]?.state, healthy().length]).toEqual(['refused', 2])
  await cluster.client.patch(PodDisruptionBudgets, 'default', 'web', 'application/merge-patch+json', { spec: { minAvailable: 1 } })
  await draining
  expect(last).toMatchObject({ done: true })
})
