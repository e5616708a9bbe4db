import type { ServerLossPolicy } from '../kube/claim-data.ts'
import type { CopyRetention, CopyTarget, VolumeHold } from '../kube/volume-copies.ts'
import type { Explanation, Health, ObjectRef } from './objects.ts'

/**
 * Where a claim stands. `waits`: it gets its volume when the first pod uses it. `pending`: something is missing, `why` says what. `busy`: its data is moved or
 * brought back. `server-lost`: the server that has its data does not answer. `lost`: its volume is gone. `ending`: it is being deleted.
 */
export type ClaimState = 'bound' | 'waits' | 'pending' | 'busy' | 'server-lost' | 'lost' | 'ending'

export interface ClaimSummary {
  id: string
  ref: ObjectRef
  state: ClaimState
  health: Health
  why?: Explanation
  /** Bytes that it asks for. */
  sizeBytes: number
  /** Of its files, as the newest good backup counted them. */
  usedBytes?: number
  /** The server with its data; absent: none yet, or it is on none (NFS, a cloud's disk). */
  node?: string
  /** Pods that use it and have not ended, and the apps that they belong to. */
  pods: ObjectRef[]
  apps: ObjectRef[]
  onServerLoss: ServerLossPolicy
  /** The newest good copy that outlives the server: it is of the moment `at`. Milliseconds since the epoch, as all times here. */
  lastBackup?: { name: string; at: number }
  /** The newest backup failed, for this reason. */
  backupProblem?: string
  /** The next that a schedule makes. */
  nextBackupAt?: number
  createdAt: number
}

export interface ClaimDetail extends ClaimSummary {
  /** '' where it has none. */
  storageClass: string
  /** The PersistentVolume, and the Docker volume in it, where it has one. */
  volume?: { ref: ObjectRef; docker?: string; reclaim: 'Delete' | 'Retain' | 'Recycle' }
  accessModes: string[]
  /** Who says what happens on a server's loss. */
  onServerLossFrom: 'claim' | 'class' | 'default'
  /** May it ask for more? */
  expandable: boolean
  /** The newest first. */
  copies: ClaimCopy[]
  schedules: ClaimSchedule[]
}

/** A VolumeBackup or a VolumeSnapshot of a claim. */
export interface ClaimCopy {
  id: string
  ref: ObjectRef
  kind: 'backup' | 'snapshot'
  /** Only `good` ones can be brought back. */
  state: 'waiting' | 'running' | 'good' | 'failed' | 'ending'
  /** Why it failed, or what it waits for. */
  message?: string
  /** The moment that it is of; of one that is none yet: when it was asked for. */
  at: number
  where: CopyTarget
  /** While it is made. */
  doneBytes?: number
  totalBytes?: number
  bytes?: number
  entries?: number
  digest?: string
  hold?: VolumeHold
  /** The schedule that made it. */
  schedule?: string
}

/** A BackupSchedule that has a claim among its own. */
export interface ClaimSchedule {
  id: string
  ref: ObjectRef
  schedule: string
  timeZone: string
  suspended: boolean
  where: CopyTarget
  keep: CopyRetention
  nextAt?: number
  lastSucceededAt?: number
  /** Why the newest one failed, or why nothing can be saved. */
  message?: string
}
