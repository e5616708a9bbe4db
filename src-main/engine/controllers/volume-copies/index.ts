import type { VolumeWork } from '../../../common/kube/volume-work.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { BackupController } from './backup-controller.ts'
import { FillController } from './fill-controller.ts'
import { BackupScheduleController } from './schedule-controller.ts'
import { SnapshotController } from './snapshot-controller.ts'

/** The controllers of copies of volumes. Without somebody who does the work, only the schedules. */
export function copyControllers(context: ControllerContext, work: VolumeWork | undefined): Runnable[] {
  return [new BackupScheduleController(context), ...(work === undefined ? [] : [new BackupController(context, work), new SnapshotController(context, work), new FillController(context, work)])]
}
