import { expect } from 'vitest'
import type { CronJob, CronJobSpec, Job } from '../../../src-main/common/kube/generated/batch-v1.ts'
import { conformance, type Framework, watchUntil } from '../framework/conformance.ts'
import { gone, listUntil, objectUntil, stays, updated } from '../framework/objects.ts'
import { SHELL } from '../framework/pods.ts'

const LIMIT_MS = 420_000
/** Something is scheduled each minute: by then it would have happened. */
const TWO_TICKS_MS = 130_000
/** Upstream waits for five minutes. */
const WITHIN_MS = 180_000

const cronJobs = (f: Framework): string => f.group('batch/v1', 'cronjobs')
const cronJobOf = (f: Framework, name: string): string => f.group('batch/v1', 'cronjobs', name)

/** One that starts a job each minute. */
function manifest(name: string, sleepSeconds: number, spec: Partial<CronJobSpec> = {}, labels: Record<string, string> = {}): unknown {
  return {
    apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name, labels },
    spec: {
      schedule: '*/1 * * * ?', concurrencyPolicy: 'Allow', ...spec,
      jobTemplate: { spec: { parallelism: 1, completions: 1, template: { spec: { restartPolicy: 'OnFailure', terminationGracePeriodSeconds: 1, containers: [{ name: 'c', image: SHELL, command: ['sleep', String(sleepSeconds)] }] } } } },
    },
  }
}

async function create(f: Framework, name: string, sleepSeconds: number, spec: Partial<CronJobSpec>): Promise<void> {
  await f.client.create(cronJobs(f), manifest(name, sleepSeconds, spec))
  f.after(() => f.client.delete(cronJobOf(f, name), { propagationPolicy: 'Background' }))
}

function until(f: Framework, name: string, what: string, wanted: (cronJob: CronJob) => boolean): Promise<CronJob> {
  return objectUntil<CronJob>(f, cronJobs(f), name, what, wanted, WITHIN_MS)
}

async function jobsOf(f: Framework): Promise<Job[]> {
  return (await f.client.get<{ items: Job[] }>(f.group('batch/v1', 'jobs'))).items
}

conformance('[sig-apps] CronJob should not schedule jobs when suspended [Slow]', async (f) => {
  await create(f, 'suspended', 1, { suspend: true })
  await stays('no jobs', TWO_TICKS_MS, async () => ((await jobsOf(f)).length === 0 ? undefined : 'there is one'))
  expect((await f.client.get<CronJob>(cronJobOf(f, 'suspended'))).status?.active ?? []).toEqual([])
}, LIMIT_MS)

conformance('[sig-apps] CronJob should not schedule new jobs when ForbidConcurrent [Slow]', async (f) => {
  await create(f, 'forbid', 300, { concurrencyPolicy: 'Forbid' })
  const { status } = await until(f, 'forbid', 'with one active', (cronJob) => cronJob.status?.active?.length === 1)
  const [first] = await jobsOf(f)
  expect(status?.active?.[0]?.name).toBe(first?.metadata.name)
  await stays('one job', TWO_TICKS_MS, async () => {
    const names = (await jobsOf(f)).map(({ metadata: { name } }) => name)
    return names.join() === first?.metadata.name ? undefined : names.join()
  })
}, LIMIT_MS)

conformance('[sig-apps] CronJob should replace jobs when ReplaceConcurrent', async (f) => {
  await create(f, 'replace', 300, { concurrencyPolicy: 'Replace' })
  const { status } = await until(f, 'replace', 'with one active', (cronJob) => cronJob.status?.active?.length === 1)
  const first = status?.active?.[0]?.name
  await until(f, 'replace', 'with another one active', (cronJob) => cronJob.status?.active?.length === 1 && cronJob.status.active[0]?.name !== first)
  await gone(f, f.group('batch/v1', 'jobs', first))
  expect(await jobsOf(f)).toHaveLength(1)
}, LIMIT_MS)

conformance('[sig-apps] CronJob should schedule multiple jobs concurrently', async (f) => {
  await create(f, 'concurrent', 300, { concurrencyPolicy: 'Allow' })
  await until(f, 'concurrent', 'with two active', (cronJob) => (cronJob.status?.active?.length ?? 0) >= 2)
  const running = (await jobsOf(f)).filter(({ status }) => status?.completionTime === undefined)
  expect(running.length).toBeGreaterThanOrEqual(2)
}, LIMIT_MS)

conformance('[sig-apps] CronJob should support CronJob API operations', async (f) => {
  const labels = { 'special-label': f.unique('ns') }
  const query = { labelSelector: `special-label=${labels['special-label']}` }
  const make = (name: string): Promise<CronJob> => f.client.create<CronJob>(cronJobs(f), manifest(name, 1, { schedule: '0 0 1 1 *', suspend: true }, labels))
  // Discovery, step by step.
  const groups = await f.client.get<{ groups: { name: string; versions: { version: string }[] }[] }>('/apis')
  expect(groups.groups.find(({ name }) => name === 'batch')?.versions.map(({ version }) => version)).toContain('v1')
  expect((await f.client.get<{ versions: { version: string }[] }>('/apis/batch')).versions.map(({ version }) => version)).toContain('v1')
  expect((await f.client.get<{ resources: { name: string }[] }>('/apis/batch/v1')).resources.map(({ name }) => name)).toEqual(expect.arrayContaining(['cronjobs', 'cronjobs/status']))

  await make('a')
  await make('b')
  const created = await make('c')
  const path = cronJobOf(f, 'c')
  expect((await f.client.get<CronJob>(path)).metadata.uid).toBe(created.metadata.uid)
  for (const list of [cronJobs(f), '/apis/batch/v1/cronjobs']) expect((await f.client.get<{ items: CronJob[] }>(list, query)).items).toHaveLength(3)
  const { metadata: { resourceVersion = '' } } = await f.client.get<CronJob>(path)
  const seen = watchUntil<CronJob>(f, cronJobs(f), { ...query, resourceVersion }, ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.['updated'] === 'true', 'the update')

  const patched = await f.client.patch<CronJob>(path, 'merge', { metadata: { annotations: { patched: 'true' } } })
  expect(patched.metadata.annotations?.['patched']).toBe('true')
  const written = await updated<CronJob>(f, path, ({ metadata }) => void (metadata.annotations = { ...metadata.annotations, updated: 'true' }))
  expect(written.metadata.annotations?.['updated']).toBe('true')
  expect((await seen).metadata.annotations?.['patched']).toBe('true')

  const time = (later: number): string => new Date(Date.now() + later).toISOString().replace(/\.\d+/, '')
  const [first, second] = [time(0), time(5000)]
  const patchedStatus = await f.client.patch<CronJob>(`${path}/status`, 'merge', { metadata: { annotations: { patchedstatus: 'true' } }, status: { lastScheduleTime: first } })
  expect([patchedStatus.status?.lastScheduleTime, patchedStatus.metadata.annotations?.['patchedstatus']]).toEqual([first, 'true'])
  const updatedStatus = await updated<CronJob>(f, path, (cronJob) => void (cronJob.status = { ...cronJob.status, lastScheduleTime: second }), `${path}/status`)
  expect(updatedStatus.status?.lastScheduleTime).toBe(second)
  expect((await f.client.get<CronJob>(`${path}/status`)).metadata.uid).toBe(created.metadata.uid)

  await f.client.delete(path)
  await gone(f, path)
  expect((await f.client.get<{ items: CronJob[] }>(cronJobs(f), query)).items).toHaveLength(2)
  await f.client.delete(cronJobs(f), undefined, query)
  await listUntil<CronJob>(f, cronJobs(f), query, 'none left', (items) => items.length === 0)
})
