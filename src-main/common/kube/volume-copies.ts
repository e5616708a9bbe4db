import type { KubeObject } from './object.ts'
import type { LabelSelector } from './generated/meta-v1.ts'
import type { Resource } from './resource.ts'

/**
 * What keeps a volume whole while it is copied. `Freeze` (the default): its containers are held still for as long as a copy on the same disk takes, so the
 * copy is what a power cut at that moment would leave, and a database recovers from it. `Stop`: its pods are ended, and start again afterwards. `None`:
 * nothing; what is being written may be half in the copy.
 */
export const VOLUME_HOLDS = ['Freeze', 'Stop', 'None'] as const
export type VolumeHold = (typeof VOLUME_HOLDS)[number]
/** So long may containers be held still, where nobody says another number. */
export const FREEZE_SECONDS = 60

/** Where a copy is kept; exactly one of these. */
export interface CopyTarget {
  /** A folder of the machine that the engine runs on, by its whole path; made when it is missing. */
  folder?: { path: string }
  /** Another server: a Docker volume there. */
  server?: { name: string }
  s3?: S3Target
}

/** A bucket of an S3-compatible service. */
export interface S3Target {
  /** `https://s3.eu-central-1.amazonaws.com`, `http://minio:9000`. */
  endpoint: string
  bucket: string
  /** Before the names of what is put there: `toque/`. */
  prefix?: string
  /** Default `us-east-1`. */
  region?: string
  /** A Secret of the same namespace with `accessKeyId` and `secretAccessKey` (and `sessionToken`, where there is one). */
  secretName: string
}

/** One copy of a claim's data. Deleting it deletes the copy (not when its whole namespace goes), and gives up one that is being made. */
export interface VolumeBackup extends KubeObject {
  spec: VolumeBackupSpec
  status?: VolumeBackupStatus
}

export interface VolumeBackupSpec {
  /** A claim of the same namespace. */
  claimName: string
  target: CopyTarget
  hold?: VolumeHold
  /** With Freeze: longer than this nothing is held still; the backup fails then. Default 60. */
  freezeSeconds?: number
}

export interface VolumeBackupStatus {
  /** Pending: it waits, `message` says for what. Only Succeeded is a copy. */
  phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  message?: string
  startTime?: string
  completionTime?: string
  /** Its name at the target. */
  file?: string
  /** While it runs. */
  doneBytes?: number
  totalBytes?: number
  /** Of the files' bytes; how many files, folders and links; and what is compared when it is brought back. */
  bytes?: number
  entries?: number
  digest?: string
  /** What the claim asked for. */
  size?: string
}

/** Makes VolumeBackups at the times of a schedule, and deletes those that are too old. */
export interface BackupSchedule extends KubeObject {
  spec: BackupScheduleSpec
  status?: BackupScheduleStatus
}

export interface BackupScheduleSpec {
  /** As of a CronJob: `30 3 * * *`, `@daily`. */
  schedule: string
  /** Default UTC. */
  timeZone?: string
  suspend?: boolean
  /** A time that was missed (the engine was off) is made up for no later than this. Default: however late. */
  startingDeadlineSeconds?: number
  /** Claims of the same namespace, by name and by label; at least one of the two. */
  claims: { names?: string[]; selector?: LabelSelector }
  target: CopyTarget
  hold?: VolumeHold
  freezeSeconds?: number
  keep?: CopyRetention
}

/** What is kept of each claim; more goes. The newest good copy always stays. Neither: everything. */
export interface CopyRetention {
  /** So many good copies. */
  count?: number
  /** Good copies of so many days. */
  days?: number
}

export interface BackupScheduleStatus {
  lastScheduleTime?: string
  nextScheduleTime?: string
  lastSuccessfulTime?: string
  /** The newest good copy. */
  lastBackup?: { name: string; bytes?: number; digest?: string }
  /** VolumeBackups that are not over. */
  active?: number
  /** Why the newest one failed, or why nothing can be saved; absent: all is well. */
  message?: string
}

/** Upstream's VolumeSnapshot, of the parts that a copy on the same server needs: no classes and no contents. */
export interface VolumeSnapshot extends KubeObject {
  spec: { source: { persistentVolumeClaimName?: string; volumeSnapshotContentName?: string }; volumeSnapshotClassName?: string }
  status?: VolumeSnapshotStatus
}

export interface VolumeSnapshotStatus {
  readyToUse?: boolean
  creationTime?: string
  restoreSize?: string
  error?: { time?: string; message?: string }
}

const SNAPSHOT_GROUP = 'snapshot.storage.k8s.io'
export const VolumeBackups: Resource<VolumeBackup> = { group: 'toque.dev', version: 'v1', kind: 'VolumeBackup', plural: 'volumebackups', namespaced: true }
export const BackupSchedules: Resource<BackupSchedule> = { group: 'toque.dev', version: 'v1', kind: 'BackupSchedule', plural: 'backupschedules', namespaced: true }
export const VolumeSnapshots: Resource<VolumeSnapshot> = { group: SNAPSHOT_GROUP, version: 'v1', kind: 'VolumeSnapshot', plural: 'volumesnapshots', namespaced: true }

/** Holds a deleted VolumeBackup or VolumeSnapshot until its copy is gone. */
export const COPY_FINALIZER = 'toque.dev/volume-copy'
/** On a VolumeBackup that is deleted: forget it, and leave the copy where it is. */
export const KEEP_COPY = 'toque.dev/keep-copy'
/** On a VolumeBackup: the schedule that made it. No owner: it stays when the schedule goes. */
export const OF_SCHEDULE = 'toque.dev/backup-schedule'
/** On a VolumeSnapshot: where it is, `NODE/DOCKER-VOLUME`. */
export const SNAPSHOT_HANDLE = 'toque.dev/snapshot-handle'
/** On a PersistentVolume that is made of a copy: which, as JSON of a CopySource. Its Docker volume is made by who fills it. */
export const VOLUME_SOURCE = 'toque.dev/volume-source'
/** On a PersistentVolume that was lost with its server: the VolumeBackup whose data took its place, and of when that is. */
export const REPLACED_BY = 'toque.dev/replaced-by'

/** What a claim asks to be made of. */
export interface CopySource {
  kind: 'VolumeBackup' | 'VolumeSnapshot'
  namespace: string
  name: string
}

/** The copy that a claim names in dataSource or dataSourceRef; undefined: none, or one that is nothing of ours. */
export function copySourceOf({ metadata: { namespace = '' }, spec }: { metadata: { namespace?: string }; spec: { dataSource?: { apiGroup?: string; kind: string; name: string }; dataSourceRef?: { apiGroup?: string; kind: string; name: string; namespace?: string } } }): CopySource | undefined {
  const named = spec.dataSourceRef ?? spec.dataSource
  if (named === undefined || (spec.dataSourceRef?.namespace ?? namespace) !== namespace) return undefined
  const { apiGroup = '', kind, name } = named
  if (kind === VolumeBackups.kind && apiGroup === VolumeBackups.group) return { kind: 'VolumeBackup', namespace, name }
  if (kind === VolumeSnapshots.kind && apiGroup === SNAPSHOT_GROUP) return { kind: 'VolumeSnapshot', namespace, name }
  return undefined
}

/** `default_data_2026-01-01T10-00-00Z.tar.gz`: a copy's name at its target. `unique`: where others may be made in the same second. */
export function copyFileName(namespace: string, claim: string, at: string, unique?: string): string {
  return `${[namespace, claim, at.replaceAll(':', '-'), ...(unique === undefined ? [] : [unique])].join('_')}.tar.gz`
}

/** For people: where a copy is kept. */
export function targetText({ folder, server, s3 }: CopyTarget): string {
  if (folder !== undefined) return folder.path
  if (server !== undefined) return `server ${server.name}`
  return s3 === undefined ? 'nowhere' : `${s3.endpoint}/${s3.bucket}${s3.prefix === undefined ? '' : `/${s3.prefix}`}`
}

/** Is the backup over, well or not? */
export function isBackupOver({ status }: Pick<VolumeBackup, 'status'>): boolean {
  return status?.phase === 'Succeeded' || status?.phase === 'Failed'
}
