import { timestamp } from '../../../common/clock.ts'
import { parseSchedule } from '../../../common/cron/schedule.ts'
import { hasReason } from '../../../common/errors.ts'
import { semanticEqual } from '../../../common/kube/equal.ts'
import { PersistentVolumeClaims } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { BackupSchedules, isBackupOver, OF_SCHEDULE, VolumeBackups } from '../../../common/kube/volume-copies.ts'
import type { BackupSchedule, BackupScheduleStatus, VolumeBackup } from '../../../common/kube/volume-copies.ts'
import { computeDue } from '../../../policy/schedules/due.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { deleteIfThere } from '../../client/retry.ts'
import { onClockJump } from '../clock-jumps.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { OwnWrites } from '../own-writes.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { planRetention } from './retention.ts'
import { backupFor, claimsOf, scheduleStatus } from './schedule-status.ts'

/** Timers cannot wait longer (24 days); a later time is looked at again then. */
const LONGEST_WAIT_MS = 2 ** 31 - 1

/** Makes a VolumeBackup of each claim at each time of a BackupSchedule, as a CronJob makes Jobs; deletes what is not to be kept; says how it goes. */
export class BackupScheduleController implements Runnable {
  readonly name = 'toque.dev/backup-schedule-controller'
  readonly #context: ControllerContext
  readonly #recorder: EventRecorder
  readonly #controller: Controller
  readonly #written: OwnWrites<BackupSchedule>

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: (key) => this.#reconcile(key) })
    const schedules = context.informers.for(BackupSchedules)
    this.#written = new OwnWrites(context.clock, schedules.lister)
    const look = (schedule: Frozen<BackupSchedule>): void => this.#controller.enqueue(keyOf(schedule))
    schedules.addHandler({ onAdd: look, onUpdate: look, onDelete: (schedule) => this.#written.forget(schedule.metadata.uid) })
    const backupChanged = ({ metadata: { namespace = '', labels } }: Frozen<VolumeBackup>): void => {
      const schedule = schedules.lister.get(namespace, labels?.[OF_SCHEDULE] ?? '')
      if (schedule !== undefined) look(schedule)
    }
    context.informers.for(VolumeBackups).addHandler({ onAdd: backupChanged, onUpdate: backupChanged, onDelete: backupChanged })
    context.informers.for(PersistentVolumeClaims)
    onClockJump(context, () => schedules.lister.list().forEach(look))
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string): Promise<Again | void> {
    const { client, clock, informers } = this.#context
    const schedule = informers.for(BackupSchedules).lister.getByKey(key)
    if (schedule === undefined || schedule.metadata.deletionTimestamp !== undefined) return
    const behindMs = this.#written.behindMs(schedule.metadata.uid)
    if (behindMs > 0) return { requeueAfterMs: behindMs }
    const { namespace = '', name } = schedule.metadata
    const backups = informers.for(VolumeBackups).lister.list({ namespace }).filter((b) => b.metadata.labels?.[OF_SCHEDULE] === name)
    const parsed = parseSchedule(schedule.spec.schedule)
    // Refused when it is written; nothing to try again for.
    if (typeof parsed === 'string') return
    const now = clock.now()
    const { at, next } = computeDue(schedule, parsed, now)
    const suspended = schedule.spec.suspend === true
    const { names, missing } = claimsOf(schedule, informers.for(PersistentVolumeClaims).lister.list({ namespace }))
    const problem = missing.length > 0 ? `There is no claim ${missing.map((claim) => `"${claim}"`).join(', ')}.` : names.length === 0 ? 'There is no claim that its selector finds.' : undefined
    const isDue = at !== undefined && !suspended
    if (isDue) await this.#make(schedule, names, backups, at, problem)
    const { remove, nextAt } = planRetention(backups, schedule.spec.keep, now)
    for (const backup of remove) {
      if (await deleteIfThere(client, VolumeBackups, backup)) this.#recorder.event(schedule, 'Normal', 'BackupExpired', `Deleted backup ${backup.metadata.name}: newer ones are kept`)
    }
    const status = scheduleStatus(schedule.status, backups, suspended ? undefined : next, problem)
    await this.#write(schedule, isDue ? { ...status, lastScheduleTime: timestamp(at) } : status)
    const until = Math.min(suspended ? Infinity : next ?? Infinity, nextAt ?? Infinity)
    return until === Infinity ? undefined : { requeueAfterMs: Math.min(LONGEST_WAIT_MS, Math.max(1, until - clock.now())) }
  }

  async #make(schedule: Frozen<BackupSchedule>, names: readonly string[], backups: readonly Frozen<VolumeBackup>[], at: number, problem: string | undefined): Promise<void> {
    if (problem !== undefined) this.#recorder.event(schedule, 'Warning', 'NothingToSave', problem)
    for (const claim of names) {
      const running = backups.find((b) => b.spec.claimName === claim && !isBackupOver(b) && b.metadata.deletionTimestamp === undefined)
      if (running !== undefined) {
        this.#recorder.event(schedule, 'Warning', 'BackupStillRunning', `No backup of the claim "${claim}" was made for ${timestamp(at)}: backup ${running.metadata.name} is not over yet`)
        continue
      }
      try {
        const made = await this.#context.client.create(VolumeBackups, backupFor(schedule, claim, at))
        this.#recorder.event(schedule, 'Normal', 'BackupCreated', `Created backup ${made.metadata.name}`)
      } catch (error) {
        // Made before, by an engine that died before it said so.
        if (!hasReason(error, 'AlreadyExists')) throw error
      }
    }
  }

  async #write(schedule: Frozen<BackupSchedule>, status: BackupScheduleStatus): Promise<void> {
    if (semanticEqual(status, schedule.status)) return
    this.#written.record(schedule.metadata.uid, await this.#context.client.updateStatus(BackupSchedules, { ...schedule, status }))
  }
}
