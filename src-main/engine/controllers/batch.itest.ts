import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { systemClock } from '../../common/clock.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Jobs, Pods } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { ApiCluster } from './testing/api-cluster.ts'
import { endPod } from './testing/job-pods.ts'
import { KubectlCluster } from './testing/kubectl-cluster.ts'

// The real kubectl makes Jobs, CronJobs and DaemonSets of the real controllers over HTTPS, and reads from them how they went.

let real: KubectlCluster
let cluster: ApiCluster

beforeAll(async () => {
  real = await KubectlCluster.start()
  cluster = real.cluster
  // Pods of Jobs end well a moment after they run.
  const end = (pod: Frozen<Pod>): void => {
    if (pod.status?.phase === 'Running' && pod.metadata.labels?.['job-name'] !== undefined) void endPod(cluster.client, systemClock, pod, 0).catch(() => undefined)
  }
  cluster.informers.for(Pods).addHandler({ onAdd: end, onUpdate: end })
})
afterAll(() => real.stop())

const ok = (...args: string[]): Promise<string> => real.ok(...args)

test('create, wait, get and delete a job; a cron job, and a job of it by hand', async () => {
  await ok('create', 'job', 'once', '--image=busybox', '--', 'true')
  await ok('wait', '--for=condition=complete', 'job/once', '--timeout=110s')
  expect(await ok('get', 'job', 'once')).toMatch(/NAME\s+STATUS\s+COMPLETIONS\s+DURATION\s+AGE\s+once\s+Complete\s+1\/1\s/)
  expect(await ok('describe', 'job', 'once')).toMatch(/Pods Statuses:\s+0 Active \(0 Ready\) \/ 1 Succeeded \/ 0 Failed[\s\S]*Completed[\s\S]*Job completed/)
  await ok('create', 'cronjob', 'often', '--image=busybox', '--schedule=0 0 1 1 *', '--', 'true')
  expect(await ok('get', 'cronjob')).toMatch(/SCHEDULE\s+TIMEZONE\s+SUSPEND\s+ACTIVE\s+LAST SCHEDULE\s+AGE\s+often\s+0 0 1 1 \*\s+<none>\s+False\s+0\s+<none>/)
  await ok('create', 'job', 'by-hand', '--from=cronjob/often')
  await ok('wait', '--for=condition=complete', 'job/by-hand', '--timeout=110s')
  await ok('delete', 'job/once', 'cronjob/often', '--timeout=110s')
  await expect.poll(async () => (await cluster.client.list(Pods)).items.length + (await cluster.client.list(Jobs)).items.length, { timeout: 60_000 }).toBe(0)
})

test('kubectl debug puts a container into a living pod', async () => {
  await ok('run', 'web', '--image=nginx')
  await ok('wait', '--for=condition=Ready', 'pod/web', '--timeout=110s')
  await ok('debug', 'web', '--image=busybox', '--container=look', '--target=web', '--profile=general', '--', 'ps')
  expect(await ok('get', 'pod', 'web', '-o', 'jsonpath={.spec.ephemeralContainers[*].name} {.spec.ephemeralContainers[*].targetContainerName}')).toBe('look web')
  await ok('delete', 'pod', 'web', '--timeout=110s')
})

test('a daemon set rolls out, has a history, and is undone', async () => {
  const labels = { app: 'agent' }
  const manifest = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent' }, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'agent:1' }] } } } }
  const file = join(cluster.api.dir, 'agent.json')
  writeFileSync(file, JSON.stringify(manifest))
  await ok('apply', '-f', file)
  expect(await ok('rollout', 'status', 'ds/agent', '--timeout=110s')).toContain('successfully rolled out')
  await ok('set', 'image', 'ds/agent', 'c=agent:2')
  expect(await ok('rollout', 'status', 'ds/agent', '--timeout=110s')).toContain('successfully rolled out')
  expect(await ok('rollout', 'history', 'ds/agent', '--revision=1')).toMatch(/Image:\s+agent:1/)
  await ok('rollout', 'undo', 'ds/agent')
  await ok('rollout', 'status', 'ds/agent', '--timeout=110s')
  expect(await ok('get', 'ds', 'agent', '-o', 'wide')).toMatch(/agent\s+2\s+2\s+2\s+2\s+2\s+<none>\s+\S+\s+c\s+agent:1\s+app=agent/)
  expect((await ok('rollout', 'history', 'ds/agent')).match(/^\d+/gm)).toEqual(['2', '3'])
  expect(cluster.failures).toEqual([])
})
