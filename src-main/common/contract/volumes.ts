import type { ServerLossPolicy } from '../kube/claim-data.ts'
import type { VolumeHold } from '../kube/volume-copies.ts'
import type { Stream } from '../rpc/stream.ts'
import type { ClaimDetail, ClaimSummary } from './claims.ts'
import type { Batch } from './objects.ts'

/** Data that outlives its pods: how it is, moving it to another server, saving it, bringing it back. Offered by clusters with the capability `volumes`. */
export interface Volumes {
  /** The claims of all namespaces, live. */
  watchClaims(): Stream<Batch<ClaimSummary>>
  /** One claim with its copies and schedules; ends with NotFound when it is gone. */
  watchClaim(claim: ClaimRef): Stream<ClaimDetail>
  /** Bytes that its data takes on its server's disk now; undefined where that cannot be told at the moment. Asked of Docker, which counts: not for many claims at once. */
  measure(claim: ClaimRef): Promise<number | undefined>
  /** What becomes of its pods when its server is lost; undefined: as its class says. Resolves with what the claim itself said before, so that it can be taken back. */
  onServerLoss(claim: ClaimRef, policy: ServerLossPolicy | undefined): Promise<ServerLossPolicy | undefined>
  /** Asks for more room: `20Gi`. BadRequest when it is less than now, or none. It is a number that schedulers and quotas go by. */
  expand(claim: ClaimRef, size: string): Promise<void>
  /**
   * A person's word that the server of the claim is switched off, so that nobody writes to the old data: the newest copy takes its place elsewhere, and the other
   * pods of that server are given up too. BadRequest while the server answers, or where there is no copy elsewhere.
   */
  restoreLost(claim: ClaimRef): Promise<void>
  /** Secrets of a namespace that hold keys for S3. */
  keys(namespace: string): Promise<string[]>
  /** Keeps keys for S3 in a Secret, for targets to name. Replaces what such a Secret of this name held; another Secret is refused. */
  saveKeys(keys: S3Keys): Promise<void>
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

/** What is brought back: a file of a folder, the copy of a VolumeBackup, or a VolumeSnapshot. */
export type RestoreSource = BackupRef | { namespace: string; backup: string } | { namespace: string; snapshot: string }

export interface S3Keys {
  namespace: string
  /** Of the Secret. */
  name: string
  accessKeyId: string
  secretAccessKey: string
}

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
  /** With `replace`: what the claim has now is kept as a VolumeSnapshot of this name first, which brings it back. */
  keepAs?: string
}

/** How far it has come. The last item is `done`. */
export interface TransferProgress {
  /** `keeping`: what is there is snapshotted first. */
  phase: 'keeping' | 'stopping' | 'holding' | 'copying' | 'comparing' | 'starting' | 'done'
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
