import { toStatusError } from '../../../common/errors.ts'
import type { StatusError } from '../../../common/errors.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import type { Job, JobStatus } from '../../../common/kube/generated/batch-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import { JOB_CONTROLLER, jobEnd } from '../../../common/kube/job.ts'
import { Jobs, Pods } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodTerminated } from '../../../common/kube/pods.ts'
import type { Lister } from '../../client/informer.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { onClockJump } from '../clock-jumps.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { OwnWrites } from '../own-writes.ts'
import { Expectations } from '../owned-pods/expectations.ts'
import { followPods } from '../owned-pods/follow-pods.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { computeAccounts, isSettled, settled } from './accounts.ts'
import { NO_FAILURES, withEnds } from './backoff.ts'
import type { Failures } from './backoff.ts'
import { OrphanPods } from './orphan-pods.ts'
import { COMPLETIONS_REACHED, computeOutcome, isComplete, msToDeadline } from './outcome.ts'
import type { Outcome } from './outcome.ts'
import { PodEffects } from './pod-effects.ts'
import { computePods } from './replicas.ts'
import { withEnd, withPresent } from './status.ts'
import type { Present } from './status.ts'
import { computeTally } from './tally.ts'
import type { Tally } from './tally.ts'

/** Runs each Job's pods to their end, and counts each end once. */
export class JobController implements Runnable {
  readonly name = 'job-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  readonly #orphans: OrphanPods
  readonly #expectations: Expectations
  readonly #written: OwnWrites<Job>
  readonly #effects: PodEffects
  readonly #jobs: Lister<Job>
  /** Failures in a row of each Job, by UID: what its pods show is all that a new engine knows. */
  readonly #failures = new Map<string, Failures>()

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#expectations = new Expectations(context.clock)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 8, reconcile: (key) => this.#reconcile(key) })
    const jobs = context.informers.for(Jobs)
    const pods = context.informers.for(Pods)
    this.#jobs = jobs.lister
    this.#written = new OwnWrites(context.clock, jobs.lister)
    this.#effects = new PodEffects(context, this.#recorder, this.#expectations, pods.lister)
    this.#orphans = new OrphanPods(context, this.#effects)
    jobs.addHandler({
      onAdd: (job) => this.#controller.enqueue(keyOf(job)),
      onUpdate: (job) => this.#controller.enqueue(keyOf(job)),
      onDelete: (job) => {
        this.#expectations.forget(keyOf(job))
        this.#written.forget(job.metadata.uid)
        this.#failures.delete(job.metadata.uid)
      },
    })
    pods.addHandler({ onAdd: (pod) => this.#effects.seen(pod), onUpdate: (pod) => this.#effects.seen(pod), onDelete: (pod) => this.#effects.seen(pod, true) })
    const changed = (job: Frozen<Job>): void => {
      if (jobEnd(job) === undefined) this.#controller.enqueue(keyOf(job))
    }
    followPods(pods, { owners: jobs.lister, selectorOf: (job) => job.spec.selector, changed, expectations: this.#expectations })
    onClockJump(context, () => jobs.lister.list().forEach(changed))
  }

  start(): void {
    this.#controller.start()
    this.#orphans.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#controller.stop(), this.#orphans.stop()])
  }

  async #reconcile(key: string): Promise<Again | void> {
    const job = this.#jobs.getByKey(key)
    if (job === undefined || jobEnd(job) !== undefined || (job.spec.managedBy ?? JOB_CONTROLLER) !== JOB_CONTROLLER) return
    // Counts and pods must be of the same moment: on an older status a pod that was counted would be missing, and be made again.
    const behindMs = Math.max(this.#written.behindMs(job.metadata.uid), this.#expectations.pendingMs(key))
    if (behindMs > 0) return { requeueAfterMs: behindMs }
    const now = this.#context.clock.now()
    const pods = await this.#effects.claim(job)
    const tally = computeTally(job, pods, this.#effects.isTracked)
    const fresh = [...tally.newSucceeded, ...tally.newFailed]
    const known = this.#failures.get(job.metadata.uid) ?? remembered(job, pods, fresh)
    const decided = computeOutcome(job, pods, tally, now)
    const { present, waitMs, error } = await this.#converge(job, tally, decided, withEnds(known, job, fresh), now)
    const outcome = decided ?? (isComplete(job, tally, present.active) ? COMPLETIONS_REACHED : undefined)
    const counted = new Set(await this.#account(job, pods, tally, outcome, present, now))
    this.#failures.set(job.metadata.uid, withEnds(known, job, fresh.filter((pod) => counted.has(pod))))
    if (error !== undefined) throw error
    const waits = [waitMs, msToDeadline(job, now)].filter((ms): ms is number => ms !== undefined && ms > 0)
    return waits.length > 0 ? { requeueAfterMs: Math.min(...waits) } : undefined
  }

  /** Makes and deletes pods; `present`: how many there are then. A failure is told after the ends were counted. */
  async #converge(job: Frozen<Job>, tally: Tally, outcome: Outcome | undefined, failures: Failures, now: number): Promise<{ present: Present; waitMs: number | undefined; error: StatusError | undefined }> {
    const present = { active: tally.active.length, ready: tally.ready, terminating: tally.terminating.length }
    const gone = (pods: readonly Pod[]): void => {
      const left = tally.active.filter((pod) => !pods.includes(pod))
      Object.assign(present, { active: left.length, ready: Math.min(present.ready, left.length), terminating: present.terminating + pods.length })
    }
    try {
      if (outcome !== undefined) {
        await this.#effects.delete(job, tally.active, false)
        gone(tally.active)
        return { present, waitMs: undefined, error: undefined }
      }
      if (job.metadata.deletionTimestamp !== undefined) return { present, waitMs: undefined, error: undefined }
      const { remove, create, waitMs } = computePods(job, tally, failures, now)
      if (remove.length > 0) {
        await this.#effects.delete(job, remove, true)
        gone(remove)
      }
      if (create.length > 0) await this.#effects.create(job, create, tally)
      present.active += create.length
      return { present, waitMs, error: undefined }
    } catch (error) {
      return { present, waitMs: undefined, error: toStatusError(error) }
    }
  }

  /** Counts the ends that are new, in the three steps that make it once; returns those pods. */
  async #account(job: Frozen<Job>, pods: readonly Frozen<Pod>[], tally: Tally, outcome: Outcome | undefined, present: Present, now: number): Promise<Pod[]> {
    const { isTracked } = this.#effects
    const { status, release, more } = computeAccounts(job, pods, tally, outcome !== undefined, isTracked)
    const isOver = (next: JobStatus): boolean => outcome !== undefined && !more && isSettled(next) && present.active === 0 && present.terminating === 0
    let written = await this.#write(job, withPresent(job, status, present, outcome, now))
    this.#tellSuspension(job, written)
    const tracked = new Set(pods.filter(isTracked).map((pod) => pod.metadata.uid))
    const kept = await this.#effects.release(release)
    for (const pod of release) if (!kept.has(pod.metadata.uid)) tracked.delete(pod.metadata.uid)
    const last = settled(written.status ?? {}, tracked)
    const over = outcome !== undefined && isOver(last) ? outcome : undefined
    written = await this.#write(written, over === undefined ? last : withEnd(last, over, this.#context.clock.now()))
    if (over !== undefined) this.#tellEnd(written, over)
    else if (more) this.#controller.enqueue(keyOf(job))
    return release
  }

  async #write(job: Frozen<Job>, status: JobStatus): Promise<Frozen<Job>> {
    if (semanticEqual(status, job.status)) return job
    const written = await this.#context.client.updateStatus(Jobs, { ...job, status })
    this.#written.record(job.metadata.uid, written)
    return written
  }

  #tellSuspension(job: Frozen<Job>, written: Frozen<Job>): void {
    const [was, is] = [job, written].map((j) => findCondition(j.status?.conditions, 'Suspended')?.status)
    if (is === was || is === undefined) return
    this.#recorder.event(job, 'Normal', is === 'True' ? 'Suspended' : 'Resumed', is === 'True' ? 'Job suspended' : 'Job resumed')
  }

  #tellEnd(job: Frozen<Job>, { type, reason, message }: Outcome): void {
    this.#failures.delete(job.metadata.uid)
    if (type === 'SuccessCriteriaMet') this.#recorder.event(job, 'Normal', 'Completed', 'Job completed')
    else this.#recorder.event(job, 'Warning', reason, message)
  }
}

/** What the pods that were counted before tell of failures in a row. */
function remembered(job: Job, pods: readonly Pod[], fresh: readonly Pod[]): Failures {
  return withEnds(NO_FAILURES, job, pods.filter((pod) => isPodTerminated(pod) && !fresh.includes(pod)))
}
