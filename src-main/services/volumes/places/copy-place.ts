import { PassThrough } from 'node:stream'
import type { Readable } from 'node:stream'
import type { SavedVolume } from '../../../common/contract/index.ts'
import { badRequest } from '../../../common/errors.ts'
import { together } from '../../../common/together.ts'
import { digestOf } from '../../../engine/nodes/volumes/content-digest.ts'
import type { VolumeContent } from '../../../engine/nodes/volumes/content-digest.ts'

/** What a copy says of itself, beside its data. */
export type CopyAbout = Omit<SavedVolume, 'folder'>

/** Where copies are kept. Each has a name; one that was begun and not finished is no copy, and nobody takes it for one. */
export interface CopyPlace {
  /** Writes an archive under a new name. Nothing counts until `finish`. */
  write(file: string, archive: Readable, signal: AbortSignal): Promise<void>
  /** Hands on the archive as it is there, finished or not. */
  read(file: string, take: (archive: Readable, signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<void>
  /** It is whole: from now on it is a copy. */
  finish(about: CopyAbout, signal: AbortSignal): Promise<void>
  /** What a finished one says of itself; BadRequest where there is none of this name. */
  about(file: string, signal: AbortSignal): Promise<CopyAbout>
  /** Takes it away, begun or finished. Fine when there is none. */
  remove(file: string, signal: AbortSignal): Promise<void>
}

const DATA = '.tar.gz'
const SCHEMA = 1

/** A copy's name never leads out of its place. */
export function checkName(file: string): void {
  if (!file.endsWith(DATA) || /[/\\]/.test(file)) throw badRequest(`"${file}" is not the name of a saved volume.`)
}

/** What is at the place, read back. */
export async function contentAt(place: CopyPlace, file: string, onBytes: (bytes: number) => void, signal: AbortSignal): Promise<VolumeContent> {
  let content: VolumeContent | undefined
  await place.read(file, async (archive, either) => { content = await digestOf(archive, either, onBytes) }, signal)
  if (content === undefined) throw new Error(`${file} was not read`)
  return content
}

/** Hands a stream that is filled by `from` to `take`; both end together. Where one ends the other, what is thrown is why, not that it was ended. */
export async function handOn(from: (to: PassThrough, signal: AbortSignal) => Promise<unknown>, take: (archive: Readable, signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<void> {
  const between = new PassThrough()
  let why: unknown
  try {
    await together(signal, (either) => [from(between, either), take(between, either).catch((error: unknown) => { throw (why = error) })])
  } catch (error) {
    throw why !== undefined && isOnlyAnEnd(error) ? why : error
  }
}

function isOnlyAnEnd(error: unknown): boolean {
  const { name, code } = error as { name?: string; code?: string }
  return name === 'AbortError' || code === 'ERR_STREAM_PREMATURE_CLOSE'
}

/** `about` as it is written down. */
export function writeAbout(about: CopyAbout): string {
  const { file: _name, ...rest } = about
  return `${JSON.stringify({ schema: SCHEMA, ...rest }, undefined, 2)}\n`
}

/** The other way round; throws a sentence. */
export function readAbout(file: string, text: string): CopyAbout {
  const { schema, stopped, ...about } = JSON.parse(text) as Omit<CopyAbout, 'file'> & { schema: number; stopped?: boolean }
  if (schema !== SCHEMA) throw new Error('it was written by another version of Toque')
  // Written before there were three ways.
  return { ...about, file, hold: (about.hold as CopyAbout['hold'] | undefined) ?? (stopped === true ? 'Stop' : 'None') }
}
