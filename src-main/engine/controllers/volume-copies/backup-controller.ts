import { timestamp } from '../../../common/clock.ts'
import { hasReason, messageOf } from '../../../common/errors.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import { Namespaces, Nodes, PersistentVolumeClaims } from '../../../common/kube/kinds.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { COPY_FINALIZER, copyFileName, FREEZE_SECONDS, isBackupOver, KEEP_COPY, targetText, VolumeBackups } from '../../../common/kube/volume-copies.ts'
import type { VolumeBackup, VolumeBackupStatus } from '../../../common/kube/volume-copies.ts'
import type { VolumeWork } from '../../../common/kube/volume-work.ts'
import { dropFinalizer } from '../../client/finalizers.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { replaceStatus } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { RunningWork } from './running-work.ts'

/** Backups at a time; each is bound by disks and the network. */
const AT_A_TIME = 2
/** What it waits for mostly comes as an event; a server that is Ready and not driven yet does not. */
const LOOK_AGAIN_MS = 5000
const TELL_MS = 2000

/**
 * Makes the copies that VolumeBackups ask for, once each, and removes them with their objects. What an engine that died had begun is removed and begun anew; what is
 * deleted while it is being made is given up.
 */
export class BackupController implements Runnable {
  readonly name = 'toque.dev/volume-backup-controller'
  readonly #context: ControllerContext
  readonly #work: VolumeWork
  readonly #recorder: EventRecorder
  readonly #making: Controller
  readonly #removing: Controller
  readonly #running = new RunningWork()

  constructor(context: ControllerContext, work: VolumeWork) {
    this.#context = context
    this.#work = work
    this.#recorder = context.recorder(this.name)
    const { clock, onError, informers } = context
    this.#making = new Controller({ name: this.name, clock, onError, workers: AT_A_TIME, reconcile: (key, signal) => this.#make(key, signal) })
    // Apart: who gives one up must not wait for those that run.
    this.#removing = new Controller({ name: `${this.name}/removal`, clock, onError, workers: AT_A_TIME, reconcile: (key, signal) => this.#remove(key, signal) })
    const backups = informers.for(VolumeBackups)
    const look = (backup: Frozen<VolumeBackup>): void => {
      if (backup.metadata.deletionTimestamp !== undefined) this.#removing.enqueue(keyOf(backup))
      else if (!isBackupOver(backup) && !this.#running.has(backup.metadata.uid)) this.#making.enqueue(keyOf(backup))
    }
    backups.addHandler({ onAdd: look, onUpdate: look })
    informers.for(Nodes).addHandler({ onUpdate: (node, old) => { if (isConditionTrue(node.status?.conditions, 'Ready') && !isConditionTrue(old.status?.conditions, 'Ready')) backups.lister.list().forEach(look) } })
    informers.for(PersistentVolumeClaims).addHandler({ onUpdate: ({ metadata: { namespace, name } }) => backups.lister.list({ namespace: namespace ?? '' }).filter((b) => b.spec.claimName === name).forEach(look) })
    informers.for(Namespaces)
  }

  start(): void {
    this.#making.start()
    this.#removing.start()
  }

  async stop(): Promise<void> {
    await Promise.all([this.#making.stop(), this.#removing.stop()])
  }

  async #make(key: string, signal: AbortSignal): Promise<Again | void> {
    const backup = this.#context.informers.for(VolumeBackups).lister.getByKey(key)
    if (backup === undefined || backup.metadata.deletionTimestamp !== undefined || isBackupOver(backup)) return
    try {
      return await this.#running.run(backup.metadata.uid, signal, (either) => this.#save(backup, either))
    } catch (error) {
      // The engine ends, and the next begins it anew; or it was deleted.
      if (signal.aborted || await this.#isGoing(backup)) return
      if (hasReason(error, 'ServiceUnavailable')) {
        await this.#tell(backup, { phase: 'Pending', message: messageOf(error) })
        return { requeueAfterMs: LOOK_AGAIN_MS }
      }
      const message = messageOf(error)
      await this.#tell(backup, { phase: 'Failed', message, completionTime: timestamp(this.#context.clock.now()) })
      this.#recorder.event(backup, 'Warning', 'BackupFailed', message)
    }
  }

  async #save(backup: Frozen<VolumeBackup>, signal: AbortSignal): Promise<void> {
    const { clock } = this.#context
    const { metadata: { namespace = '', uid, creationTimestamp }, spec: { claimName, target, hold = 'Freeze', freezeSeconds = FREEZE_SECONDS } } = backup
    await this.#work.locate(namespace, claimName)
    const file = copyFileName(namespace, claimName, creationTimestamp, uid.slice(0, 8))
    // What an earlier engine had begun, or had finished and could not say any more.
    if (backup.status?.file !== undefined) await this.#work.removeBackup(namespace, target, file, signal)
    const startTime = timestamp(clock.now())
    await this.#tell(backup, { phase: 'Running', startTime, file })
    let toldAt = clock.monotonic()
    let telling: Promise<unknown> = Promise.resolve()
    const { bytes, entries, digest, size } = await this.#work.backUp({ namespace, claim: claimName, target, hold, freezeSeconds, file }, (doneBytes, totalBytes) => {
      if (clock.monotonic() - toldAt < TELL_MS) return
      toldAt = clock.monotonic()
      telling = telling.then(() => this.#tell(backup, { phase: 'Running', startTime, file, doneBytes, ...(totalBytes === undefined ? {} : { totalBytes }) })).catch(this.#untold)
    }, signal)
    await telling
    await this.#tell(backup, { phase: 'Succeeded', startTime, file, bytes, entries, digest, size, completionTime: timestamp(clock.now()) })
    this.#recorder.event(backup, 'Normal', 'BackupCompleted', `Saved ${String(bytes)} bytes to ${targetText(target)}: ${file}`)
  }

  /** Progress that could not be written is not worth failing for. */
  readonly #untold = (): undefined => undefined

  async #remove(key: string, signal: AbortSignal): Promise<void> {
    const { client, informers } = this.#context
    const backup = informers.for(VolumeBackups).lister.getByKey(key)
    if (backup?.metadata.deletionTimestamp === undefined || backup.metadata.finalizers?.includes(COPY_FINALIZER) !== true) return
    const { namespace = '', uid, annotations } = backup.metadata
    await this.#running.giveUp(uid, `the backup "${backup.metadata.name}" was deleted`)
    const { file, phase } = (await client.get(VolumeBackups, namespace, backup.metadata.name)).status ?? {}
    // Copies outlive their namespace: what is deleted whole by mistake is wanted back. Its Secrets are gone by then, too.
    const going = informers.for(Namespaces).lister.get('', namespace)?.metadata.deletionTimestamp !== undefined
    if (file !== undefined && !going && annotations?.[KEEP_COPY] !== 'true') {
      try {
        await this.#work.removeBackup(namespace, backup.spec.target, file, signal)
      } catch (error) {
        // What failed is no copy, and its target may never have been one.
        if (phase === 'Failed') return this.#forget(backup)
        this.#recorder.event(backup, 'Warning', 'CopyNotRemoved', `${messageOf(error)} It is tried again. To forget the backup and leave the copy where it is: kubectl annotate volumebackup ${backup.metadata.name} -n ${namespace} ${KEEP_COPY}=true`)
        throw error
      }
    }
    await this.#forget(backup)
  }

  async #forget({ metadata: { namespace = '', name } }: Frozen<VolumeBackup>): Promise<void> {
    const { client } = this.#context
    await dropFinalizer(client, VolumeBackups, await client.get(VolumeBackups, namespace, name), COPY_FINALIZER)
  }

  async #isGoing({ metadata: { namespace = '', name, uid } }: Frozen<VolumeBackup>): Promise<boolean> {
    const now = await this.#context.client.get(VolumeBackups, namespace, name).catch(this.#untold)
    return now === undefined || now.metadata.uid !== uid || now.metadata.deletionTimestamp !== undefined
  }

  /** Writes the status where it is another. A name at the target, once given, stays: it is what is removed. */
  async #tell(backup: Frozen<VolumeBackup>, status: VolumeBackupStatus): Promise<void> {
    await replaceStatus(this.#context.client, VolumeBackups, backup, (copy) => ({ ...(copy.status?.file === undefined ? {} : { file: copy.status.file }), ...status }))
  }
}
