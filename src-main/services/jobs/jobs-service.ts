import type { Clock } from '../../common/clock.ts'
import type { Batch, CronJobSummary, JobDetail, JobSummary, Jobs as JobsContract, ObjectRef } from '../../common/contract/index.ts'
import type { CronJob, Job } from '../../common/kube/generated/batch-v1.ts'
import { COMPLETION_INDEX } from '../../common/kube/job.ts'
import { CronJobs, Jobs, Pods } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import type { Informers } from '../../engine/client/informer.ts'
import type { Changes } from '../../common/rpc/watches.ts'
import { watchList, watchValue } from '../../common/rpc/watches.ts'
import { changesOf } from '../cluster/watches.ts'
import { instanceOf } from '../views/instance.ts'
import { sameRef } from '../../common/views/same-ref.ts'
import { gone } from '../views/refs.ts'
import { cronJobSummary } from './cron-job-view.ts'
import type { JobInstance } from './job-view.ts'
import { jobDetail, jobSummary } from './job-view.ts'

/** Views follow a change at once, then at most this often; milliseconds. */
const INTERVAL_MS = 150

/** Jobs and CronJobs for the screens, read from the informers that their controllers have anyway. */
export class JobsService implements JobsContract {
  readonly #informers: Informers
  readonly #clock: Clock

  constructor(informers: Informers, clock: Clock) {
    this.#informers = informers
    this.#clock = clock
  }

  watchJobs({ cronJob }: { cronJob?: ObjectRef }): Stream<Batch<JobSummary>> {
    return watchList(this.#changes(), this.#clock, INTERVAL_MS, () => this.#jobs().map((job) => jobSummary(job, this.#instances(job))).filter((j) => cronJob === undefined || (j.owner !== undefined && sameRef(j.owner, cronJob))))
  }

  watchJob(ref: ObjectRef): Stream<JobDetail> {
    return watchValue(this.#changes(), this.#clock, INTERVAL_MS, () => {
      const job = this.#informers.for(Jobs).lister.get(ref.namespace, ref.name)
      return job === undefined ? gone(ref) : jobDetail(job, this.#instances(job))
    })
  }

  watchCronJobs(): Stream<Batch<CronJobSummary>> {
    return watchList(this.#changes(), this.#clock, INTERVAL_MS, () => this.#informers.for(CronJobs).lister.list().map((cron) => this.#cronJob(cron)))
  }

  watchCronJob(ref: ObjectRef): Stream<CronJobSummary> {
    return watchValue(this.#changes(), this.#clock, INTERVAL_MS, () => {
      const cron = this.#informers.for(CronJobs).lister.get(ref.namespace, ref.name)
      return cron === undefined ? gone(ref) : this.#cronJob(cron)
    })
  }

  #jobs(): Frozen<Job>[] {
    return this.#informers.for(Jobs).lister.list()
  }

  #cronJob(cron: Frozen<CronJob>): CronJobSummary {
    return cronJobSummary(cron, this.#informers.for(Jobs).lister.ownedBy(cron.metadata.uid).map((job) => jobSummary(job, this.#instances(job))))
  }

  #instances(job: Frozen<Job>): JobInstance[] {
    return this.#informers.for(Pods).lister.ownedBy(job.metadata.uid).map((pod) => {
      const index = pod.metadata.annotations?.[COMPLETION_INDEX]
      return { instance: instanceOf(pod, undefined), index: index === undefined ? undefined : Number(index) }
    })
  }

  #changes(): Changes {
    return changesOf([this.#informers.for(Jobs), this.#informers.for(CronJobs), this.#informers.for(Pods)])
  }
}
