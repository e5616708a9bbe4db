import type { Batch, CronJobSummary, JobDetail, JobSummary, Jobs, ObjectRef } from '../../src-main/common/contract/index.ts'
import type { Stream } from '../../src-main/common/rpc/stream.ts'
import { notFound } from '../../src-main/common/errors.ts'
import { batches, Signal, values } from './fake-streams.ts'

const MIN = 60_000
const HOUR = 60 * MIN
const batch = (kind: string, name: string, namespace = 'default'): ObjectRef => ({ apiVersion: 'batch/v1', kind, namespace, name })

/** Jobs and cron jobs in memory, with the troubles that real ones have. */
export class FakeJobs implements Jobs {
  jobs: JobSummary[] = []
  cronJobs: CronJobSummary[] = []
  readonly #signal = new Signal()
  readonly #through: <T>(open: () => Stream<T>) => Stream<T>

  constructor(through: <T>(open: () => Stream<T>) => Stream<T>, filled: boolean) {
    this.#through = through
    if (filled) this.#fill(Date.now())
  }

  #fill(at: number): void {
    const job = (name: string, createdAt: number, part: Partial<JobSummary>): JobSummary => ({
      id: name, ref: batch('Job', name), state: 'complete', health: 'healthy', completions: 1, succeeded: 1, failed: 0, active: 0, images: ['registry.local/reports:3.1'], createdAt, startedAt: createdAt + 900, ...part,
    })
    const nightly = batch('CronJob', 'nightly-report')
    const why = { reason: 'BackoffLimitExceeded', message: 'Its pods failed 4 times, and only 3 may be tried again. The last pod: "import" ended with exit code 3 (its last words: "cannot open orders-2026-11.csv").' }
    this.jobs = [
      job('nightly-report-29413620', at - 8 * HOUR, { owner: nightly, endedAt: at - 8 * HOUR + 4 * MIN }),
      job('nightly-report-29412180', at - 32 * HOUR, { owner: nightly, endedAt: at - 32 * HOUR + 3 * MIN }),
      job('resize-menu-photos', at - 6 * MIN, { state: 'running', health: 'degraded', completions: 40, succeeded: 23, failed: 2, active: 4, images: ['registry.local/resizer:0.7'], why: { reason: 'OOMKilled', message: '"resize" used more memory than it may (256Mi) and was ended. Raise its memory limit, or find out what needs so much.' } }),
      job('import-orders', at - 50 * MIN, { state: 'failed', health: 'failed', succeeded: 0, failed: 4, endedAt: at - 41 * MIN, images: ['registry.local/import:1.2'], why }),
      job('migrate-reservations', at - 20_000, { state: 'waiting', health: 'progressing', succeeded: 0, images: ['registry.local/reservations:1.9.0'] }),
      job('backup-29413980', at - 2 * HOUR, { owner: batch('CronJob', 'backup', 'data'), ref: batch('Job', 'backup-29413980', 'data'), state: 'failed', health: 'failed', succeeded: 0, failed: 2, endedAt: at - 2 * HOUR + 9 * MIN, why: { reason: 'DeadlineExceeded', message: 'It ran longer than the 540 seconds it may (spec.activeDeadlineSeconds), so its pods were ended.' } }),
    ]
    const cron = (name: string, namespace: string, schedule: string, timeZone: string, part: Partial<CronJobSummary>): CronJobSummary => ({
      id: name, ref: batch('CronJob', name, namespace), schedule, timeZone, suspended: false, concurrency: 'Allow', health: 'healthy', active: 0, images: ['registry.local/reports:3.1'], createdAt: at - 40 * 24 * HOUR, ...part,
    })
    this.cronJobs = [
      cron('nightly-report', 'default', '0 3 * * *', 'Asia/Seoul', { lastScheduledAt: at - 8 * HOUR, lastSucceededAt: at - 8 * HOUR + 4 * MIN, last: { ref: batch('Job', 'nightly-report-29413620'), state: 'complete', at: at - 8 * HOUR + 4 * MIN } }),
      cron('backup', 'data', '*/30 9-17 * * 1-5', 'Europe/Berlin', { concurrency: 'Forbid', health: 'degraded', why: this.jobs[5]?.why ?? why, lastScheduledAt: at - 2 * HOUR, lastSucceededAt: at - 3 * HOUR, last: { ref: batch('Job', 'backup-29413980', 'data'), state: 'failed', at: at - 2 * HOUR + 9 * MIN } }),
      cron('newsletter', 'default', '0 9 1,15 * *', 'UTC', { suspended: true, health: 'stopped' }),
    ]
  }

  watchJobs({ cronJob }: { cronJob?: ObjectRef }): Stream<Batch<JobSummary>> {
    return this.#through(() => batches(this.#signal, () => this.jobs.filter((j) => cronJob === undefined || (j.owner?.name === cronJob.name && j.owner.namespace === cronJob.namespace))))
  }

  watchJob(ref: ObjectRef): Stream<JobDetail> {
    return this.#through(() => values(this.#signal, (): JobDetail => {
      const job = this.jobs.find((j) => j.ref.name === ref.name)
      if (job === undefined) throw notFound('jobs.batch', ref.name)
      const total = job.completions ?? 1
      const indexes = total === 1 ? undefined : Array.from({ length: total }, (_, index) => ({ index, state: index < job.succeeded ? (index === 7 ? 'failed' as const : 'succeeded' as const) : index < job.succeeded + job.active ? 'running' as const : 'waiting' as const }))
      return { ...job, parallelism: total === 1 ? 1 : 4, indexesLeft: 0, retries: 3, deadlineSeconds: 540, containers: ['main'], labels: { app: ref.name }, ...(indexes === undefined ? {} : { indexes }) }
    }))
  }

  watchCronJobs(): Stream<Batch<CronJobSummary>> {
    return this.#through(() => batches(this.#signal, () => this.cronJobs))
  }

  watchCronJob(ref: ObjectRef): Stream<CronJobSummary> {
    return this.#through(() => values(this.#signal, () => {
      const cron = this.cronJobs.find((c) => c.ref.name === ref.name)
      if (cron === undefined) throw notFound('cronjobs.batch', ref.name)
      return cron
    }))
  }
}
