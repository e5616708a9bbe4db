import type { VolumeHold } from '../kube/volume-copies.ts'
import type { Stream } from '../rpc/stream.ts'

/** Data that outlives its pods: moving it to another server, saving it to a folder of the desk, bringing it back. */
export interface Volumes {
  /** What moving or saving it would do, and what is in the way; asked before it is done. */
  plan(claim: ClaimRef): Promise<VolumePlan>
  /** Ends the pods, copies, compares, and starts them on the other server. Leaving the stream before it switches gives it up: nothing has changed then. */
  move(claim: ClaimRef, server: string): Stream<TransferProgress>
  /** Saves the claim's data to a new file in a folder of the machine that the engine runs on. */
  backUp(claim: ClaimRef, options: BackUpOptions): Stream<TransferProgress>
  /** The saved volumes of a folder, the newest first; files that are none are left out. */
  backups(folder: string): Promise<SavedVolume[]>
  /** Brings saved data back: into a new claim, or in place of what a claim has now. */
  restore(from: RestoreSource, into: RestoreTarget): Stream<TransferProgress>
}

export interface ClaimRef {
  namespace: string
  name: string
}

export interface VolumePlan {
  /** The server that has the data; undefined: none yet. */
  server?: string
  /** Names of the pods that use it, and would be ended. */
  pods: string[]
  /** Servers that could have it. */
  targets: string[]
  /** Why it cannot be moved or saved, as a sentence. */
  problem?: string
}

export interface BackUpOptions {
  /** Where the file goes; made when it is missing. */
  folder: string
  /** How the data is kept whole meanwhile. */
  hold: VolumeHold
  /** With `Freeze`: containers are held still no longer than this; default 60. */
  freezeSeconds?: number
}

/** A saved volume. */
export interface SavedVolume extends BackupRef {
  claim: ClaimRef
  /** RFC 3339. */
  createdAt: string
  /** What the claim asked for: `10Gi`. */
  size: string
  storageClass?: string
  /** Of the files' bytes, and how many files, folders and links. */
  bytes: number
  entries: number
  /** What is compared when it is brought back. */
  digest: string
  /** How it was kept whole. */
  hold: VolumeHold
}

/** What is brought back: a file of a folder, or the copy of a VolumeBackup. */
export type RestoreSource = BackupRef | { namespace: string; backup: string }

export interface BackupRef {
  folder: string
  /** The file's name in the folder. */
  file: string
}

export interface RestoreTarget {
  claim: ClaimRef
  /** Where a new claim's volume is made; of a claim that is there: where its new volume is. Default: where it is. */
  server?: string
  /** What the claim has now is replaced, and gone when the restore is over. False: a claim that is there is refused. */
  replace: boolean
}

/** How far it has come. The last item is `done`. */
export interface TransferProgress {
  phase: 'stopping' | 'holding' | 'copying' | 'comparing' | 'starting' | 'done'
  doneBytes: number
  /** As far as it is known: of the volume's disk space. */
  totalBytes?: number
  /** `stopping`: the pods that have not ended yet. */
  pods?: string[]
  /** `done`: what was copied, compared at both ends. */
  digest?: string
  /** `done`: the file that was written. */
  file?: string
}
