import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import type { VolumeBackup } from '../../common/contract/index.ts'
import { badRequest, messageOf } from '../../common/errors.ts'
import { digestOf } from '../../engine/nodes/volumes/content-digest.ts'
import type { VolumeContent } from '../../engine/nodes/volumes/content-digest.ts'

const DATA = '.tar.gz'
/** Beside each file: what it is. Written last, so a file without one is no backup. */
const ABOUT = '.json'
const PART = '.part'
const SCHEMA = 1

type About = Omit<VolumeBackup, 'folder' | 'file'> & { schema: number }

/** `default_data_2026-01-01T10-00-00Z.tar.gz`. Pure. */
export function backupName(namespace: string, claim: string, createdAt: string): string {
  return `${namespace}_${claim}_${createdAt.replaceAll(':', '-')}${DATA}`
}

/** Writes an archive to a new file. It has another name until `finish`, and only its owner may read it. */
export async function writeArchive(folder: string, file: string, archive: Readable, signal: AbortSignal): Promise<void> {
  checkPlace(folder, file)
  try {
    await mkdir(folder, { recursive: true })
    await pipeline(archive, createGzip(), createWriteStream(join(folder, file + PART), { mode: 0o600, flags: 'wx' }), { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw new Error(`The file ${join(folder, file)} could not be written: ${messageOf(error)}`, { cause: error })
  }
}

/** What is in an unfinished file, read back from the disk. */
export function checkArchive(folder: string, file: string, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<VolumeContent> {
  return digestOf(unzipped(join(folder, file + PART)), signal, onBytes)
}

/** The file is whole: from now on it is a backup. */
export async function finish({ folder, file, ...about }: VolumeBackup): Promise<void> {
  await rename(join(folder, file + PART), join(folder, file))
  await writeFile(join(folder, file + ABOUT), `${JSON.stringify({ schema: SCHEMA, ...about } satisfies About, undefined, 2)}\n`, { mode: 0o600 })
}

/** Removes what was begun. */
export async function discard(folder: string, file: string): Promise<void> {
  await rm(join(folder, file + PART), { force: true })
}

/** The archive of a backup. */
export function openArchive(folder: string, file: string): Readable {
  checkPlace(folder, file)
  return unzipped(join(folder, file))
}

/** What a backup says of itself; BadRequest where it is none. */
export async function readBackup(folder: string, file: string): Promise<VolumeBackup> {
  checkPlace(folder, file)
  try {
    const about = JSON.parse(await readFile(join(folder, file + ABOUT), 'utf8')) as About
    if (about.schema !== SCHEMA) throw new Error('it was written by another version of Toque')
    const { schema: _ours, ...rest } = about
    return { folder, file, ...rest }
  } catch (error) {
    throw badRequest(`${join(folder, file)} is not a saved volume: ${messageOf(error)}`)
  }
}

/** All backups of a folder, the newest first. A folder that is not there has none. */
export async function listBackups(folder: string): Promise<VolumeBackup[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw badRequest(`The folder ${folder} cannot be read: ${error.message}`)
  })
  const files = names.filter((name) => name.endsWith(DATA) && names.includes(name + ABOUT))
  const found = await Promise.all(files.map((file) => readBackup(folder, file).catch(() => undefined)))
  return found.filter((b) => b !== undefined).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
}

/** A backup's name never leads out of its folder. */
function checkPlace(folder: string, file: string): void {
  if (!isAbsolute(folder)) throw badRequest(`The folder "${folder}" must be given with its whole path.`)
  if (!file.endsWith(DATA) || /[/\\]/.test(file)) throw badRequest(`"${file}" is not the name of a saved volume.`)
}

function unzipped(path: string): Readable {
  const unzip = createGunzip()
  // Whoever reads the archive hears of it.
  pipeline(createReadStream(path), unzip).catch(() => undefined)
  return unzip
}
