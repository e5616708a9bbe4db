import { describe, expect, test } from 'vitest'
import type { CronJob, Job, JobStatus } from '../../common/kube/generated/batch-v1.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { instanceOf } from '../views/instance.ts'
import { cronJobSummary } from './cron-job-view.ts'
import type { JobInstance } from './job-view.ts'
import { jobDetail, jobSummary } from './job-view.ts'

const META = { uid: 'u', resourceVersion: '1', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' }
const template = { spec: { containers: [{ name: 'c', image: 'busybox' }] } }
const job = (status: JobStatus, spec: object = {}, metadata: object = {}): Job => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { ...META, name: 'import', ...metadata }, spec: { template, ...spec }, status })
const failed = (reason: string, status: JobStatus, spec: object = {}): Job => job({ ...status, conditions: [{ type: 'Failed', status: 'True', reason, message: 'as upstream says it', lastTransitionTime: '2026-01-01T00:02:00Z' }] }, spec)
const pod = (exitCode: number | undefined, index?: number): JobInstance => ({
  index,
  instance: instanceOf({
    apiVersion: 'v1', kind: 'Pod', metadata: { ...META, name: `p-${String(index)}` }, spec: { containers: [{ name: 'c', image: 'busybox' }] },
    status: { phase: exitCode === undefined ? 'Running' : exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses: [{ name: 'c', image: '', imageID: '', ready: false, restartCount: 0, state: exitCode === undefined ? { running: {} } : { terminated: { exitCode, reason: 'Error' } } }] },
  } as unknown as Pod, undefined),
})

describe('a job says where it stands, and why', () => {
  test.each<[string, Job, JobInstance[], string, string, RegExp | undefined]>([
    ['not begun', job({}), [], 'waiting', 'progressing', undefined],
    ['at work', job({ active: 1 }), [pod(undefined)], 'running', 'progressing', undefined],
    ['at work after a failure', job({ active: 1, failed: 1 }), [pod(3), pod(undefined)], 'running', 'degraded', /exit code 3/],
    ['held', job({}, { suspend: true }), [], 'suspended', 'stopped', undefined],
    ['done', job({ succeeded: 1, completionTime: '2026-01-01T00:01:00Z', conditions: [{ type: 'Complete', status: 'True' }] }), [pod(0)], 'complete', 'healthy', undefined],
    ['failed too often', failed('BackoffLimitExceeded', { failed: 4 }, { backoffLimit: 3 }), [pod(7)], 'failed', 'failed', /^Its pods failed 4 times, and only 3 may be tried again\. The last pod: .*exit code 7/],
    ['failed once, without another try', failed('BackoffLimitExceeded', { failed: 1 }, { backoffLimit: 0 }), [], 'failed', 'failed', /^Its pods failed once, and none may be tried again\.$/],
    ['too slow', failed('DeadlineExceeded', {}, { activeDeadlineSeconds: 90 }), [], 'failed', 'failed', /longer than the 90 seconds it may/],
    ['some numbers failed', failed('FailedIndexes', { failedIndexes: '1,3-5' }, { backoffLimitPerIndex: 1 }), [], 'failed', 'failed', /1,3-5 failed for good, and only one may be tried again each/],
    ['too many numbers failed', failed('MaxFailedIndexesExceeded', { failedIndexes: '1,2' }, { maxFailedIndexes: 1 }), [], 'failed', 'failed', /More than 1 of its numbers/],
    ['by its policy', failed('PodFailurePolicy', {}), [], 'failed', 'failed', /failure policy says.*as upstream says it/],
    ['for a reason nobody knows yet', failed('Odd', {}), [], 'failed', 'failed', /^as upstream says it$/],
  ])('%s', (_, of, instances, state, health, says) => {
    const view = jobSummary(of, instances)
    expect([view.state, view.health]).toEqual([state, health])
    if (says === undefined) expect(view.why).toBeUndefined()
    else expect(view.why?.message).toMatch(says)
  })

  test.each<[object, number | undefined]>([[{}, 1], [{ parallelism: 1 }, 1], [{ parallelism: 3 }, undefined], [{ completions: 5, parallelism: 2 }, 5]])('of %j so many have to succeed: %s', (spec, completions) => expect(jobSummary(job({}, spec), []).completions).toBe(completions))

  test('its times, and who started it', () => {
    const ownerReferences = [{ apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', uid: 'x', controller: true }]
    const done = job({ startTime: '2026-01-01T00:00:10Z', completionTime: '2026-01-01T00:01:00Z', conditions: [{ type: 'Complete', status: 'True' }] }, {}, { ownerReferences })
    expect(jobSummary(done, [])).toMatchObject({ startedAt: Date.UTC(2026, 0, 1, 0, 0, 10), endedAt: Date.UTC(2026, 0, 1, 0, 1), owner: { kind: 'CronJob', name: 'nightly', namespace: 'default' } })
    expect(jobSummary(failed('Odd', {}), []).endedAt).toBe(Date.UTC(2026, 0, 1, 0, 2))
  })
})

test('the numbers of an indexed job: what succeeded, failed, runs and waits; a long list is cut and says so', () => {
  const { indexes } = jobDetail(job({ completedIndexes: '0-1', failedIndexes: '3' }, { completionMode: 'Indexed', completions: 6 }), [pod(undefined, 4), pod(1, 3)])
  expect(indexes?.map((i) => i.state)).toEqual(['succeeded', 'succeeded', 'waiting', 'failed', 'running', 'waiting'])
  const long = jobDetail(job({}, { completionMode: 'Indexed', completions: 50_000 }), [])
  expect([long.indexes?.length, long.indexesLeft]).toEqual([1000, 49_000])
  expect(jobDetail(job({}, { completions: 3 }), []).indexes).toBeUndefined()
})

test('a cron job is as its last job is', () => {
  const cron = (spec: object = {}): CronJob => ({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { ...META, name: 'nightly' }, spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template } }, ...spec }, status: { lastScheduleTime: '2026-01-01T03:00:00Z' } })
  const old = jobSummary(failed('BackoffLimitExceeded', { failed: 7 }), [])
  const later = { ...jobSummary(job({ active: 1 }), []), createdAt: old.createdAt + 1000 }
  expect(cronJobSummary(cron(), [])).toMatchObject({ health: 'healthy', timeZone: 'UTC', concurrency: 'Allow', active: 0, lastScheduledAt: Date.UTC(2026, 0, 1, 3) })
  expect(cronJobSummary(cron(), [old])).toMatchObject({ health: 'degraded', why: { reason: 'BackoffLimitExceeded' }, last: { state: 'failed' } })
  expect(cronJobSummary(cron({ timeZone: 'Asia/Seoul' }), [old, later])).toMatchObject({ health: 'progressing', timeZone: 'Asia/Seoul', active: 1, last: { state: 'running' } })
  expect(cronJobSummary(cron({ suspend: true, concurrencyPolicy: 'Forbid' }), [old])).toMatchObject({ health: 'stopped', suspended: true, concurrency: 'Forbid' })
})
