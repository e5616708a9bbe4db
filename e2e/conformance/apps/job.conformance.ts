import { expect } from 'vitest'
import type { Job, JobSpec } from '../../../src-main/common/kube/generated/batch-v1.ts'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { nodesOf } from '../framework/lists.ts'
import { follow, gone, listUntil, objectUntil, updated } from '../framework/objects.ts'
import { forever, SHELL, sh } from '../framework/pods.ts'

const jobs = (f: Framework): string => f.group('batch/v1', 'jobs')
const jobOf = (f: Framework, name: string): string => f.group('batch/v1', 'jobs', name)

interface Work {
  command: string[]
}

function create(f: Framework, name: string, { command }: Work, spec: Partial<JobSpec>, restartPolicy = 'Never', podSpec: object = {}): Promise<Job> {
  return f.client.create<Job>(jobs(f), {
    apiVersion: 'batch/v1', kind: 'Job', metadata: { name },
    spec: {
      parallelism: 2, completions: 4, backoffLimit: 6, ...spec,
      template: { metadata: { labels: { job: name } }, spec: { restartPolicy, terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: SHELL, command, volumeMounts: [{ name: 'data', mountPath: '/data' }] }], volumes: [{ name: 'data', emptyDir: {} }], ...podSpec } },
    },
  })
}

function until(f: Framework, name: string, what: string, wanted: (job: Job) => boolean, ms = 120_000): Promise<Job> {
  return objectUntil<Job>(f, jobs(f), name, what, wanted, ms)
}

const condition = (job: Job, type: string): string | undefined => job.status?.conditions?.find((c) => c.type === type && c.status === 'True')?.reason

async function completed(f: Framework, name: string, count: number): Promise<Job> {
  const job = await until(f, name, 'complete', (now) => condition(now, 'Complete') !== undefined)
  expect([condition(job, 'Complete'), condition(job, 'SuccessCriteriaMet'), job.status?.succeeded]).toEqual(['CompletionsReached', 'CompletionsReached', count])
  return job
}

function podsOf(f: Framework, name: string, what: string, wanted: (pods: Pod[]) => boolean): Promise<Pod[]> {
  return listUntil<Pod>(f, f.core('pods'), { labelSelector: `job=${name}` }, what, wanted)
}

const active = (pods: Pod[]): Pod[] => pods.filter(({ status, metadata }) => metadata.deletionTimestamp === undefined && (status?.phase === 'Running' || status?.phase === 'Pending'))

conformance('[sig-apps] Job should run a job to completion when tasks sometimes fail and are locally restarted', async (f) => {
  await create(f, 'fail-once-local', sh('if [ -r /data/foo ]; then exit 0; else touch /data/foo; exit 1; fi'), {}, 'OnFailure')
  await completed(f, 'fail-once-local', 4)
  const pods = await podsOf(f, 'fail-once-local', '4 that ended well', (all) => all.filter(({ status }) => status?.phase === 'Succeeded').length === 4)
  for (const { status } of pods) expect(status?.containerStatuses?.[0]?.restartCount).toBe(1)
})

conformance('[sig-apps] Job should create pods for an Indexed job with completion indexes and specified hostname', async (f) => {
  await create(f, 'indexed-job', sh('exit 0'), { completionMode: 'Indexed' })
  const job = await completed(f, 'indexed-job', 4)
  expect(job.status?.completedIndexes).toBe('0-3')
  const pods = await podsOf(f, 'indexed-job', 'pods', (all) => all.length >= 4)
  const done = pods.filter(({ status }) => status?.phase === 'Succeeded')
  expect(done.map(({ metadata }) => metadata.annotations?.['batch.kubernetes.io/job-completion-index']).sort()).toEqual(['0', '1', '2', '3'])
  for (const { metadata, spec } of done) expect(spec?.hostname).toBe(`indexed-job-${metadata.annotations?.['batch.kubernetes.io/job-completion-index'] ?? ''}`)
})

conformance('[sig-apps] Job should delete a job', async (f) => {
  await create(f, 'foo', forever(), {})
  await podsOf(f, 'foo', '2 active', (pods) => active(pods).length === 2)
  await f.client.delete(jobOf(f, 'foo'), { propagationPolicy: 'Background' })
  await gone(f, jobOf(f, 'foo'))
  await podsOf(f, 'foo', 'no pods', (pods) => pods.length === 0)
})

conformance('[sig-apps] Job should adopt matching orphans and release non-matching pods', async (f) => {
  const job = await create(f, 'adopt-release', forever(), {})
  const [pod] = active(await podsOf(f, 'adopt-release', '2 active', (pods) => active(pods).length === 2))
  const name = pod?.metadata.name ?? ''
  const owned = ({ metadata }: Pod): boolean => metadata.ownerReferences?.some(({ uid, controller }) => uid === job.metadata.uid && controller === true) === true
  await updated<Pod>(f, f.core('pods', name), ({ metadata }) => void (metadata.ownerReferences = []))
  await objectUntil<Pod>(f, f.core('pods'), name, 'adopted', owned)
  await updated<Pod>(f, f.core('pods', name), ({ metadata }) => void (metadata.labels = {}))
  await objectUntil<Pod>(f, f.core('pods'), name, 'released', (now) => !owned(now))
})

conformance('[sig-apps] Job should apply changes to a job status', async (f) => {
  await create(f, 'e2e-status', forever(), {})
  const path = jobOf(f, 'e2e-status')
  await podsOf(f, 'e2e-status', '2 active', (pods) => active(pods).length === 2)
  await until(f, 'e2e-status', '2 active', ({ status }) => status?.active === 2)
  const said = (type: string): object => ({ type, status: 'True', lastTransitionTime: new Date().toISOString().replace(/\.\d+/, ''), reason: 'E2E', message: 'Set from e2e test' })
  const patched = await f.client.patch<Job>(`${path}/status`, 'merge', { metadata: { annotations: { patchedstatus: 'true' } }, status: { conditions: [said('CustomConditionType')] } })
  expect(condition(patched, 'CustomConditionType')).toBe('E2E')
  expect(patched.metadata.annotations?.['patchedstatus']).toBe('true')
  const written = await updated<Job>(f, path, (job) => void (job.status = { ...job.status, conditions: [...(job.status?.conditions ?? []), said('CustomConditionUpdated')] as NonNullable<Job['status']>['conditions'] }), `${path}/status`)
  expect(condition(written, 'CustomConditionUpdated')).toBe('E2E')
  expect((await f.client.get<Job>(`${path}/status`)).metadata.uid).toBe(written.metadata.uid)
  await until(f, 'e2e-status', 'with both conditions', (job) => condition(job, 'CustomConditionType') === 'E2E' && condition(job, 'CustomConditionUpdated') === 'E2E')
})

conformance('[sig-apps] Job should manage the lifecycle of a job', async (f) => {
  const labels = { 'e2e-job-label': f.unique('e2e-job') }
  const query = { labelSelector: `e2e-job-label=${labels['e2e-job-label']}` }
  const { events, stop } = follow<Job>(f, '/apis/batch/v1/jobs', query)
  f.after(() => Promise.resolve(stop()))
  await create(f, 'e2e-life', sh('exit 0'), { suspend: true })
  const path = jobOf(f, 'e2e-life')
  await f.client.patch(path, 'strategic', { metadata: { labels } })
  await until(f, 'e2e-life', 'patched and suspended', (job) => job.metadata.labels?.['e2e-job-label'] === labels['e2e-job-label'] && condition(job, 'Suspended') !== undefined)
  expect((await f.client.get<{ items: Pod[] }>(f.core('pods'))).items).toEqual([])
  const resumed = await updated<Job>(f, path, (job) => {
    job.spec.suspend = false
    job.metadata.annotations = { ...job.metadata.annotations, updated: 'true' }
  })
  expect(resumed.metadata.annotations?.['updated']).toBe('true')
  await completed(f, 'e2e-life', 4)
  const { items } = await f.client.get<{ items: Job[] }>('/apis/batch/v1/jobs', query)
  expect(items.map(({ metadata, spec }) => [metadata.name, spec.suspend])).toEqual([['e2e-life', false]])
  await f.client.delete(jobs(f), { propagationPolicy: 'Foreground' }, query)
  await gone(f, path)
  await podsOf(f, 'e2e-life', 'no pods', (pods) => pods.length === 0)
  await eventually('the deletion seen', () => Promise.resolve(events.at(-1)?.type === 'DELETED'))
})

conformance('[sig-apps] Job should allow to use the pod failure policy on exit code to fail the job early', async (f) => {
  await create(f, 'pod-failure-failjob', sh('exit 1'), {
    parallelism: 1, completions: 1, podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }] },
  })
  const job = await until(f, 'pod-failure-failjob', 'failed', (now) => condition(now, 'Failed') !== undefined)
  expect([condition(job, 'Failed'), condition(job, 'FailureTarget'), job.status?.failed]).toEqual(['PodFailurePolicy', 'PodFailurePolicy', 1])
})

conformance('[sig-apps] Job should allow to use a pod failure policy to ignore failure matching on DisruptionTarget condition', async (f) => {
  const name = 'pod-failure-ignore'
  // The first run goes on until it is disrupted, the next one, on the same node, sees that there was one.
  const [node] = await nodesOf(f)
  const place = `/tmp/${f.unique('job')}`
  await create(f, name, sh('if [ -e /data/foo ]; then exit 0; fi; touch /data/foo; trap "exit 1" TERM; while :; do sleep 0.2; done'), {
    parallelism: 1, completions: 1, backoffLimit: 0, podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] },
  }, 'Never', { nodeName: node?.metadata.name, volumes: [{ name: 'data', hostPath: { path: place, type: 'DirectoryOrCreate' } }] })
  const [pod] = await podsOf(f, name, 'one that runs', (pods) => pods.length === 1 && pods[0]?.status?.phase === 'Running')
  await f.client.create(f.core('pods', `${pod?.metadata.name ?? ''}/eviction`), { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod?.metadata.name } })
  const job = await completed(f, name, 1)
  expect(job.status?.failed ?? 0).toBe(0)
})
