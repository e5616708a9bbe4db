import { expect, test } from 'vitest'
import { findCondition } from '../../../common/kube/conditions.ts'
import { JOB_TRACKING } from '../../../common/kube/job.ts'
import { Jobs, Nodes, Pods } from '../../../common/kube/kinds.ts'
import { runPod } from '../testing/job-pods.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { JobController } from '../job/controller.ts'
import { EvictionController } from './eviction-controller.ts'

test('a pod of a Job that its server\'s taint ends says so, and a Job that ignores disruptions makes another one uncounted', async () => {
  const cluster = new TestCluster()
  const { client, clock } = cluster
  const controllers = [new EvictionController(cluster.context), new JobController(cluster.context)]
  await cluster.informers.synced()
  for (const c of controllers) c.start()
  for (const name of ['a', 'b']) await client.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: {} })
  const template = { metadata: { labels: { job: 'j' } }, spec: { restartPolicy: 'Never', containers: [], nodeName: 'a' } }
  const rules = [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }]
  await client.create(Jobs, {
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace: 'ns' },
    spec: { completions: 1, parallelism: 1, backoffLimit: 0, podReplacementPolicy: 'Failed', podFailurePolicy: { rules }, selector: { matchLabels: { job: 'j' } }, template },
  })
  await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'plain', namespace: 'ns' }, spec: { containers: [], nodeName: 'a' } })
  await cluster.settle()
  const [pod] = client.all(Pods).filter((p) => p.metadata.finalizers?.includes(JOB_TRACKING))
  if (pod === undefined) throw new Error('no pod')
  await runPod(client, clock, pod)
  const writes: string[] = []
  client.intercept = (verb, resource, name) => void (resource === Pods && verb === 'updateStatus' && writes.push(name))
  const node = await client.get(Nodes, '', 'a')
  await client.update(Nodes, { ...node, spec: { taints: [{ key: 'k', effect: 'NoExecute' }] } })
  await cluster.settle()
  const evicted = await client.get(Pods, 'ns', pod.metadata.name)
  expect(findCondition(evicted.status?.conditions, 'DisruptionTarget')).toMatchObject({ status: 'True', reason: 'DeletionByTaintManager' })
  expect([evicted.metadata.deletionTimestamp !== undefined, writes]).toEqual([true, [pod.metadata.name]])
  await client.delete(Pods, 'ns', pod.metadata.name, { gracePeriodSeconds: 0 })
  await clock.advance(15_000)
  const job = await client.get(Jobs, 'ns', 'j')
  expect([job.status?.failed, job.status?.conditions, client.all(Pods).filter((p) => p.metadata.finalizers?.includes(JOB_TRACKING)).length]).toEqual([undefined, undefined, 1])
  for (const c of controllers) await c.stop()
  await cluster.stop()
})
