import type { ControllerContext, Runnable } from '../context.ts'
import { AbandonedVolumeWork } from './abandoned-work.ts'
import { VolumeBinder } from './binder.ts'
import { DesertedVolumes } from './deserted.ts'
import { EphemeralVolumes } from './ephemeral.ts'
import { PendingForData } from './pending-pods.ts'
import { ClaimProtection, VolumeProtection } from './protection.ts'
import { VolumeProvisioner } from './provisioner.ts'
import { RestoreLostController } from './restore-lost.ts'
import { StartEmptyController } from './start-empty.ts'

/** The controllers of claims and volumes. */
export function volumeControllers(context: ControllerContext): Runnable[] {
  return [
    new VolumeBinder(context), new VolumeProvisioner(context), new ClaimProtection(context), new VolumeProtection(context), new DesertedVolumes(context),
    new EphemeralVolumes(context), new StartEmptyController(context), new AbandonedVolumeWork(context), new PendingForData(context), new RestoreLostController(context),
  ]
}
