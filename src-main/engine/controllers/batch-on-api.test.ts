import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../common/clock.ts'
import type { DaemonSet } from '../../common/kube/generated/apps-v1.ts'
import type { Job } from '../../common/kube/generated/batch-v1.ts'
import type { Pod, ReplicationController } from '../../common/kube/generated/core-v1.ts'
import { jobEnd } from '../../common/kube/job.ts'
import { ControllerRevisions, CronJobs, DaemonSets, Jobs, Namespaces, Nodes, Pods, ReplicationControllers } from '../../common/kube/kinds.ts'
import type { Frozen, KubeObject } from '../../common/kube/object.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { isPodActive } from '../../common/kube/pods.ts'
import type { LocalClient } from '../client/local-client.ts'
import { ApiCluster } from './testing/api-cluster.ts'
import { endPod } from './testing/job-pods.ts'

let cluster: ApiCluster
let client: LocalClient
let ending: { exitCode: number } | undefined
let stopEnding: () => void

beforeEach(async () => {
  cluster = await ApiCluster.start()
  ;({ client } = cluster)
  ending = undefined
  // What runs ends at once, where the test says so.
  const end = (pod: Frozen<Pod>): void => {
    if (ending !== undefined && pod.status?.phase === 'Running') void endPod(client, systemClock, pod, ending.exitCode).catch(() => undefined)
  }
  stopEnding = cluster.informers.for(Pods).addHandler({ onAdd: end, onUpdate: end })
})
afterEach(async () => {
  stopEnding()
  await cluster.stop()
})

function eventually(check: () => boolean | Promise<boolean>, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const timer = setInterval(() => void look(), 5)
    const look = async (): Promise<void> => {
      const ok = await Promise.resolve(check()).catch(() => false)
      if (!ok && performance.now() - began < 60_000) return
      clearInterval(timer)
      if (ok) resolve()
      else reject(new Error(`did not happen: ${what}; failures: ${JSON.stringify(cluster.failures.map(String))}`))
    }
  })
}
const make = <T extends KubeObject>(resource: Resource<T>, name: string, spec: object, namespace = 'default'): Promise<unknown> =>
  client.create(resource as unknown as Resource, { apiVersion: '', kind: '', metadata: { name, namespace }, spec } as never)
const template = (spec: object = {}): object => ({ metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }], restartPolicy: 'Never', ...spec } })
const job = (name = 'j'): Promise<Frozen<Job>> => client.get(Jobs, 'default', name)
const pods = async (): Promise<Frozen<Pod>[]> => (await client.list(Pods)).items.filter(isPodActive)

test('a job runs to its end, is counted, and goes with its pods; at rest nothing is written', async () => {
  await make(Jobs, 'j', { completions: 3, parallelism: 2, completionMode: 'Indexed', template: template() })
  await eventually(async () => (await job()).status?.ready === 2, 'two ready')
  await cluster.atRest()
  ending = { exitCode: 0 }
  for (const pod of await pods()) await endPod(client, systemClock, pod, 0)
  await eventually(async () => jobEnd(await job()) === 'Complete', 'Complete')
  expect((await job()).status).toMatchObject({ succeeded: 3, completedIndexes: '0-2', ready: 0, terminating: 0 })
  expect((await client.list(Pods)).items.flatMap((p) => p.metadata.finalizers ?? [])).toEqual([])
  await cluster.atRest()
  await client.delete(Jobs, 'default', 'j', { propagationPolicy: 'Background' })
  await eventually(async () => (await client.list(Pods)).items.length + (await client.list(Jobs)).items.length === 0, 'all gone')
  expect(cluster.failures).toEqual([])
})

test.each(['Background', 'Foreground', 'Orphan'] as const)('a running job deleted in the %s', async (propagationPolicy) => {
  await make(Jobs, 'j', { completions: 2, parallelism: 2, template: template() })
  await eventually(async () => (await job()).status?.ready === 2, 'two ready')
  await client.delete(Jobs, 'default', 'j', { propagationPolicy })
  await eventually(async () => (await client.list(Jobs)).items.length === 0, 'job gone')
  const left = propagationPolicy === 'Orphan' ? 2 : 0
  await eventually(async () => {
    const { items } = await client.list(Pods)
    return items.length === left && items.every((p) => (p.metadata.finalizers ?? []).length === 0)
  }, `${String(left)} pods left, kept by nobody`)
})

test('a failed job is gone with its pods as soon as it may be', async () => {
  ending = { exitCode: 1 }
  await make(Jobs, 'j', { backoffLimit: 0, ttlSecondsAfterFinished: 0, template: template() })
  await eventually(async () => (await client.list(Jobs)).items.length + (await client.list(Pods)).items.length === 0, 'all gone')
})

test('a namespace with a running job and a cron job goes', async () => {
  await client.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' }, spec: {} })
  await make(CronJobs, 'c', { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: template() } } }, 'shop')
  await make(Jobs, 'j', { completions: 2, parallelism: 2, template: template() }, 'shop')
  await eventually(async () => (await client.get(Jobs, 'shop', 'j')).status?.ready === 2, 'two ready')
  await client.delete(Namespaces, '', 'shop')
  await eventually(async () => !(await client.list(Namespaces)).items.some((n) => n.metadata.name === 'shop'), 'namespace gone')
})

test('a cron job makes a job that runs, and takes it along when it goes', async () => {
  ending = { exitCode: 0 }
  await make(CronJobs, 'c', { schedule: '@every 1s', jobTemplate: { spec: { template: template() } } })
  await eventually(async () => (await client.get(CronJobs, 'default', 'c')).status?.lastSuccessfulTime !== undefined, 'a success')
  const made = (await client.list(Jobs)).items[0]
  expect(made).toMatchObject({ metadata: { ownerReferences: [{ kind: 'CronJob', name: 'c' }] }, spec: { completions: 1, backoffLimit: 6 } })
  await client.delete(CronJobs, 'default', 'c', { propagationPolicy: 'Background' })
  await eventually(async () => (await client.list(Jobs)).items.length + (await client.list(Pods)).items.length + (await client.list(CronJobs)).items.length === 0, 'all gone')
})

test('a daemon set runs on both nodes, also a cordoned one, rolls out, and is undone', async () => {
  await make(DaemonSets, 'd', { selector: { matchLabels: { a: 'b' } }, template: template({ restartPolicy: 'Always' }) })
  const set = (): Promise<Frozen<DaemonSet>> => client.get(DaemonSets, 'default', 'd')
  const ready = (image: string): Promise<void> => eventually(async () => {
    const { status, metadata } = await set()
    const list = await pods()
    return status?.numberAvailable === 2 && status.updatedNumberScheduled === 2 && status.observedGeneration === metadata.generation && new Set(list.map((p) => p.spec.nodeName)).size === 2 && list.every((p) => p.spec.containers[0]?.image === image)
  }, `both of ${image}`)
  await ready('i')
  await cluster.atRest()
  const node = await client.get(Nodes, '', 'node-1')
  await client.update(Nodes, { ...node, spec: { unschedulable: true } })
  const change = async (image: string): Promise<void> => {
    const current = structuredClone(await set()) as DaemonSet
    current.spec.template.spec = { ...current.spec.template.spec, containers: [{ name: 'c', image }] }
    await client.update(DaemonSets, current)
    await ready(image)
  }
  await change('two')
  await change('i')
  expect((await client.list(ControllerRevisions)).items.map((r) => r.revision).sort()).toEqual([2, 3])
  await client.delete(DaemonSets, 'default', 'd', { propagationPolicy: 'Background' })
  await eventually(async () => (await client.list(Pods)).items.length + (await client.list(ControllerRevisions)).items.length === 0, 'all gone')
  expect(cluster.failures).toEqual([])
})

test('a replication controller runs its pods', async () => {
  await make(ReplicationControllers, 'rc', { replicas: 2, template: template({ restartPolicy: 'Always' }) })
  const controller = (): Promise<Frozen<ReplicationController>> => client.get(ReplicationControllers, 'default', 'rc')
  await eventually(async () => (await controller()).status?.readyReplicas === 2, 'two ready')
  await client.patch(ReplicationControllers, 'default', 'rc', 'application/merge-patch+json', { spec: { replicas: 1 } }, 'scale')
  await eventually(async () => (await controller()).status?.replicas === 1 && (await pods()).length === 1, 'one left')
  await cluster.atRest()
})
