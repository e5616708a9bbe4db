import type { CopySource, CopyTarget, VolumeHold } from './volume-copies.ts'

/** A backup as it is to be made. */
export interface BackupOrder {
  namespace: string
  claim: string
  target: CopyTarget
  hold: VolumeHold
  freezeSeconds: number
  /** Its name at the target. */
  file: string
}

/** What came of one. */
export interface BackupResult {
  bytes: number
  entries: number
  digest: string
  /** What the claim asked for. */
  size: string
}

/**
 * What is done where the data is, for controllers that decide when. Failures carry a sentence for people; `ServiceUnavailable` (a StatusError) is one that
 * passes by itself: a server that is not reached yet. Everything can be asked for again after an engine died in the middle.
 */
export interface VolumeWork {
  /** Where the claim's data is, or why it cannot be saved (BadRequest), or is not reached (ServiceUnavailable). */
  locate(namespace: string, claim: string): Promise<{ node: string }>
  backUp(order: BackupOrder, onProgress: (doneBytes: number, totalBytes: number | undefined) => void, signal: AbortSignal): Promise<BackupResult>
  /** Removes a copy, or what was begun of one. Fine when there is none. */
  removeBackup(namespace: string, target: CopyTarget, file: string, signal: AbortSignal): Promise<void>
  /** Copies a claim's volume to another Docker volume on its server; resolves with `NODE/VOLUME`. */
  snapshot(namespace: string, claim: string, name: string, signal: AbortSignal): Promise<{ handle: string; size: string }>
  removeSnapshot(handle: string): Promise<void>
  /** Makes a PersistentVolume's Docker volume, with what a copy holds; compared. */
  fill(volume: string, source: CopySource, signal: AbortSignal): Promise<BackupResult>
}
