import { timestamp } from '../../../common/clock.ts'
import { cronZoneProblem, parseSchedule } from '../../../common/cron/schedule.ts'
import { hasReason, messageOf } from '../../../common/errors.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { CronJob, CronJobStatus, Job } from '../../../common/kube/generated/batch-v1.ts'
import { CronJobs, Jobs } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf, isControlledBy } from '../../../common/kube/owners.ts'
import { computeDue } from '../../../policy/schedules/due.ts'
import type { Lister } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { deleteIfThere, getIfThere } from '../../client/retry.ts'
import { onClockJump } from '../clock-jumps.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { OwnWrites } from '../own-writes.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { computeHistory, withActive } from './history.ts'
import { jobFor, referenceTo } from './job-template.ts'

/** Makes a Job at each time of a CronJob's schedule. One timer waits for the next time; nothing is polled. */
export class CronJobController implements Runnable {
  readonly name = 'cronjob-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  readonly #written: OwnWrites<CronJob>
  readonly #cronJobs: Lister<CronJob>
  readonly #jobs: Lister<Job>

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (key) => this.#reconcile(key) })
    const cronJobs = context.informers.for(CronJobs)
    const jobs = context.informers.for(Jobs)
    this.#cronJobs = cronJobs.lister
    this.#jobs = jobs.lister
    this.#written = new OwnWrites(context.clock, cronJobs.lister)
    const look = (cronJob: Frozen<CronJob>): void => this.#controller.enqueue(keyOf(cronJob))
    cronJobs.addHandler({ onAdd: look, onUpdate: look, onDelete: (cronJob) => this.#written.forget(cronJob.metadata.uid) })
    const jobChanged = (job: Frozen<Job>): void => {
      const owner = controllerOf(job)
      const cronJob = owner?.kind === CronJobs.kind ? this.#cronJobs.get(job.metadata.namespace ?? '', owner.name) : undefined
      if (cronJob !== undefined && cronJob.metadata.uid === owner?.uid) look(cronJob)
    }
    jobs.addHandler({ onAdd: jobChanged, onUpdate: jobChanged, onDelete: jobChanged })
    onClockJump(context, () => cronJobs.lister.list().forEach(look))
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<Again | void> {
    const found = this.#cronJobs.getByKey(key)
    if (found === undefined) return
    const behindMs = this.#written.behindMs(found.metadata.uid)
    if (behindMs > 0) return { requeueAfterMs: behindMs }
    const cronJob = await this.#followJobs(found)
    if (cronJob.metadata.deletionTimestamp !== undefined) return
    const schedule = parseSchedule(cronJob.spec.schedule)
    const { timeZone } = cronJob.spec
    const zoneProblem = timeZone === undefined ? undefined : cronZoneProblem(timeZone)
    // Nothing to try again for: a change of the object comes back here.
    if (typeof schedule === 'string') return this.#recorder.event(cronJob, 'Warning', 'UnparseableSchedule', `unparseable schedule: ${JSON.stringify(cronJob.spec.schedule)} : ${schedule}`)
    if (zoneProblem !== undefined) return this.#recorder.event(cronJob, 'Warning', 'UnknownTimeZone', `invalid timeZone: ${JSON.stringify(timeZone)}: ${zoneProblem}`)
    if (cronJob.spec.suspend === true) return
    const now = this.#context.clock.now()
    const { at, tooMany, next } = computeDue(cronJob, schedule, now)
    if (tooMany) this.#recorder.event(cronJob, 'Warning', 'TooManyMissedTimes', 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew')
    if (at !== undefined) await this.#run(cronJob, at)
    return next === undefined ? undefined : { requeueAfterMs: Math.max(1, next - this.#context.clock.now()) }
  }

  /** Brings the status up to what its Jobs say, and deletes those that are too old. */
  async #followJobs(cronJob: Frozen<CronJob>): Promise<Frozen<CronJob>> {
    const jobs = this.#jobs.ownedBy(cronJob.metadata.uid)
    const { status, said, missing, remove } = computeHistory(cronJob, jobs)
    let { active = [] } = status
    for (const reference of missing) {
      // The cache may only be behind.
      const job = await getIfThere(this.#context.client, Jobs, reference.namespace ?? '', reference.name ?? '')
      if (job?.metadata.uid === reference.uid) continue
      active = active.filter((r) => r.uid !== reference.uid)
      said.push(['Normal', 'MissingJob', `Active job went missing: ${reference.name ?? ''}`])
    }
    for (const [type, reason, message] of said) this.#recorder.event(cronJob, type, reason, message)
    for (const job of remove) await this.#delete(cronJob, job)
    return this.#write(cronJob, withActive(status, active))
  }

  /** Makes the Job for a time, if its concurrency policy lets it. */
  async #run(cronJob: Frozen<CronJob>, at: number): Promise<void> {
    let current = cronJob
    const active = cronJob.status?.active ?? []
    if (cronJob.spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
      return this.#recorder.event(cronJob, 'Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid')
    }
    if (cronJob.spec.concurrencyPolicy === 'Replace' && active.length > 0) {
      for (const { namespace = '', name = '', uid } of active) {
        const job = await getIfThere(this.#context.client, Jobs, namespace, name)
        if (job !== undefined && job.metadata.uid === uid) await this.#delete(cronJob, job)
      }
      current = await this.#write(current, withActive(current.status ?? {}, []))
    }
    const job = await this.#create(current, at)
    // Another's Job has its name: there is nothing to do for this time.
    const ours = job !== undefined && isControlledBy(job, cronJob) ? [...(current.status?.active ?? []).filter((r) => r.uid !== job.metadata.uid), referenceTo(job)] : (current.status?.active ?? [])
    await this.#write(current, { ...withActive(current.status ?? {}, ours), lastScheduleTime: timestamp(at) })
  }

  async #create(cronJob: Frozen<CronJob>, at: number): Promise<Frozen<Job> | undefined> {
    const { client } = this.#context
    const draft = jobFor(cronJob, at)
    try {
      const job = await client.create(Jobs, draft)
      this.#recorder.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`)
      return job
    } catch (error) {
      // Made before, by an engine that died before it said so.
      if (hasReason(error, 'AlreadyExists')) return getIfThere(client, Jobs, draft.metadata.namespace ?? '', draft.metadata.name ?? '')
      this.#recorder.event(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${messageOf(error)}`)
      throw error
    }
  }

  async #delete(cronJob: Frozen<CronJob>, job: Frozen<Job>): Promise<void> {
    try {
      if (await deleteIfThere(this.#context.client, Jobs, job, { propagationPolicy: 'Background' })) this.#recorder.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`)
    } catch (error) {
      this.#recorder.event(cronJob, 'Warning', 'FailedDelete', `Deleted job: ${messageOf(error)}`)
      throw error
    }
  }

  async #write(cronJob: Frozen<CronJob>, status: CronJobStatus): Promise<Frozen<CronJob>> {
    if (semanticEqual(status, cronJob.status)) return cronJob
    const written = await this.#context.client.updateStatus(CronJobs, { ...cronJob, status })
    this.#written.record(cronJob.metadata.uid, written)
    return written
  }
}
