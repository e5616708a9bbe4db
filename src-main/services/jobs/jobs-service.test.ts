import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ObjectRef } from '../../common/contract/index.ts'
import { FakeClock } from '../../common/fake-clock.ts'
import type { Job } from '../../common/kube/generated/batch-v1.ts'
import { CronJobs, Jobs, Pods } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { startTestApi } from '../../engine/api/testing/test-api.ts'
import type { TestApi } from '../../engine/api/testing/test-api.ts'
import { SharedInformers } from '../../engine/client/informers.ts'
import { LocalClient } from '../../engine/client/local-client.ts'
import { nextOf } from '../testing/next-of.ts'
import { JobsService } from './jobs-service.ts'

let t: TestApi
let client: LocalClient
let clock: FakeClock
let informers: SharedInformers
let jobs: JobsService
beforeEach(async () => {
  clock = new FakeClock()
  t = await startTestApi(clock)
  client = new LocalClient(t.api)
  informers = new SharedInformers({ client, clock, onError: (error) => { throw error as Error } })
  jobs = new JobsService(informers, clock)
})
afterEach(async () => {
  await informers.stop()
  await t.close()
})

const podSpec = { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] }
const ref = (kind: string, name: string): ObjectRef => ({ apiVersion: 'batch/v1', kind, namespace: 'default', name })

test('jobs and their cron jobs are told, live; a job is found by who started it; what is gone ends its stream', async () => {
  const cron = await client.create(CronJobs, { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'nightly', namespace: 'default' }, spec: { schedule: '0 3 * * *', timeZone: 'Asia/Seoul', jobTemplate: { spec: { template: { spec: podSpec } } } } })
  const owner = { apiVersion: 'batch/v1', kind: 'CronJob', name: 'nightly', uid: cron.metadata.uid, controller: true }
  const make = (name: string, metadata: object = {}): Promise<Frozen<Job>> =>
    client.create(Jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, namespace: 'default', ...metadata }, spec: { template: { spec: podSpec } } })
  const mine = await make('nightly-1', { ownerReferences: [owner] })
  await make('import')
  const all = jobs.watchJobs({})[Symbol.asyncIterator]()
  const ofCron = jobs.watchJobs({ cronJob: ref('CronJob', 'nightly') })[Symbol.asyncIterator]()
  const crons = jobs.watchCronJobs()[Symbol.asyncIterator]()
  expect((await nextOf(all, clock)).upserted.map((j) => j.ref.name).sort()).toEqual(['import', 'nightly-1'])
  expect((await nextOf(ofCron, clock)).upserted.map((j) => j.ref.name)).toEqual(['nightly-1'])
  expect((await nextOf(crons, clock)).upserted).toMatchObject([{ schedule: '0 3 * * *', timeZone: 'Asia/Seoul', active: 1, health: 'progressing' }])

  const one = jobs.watchJob(ref('Job', 'nightly-1'))[Symbol.asyncIterator]()
  expect(await nextOf(one, clock)).toMatchObject({ state: 'waiting', parallelism: 1, retries: 6, containers: ['c'] })
  await client.updateStatus(Jobs, { ...mine, status: { active: 1, startTime: '2026-01-01T00:00:00Z' } })
  expect(await nextOf(one, clock)).toMatchObject({ state: 'running' })
  const podOwner = { apiVersion: 'batch/v1', kind: 'Job', name: 'nightly-1', uid: mine.metadata.uid, controller: true }
  const pod = await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'nightly-1-x', namespace: 'default', ownerReferences: [podOwner] }, spec: podSpec })
  await client.updateStatus(Pods, { ...pod, status: { phase: 'Failed', containerStatuses: [{ name: 'c', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated: { exitCode: 2, reason: 'Error' } } }] } })
  expect(await nextOf(one, clock)).toMatchObject({ state: 'running', health: 'degraded', why: { message: expect.stringContaining('exit code 2') as string } })
  await client.delete(Jobs, 'default', 'nightly-1', { propagationPolicy: 'Background' })
  await expect(nextOf(one, clock)).rejects.toThrow('Job "nightly-1" is not there (any more).')
  await expect(nextOf(jobs.watchCronJob(ref('CronJob', 'none'))[Symbol.asyncIterator](), clock)).rejects.toThrow('CronJob "none" is not there (any more).')
})
