import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { timestamp } from '../../../common/clock.ts'
import { parseSchedule } from '../../../common/cron/schedule.ts'
import type { Schedule } from '../../../common/cron/schedule.ts'
import type { CronJob, CronJobSpec, Job } from '../../../common/kube/generated/batch-v1.ts'
import { SCHEDULED_AT } from '../../../common/kube/job.ts'
import { CronJobs, Jobs, Leases } from '../../../common/kube/kinds.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { computeDue } from '../../../policy/schedules/due.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { CronJobController } from './controller.ts'

const MINUTE = 60_000
let cluster: TestCluster
let controller: CronJobController

beforeEach(() => {
  cluster = new TestCluster()
})
afterEach(async () => {
  await controller.stop()
  await cluster.stop()
})

async function start(): Promise<void> {
  controller = new CronJobController(cluster.context)
  await cluster.informers.synced()
  controller.start()
  await cluster.settle()
}
async function create(spec: Partial<CronJobSpec> = {}): Promise<void> {
  await cluster.client.create(CronJobs, {
    apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c', namespace: 'ns' },
    spec: {
      schedule: '*/10 * * * *', concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1,
      jobTemplate: { metadata: { labels: { of: 'c' } }, spec: { template: { spec: { containers: [] } } } }, ...spec,
    },
  })
  await cluster.settle()
}
const cronJob = (): Promise<Readonly<CronJob>> => cluster.client.get(CronJobs, 'ns', 'c')
/** The times that there are Jobs for. */
const times = (): string[] => cluster.client.all(Jobs).map((j) => (j.metadata.annotations?.[SCHEDULED_AT] ?? '').slice(11, 16))
async function end(job: Readonly<Job> | undefined, type = 'Complete'): Promise<void> {
  const at = timestamp(cluster.clock.now())
  if (job === undefined) throw new Error('no such job')
  await cluster.client.updateStatus(Jobs, { ...job, status: { startTime: at, ...(type === 'Complete' ? { completionTime: at } : {}), conditions: [{ type, status: 'True', lastTransitionTime: at }] } })
  await cluster.settle()
}
const said = (reason: string): number => cluster.events.filter((e) => e.includes(` ${reason}: `)).length

describe('a cron job', () => {
  test('makes a Job at each of its times, and follows it to its end', async () => {
    await start()
    await create({ timeZone: 'Asia/Seoul' })
    await cluster.clock.advance(10 * MINUTE)
    const [job] = cluster.client.all(Jobs) as [Job]
    expect(job.metadata).toMatchObject({ name: `c-${String(Date.UTC(2026, 0, 1, 0, 10) / MINUTE)}`, labels: { of: 'c' }, annotations: { [SCHEDULED_AT]: '2026-01-01T09:10:00+09:00' } })
    expect(controllerOf(job)).toMatchObject({ kind: 'CronJob', name: 'c', blockOwnerDeletion: true })
    expect((await cronJob()).status).toMatchObject({ lastScheduleTime: '2026-01-01T00:10:00Z', active: [{ kind: 'Job', apiVersion: 'batch/v1', name: job.metadata.name, uid: job.metadata.uid }] })
    await end(job)
    expect((await cronJob()).status).toEqual({ lastScheduleTime: '2026-01-01T00:10:00Z', lastSuccessfulTime: '2026-01-01T00:10:00Z' })
    await cluster.clock.advance(20 * MINUTE)
    expect(times()).toEqual(['09:10', '09:20', '09:30'])
    expect([said('SuccessfulCreate'), said('SawCompletedJob'), said('UnexpectedJob'), said('MissingJob'), cluster.failures]).toEqual([3, 1, 0, 0, []])
  })

  test.each([['Allow', ['00:10', '00:20', '00:30'], 3], ['Forbid', ['00:10'], 1], ['Replace', ['00:30'], 1]])('while one runs, under %s', async (concurrencyPolicy, expected, active) => {
    await start()
    await create({ concurrencyPolicy })
    await cluster.clock.advance(31 * MINUTE)
    expect([times(), (await cronJob()).status?.active?.length]).toEqual([expected, active])
    expect(said('JobAlreadyActive')).toBe(concurrencyPolicy === 'Forbid' ? 2 : 0)
  })

  test('what Forbid held back runs when there is room, the latest only', async () => {
    await start()
    await create({ concurrencyPolicy: 'Forbid' })
    await cluster.clock.advance(35 * MINUTE)
    await end(cluster.client.all(Jobs)[0])
    expect(times()).toEqual(['00:10', '00:30'])
  })

  test('keeps so many ended Jobs, the newest', async () => {
    await start()
    await create({ successfulJobsHistoryLimit: 2, failedJobsHistoryLimit: 1 })
    for (const type of ['Complete', 'Failed', 'Complete', 'Failed', 'Complete']) {
      await cluster.clock.advance(10 * MINUTE)
      await end(cluster.client.all(Jobs).at(-1), type)
    }
    expect(times()).toEqual(['00:30', '00:40', '00:50'])
  })

  test('suspended makes none; resumed, the latest that it missed', async () => {
    await start()
    await create({ suspend: true })
    await cluster.clock.advance(35 * MINUTE)
    expect(times()).toEqual([])
    const now = await cronJob()
    await cluster.client.update(CronJobs, { ...now, spec: { ...now.spec, suspend: false } })
    await cluster.settle()
    expect(times()).toEqual(['00:30'])
  })

  test('after the engine was off, the latest time missed is made up for at once, unless it is too late', async () => {
    await create()
    await cluster.client.create(CronJobs, { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'late', namespace: 'ns' }, spec: { ...(await cronJob()).spec, startingDeadlineSeconds: 60 } })
    await cluster.clock.advance(20 * 60 * MINUTE + 5 * MINUTE)
    await start()
    expect(cluster.client.all(Jobs).map((j) => [controllerOf(j)?.name, j.metadata.annotations?.[SCHEDULED_AT]])).toEqual([['c', '2026-01-01T20:00:00Z']])
    expect(cluster.events.filter((e) => e.includes('TooManyMissedTimes'))).toEqual(['CronJob/c Warning TooManyMissedTimes: too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew'])
  })

  test('after the machine slept, at the first heartbeat', async () => {
    await start()
    await create()
    const real = cluster.clock.now.bind(cluster.clock)
    cluster.clock.now = () => real() + 55 * MINUTE
    await cluster.clock.advance(1000)
    expect(times()).toEqual([])
    await cluster.client.create(Leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'n', namespace: 'kube-node-lease' }, spec: {} })
    await cluster.settle()
    expect(times()).toEqual(['00:50'])
    await cluster.clock.advance(5 * MINUTE)
    expect(times()).toEqual(['00:50', '01:00'])
  })

  test('a Job that an engine made before it died is not made again, and is followed', async () => {
    await create()
    await cluster.clock.advance(10 * MINUTE)
    cluster.client.intercept = (verb) => {
      if (verb === 'updateStatus') throw new Error('the engine is dead')
    }
    await start()
    await controller.stop()
    expect([times(), (await cronJob()).status]).toEqual([['00:10'], undefined])
    cluster.client.intercept = () => undefined
    await start()
    expect([times(), (await cronJob()).status?.active?.length, (await cronJob()).status?.lastScheduleTime]).toEqual([['00:10'], 1, '2026-01-01T00:10:00Z'])
  })

  test('a Job that vanished runs no more', async () => {
    await start()
    await create()
    await cluster.clock.advance(10 * MINUTE)
    await cluster.client.delete(Jobs, 'ns', cluster.client.all(Jobs)[0]?.metadata.name ?? '')
    await cluster.settle()
    expect([(await cronJob()).status?.active, said('MissingJob')]).toEqual([undefined, 1])
  })

  test('between its times nothing is written, and one timer waits', async () => {
    await start()
    await create({ schedule: '0 0 1 7 *' })
    const calls: string[] = []
    cluster.client.intercept = (verb) => void calls.push(verb)
    await cluster.clock.advance(150 * 24 * 60 * MINUTE)
    expect([calls, cluster.clock.pending]).toEqual([[], 1])
    await cluster.clock.advance(31 * 24 * 60 * MINUTE)
    expect(times()).toEqual(['00:00'])
  })
})

describe('what is due', () => {
  const due = (schedule: string, spec: Partial<CronJobSpec>, last: string, now: string): unknown[] => {
    const object = { metadata: { name: 'c', uid: 'u', resourceVersion: '1', creationTimestamp: last }, spec: { schedule, ...spec }, status: {} } as unknown as CronJob
    const { at, tooMany, next } = computeDue(object, parseSchedule(schedule) as Schedule, Date.parse(now))
    return [at === undefined ? undefined : timestamp(at), tooMany, next === undefined ? undefined : timestamp(next)]
  }
  const day = '2026-01-01T'
  test.each<[string, string, Partial<CronJobSpec>, string, string, unknown[]]>([
    ['nothing yet', '0 * * * *', {}, `${day}00:10:00Z`, `${day}00:59:59Z`, [undefined, false, `${day}01:00:00Z`]],
    ['at the very time', '0 * * * *', {}, `${day}00:10:00Z`, `${day}01:00:00Z`, [`${day}01:00:00Z`, false, `${day}02:00:00Z`]],
    ['the latest of several', '0 * * * *', {}, `${day}00:10:00Z`, `${day}05:30:00Z`, [`${day}05:00:00Z`, false, `${day}06:00:00Z`]],
    ['a hundred', '* * * * *', {}, `${day}00:00:00Z`, `${day}01:40:30Z`, [`${day}01:40:00Z`, false, `${day}01:41:00Z`]],
    ['more than a hundred', '* * * * *', {}, `${day}00:00:00Z`, `${day}01:41:30Z`, [`${day}01:41:00Z`, true, `${day}01:42:00Z`]],
    ['a hundred, but few within the deadline', '* * * * *', { startingDeadlineSeconds: 120 }, `${day}00:00:00Z`, `${day}09:41:30Z`, [`${day}09:41:00Z`, false, `${day}09:42:00Z`]],
    ['too late', '0 * * * *', { startingDeadlineSeconds: 30 }, `${day}00:10:00Z`, `${day}01:00:31Z`, [undefined, false, `${day}02:00:00Z`]],
    ['a year of minutes', '* * * * *', {}, '2025-01-01T00:00:00Z', `${day}00:00:30Z`, [`${day}00:00:00Z`, true, `${day}00:01:00Z`]],
    ['every so often, from the last', '@every 7m', {}, `${day}00:00:00Z`, `${day}00:15:00Z`, [`${day}00:14:00Z`, false, `${day}00:21:00Z`]],
    ['never', '0 0 30 2 *', {}, `${day}00:00:00Z`, `${day}00:15:00Z`, [undefined, false, undefined]],
  ])('%s', (_, schedule, spec, last, now, expected) => expect(due(schedule, spec, last, now)).toEqual(expected))
})
