import { open } from 'node:fs/promises'

/** The file grows by so much at a time, in bytes. */
export const STEP = 256 << 10
/** What a commit may write besides what it is about: the trees' roots, the list of free pages. */
const ALWAYS = 128 << 10
/** The pages of the trees that one change, or one line that is forgotten, makes anew. */
const TOUCHED = 8

/** A commit that is about to be written. */
export interface Coming {
  /** Changes and lines that are forgotten. */
  readonly count: number
  /** The size of all values. */
  readonly bytes: number
}

/** How long the file should be before a commit, so that all it can write is inside. `used`: how far it is written so far; `page`: the size of a page. All in bytes; pure. */
export function lengthFor(used: number, page: number, { count, bytes }: Coming): number {
  // No more pages are made anew than there are; what is new lies in pages that are half full at worst.
  const needed = Math.min(TOUCHED * page * count, used) + 2 * (bytes + page * count) + ALWAYS
  return Math.ceil((used + needed) / STEP) * STEP
}

/** There is no room for a commit: it was not begun. */
export class NoRoomError extends Error {
  override readonly name = 'NoRoomError'
}

/** Makes a file so long, by zeros: then the room is its own. Rejects with ENOSPC, EDQUOT and the like where there is none. */
export async function lengthen(path: string, length: number): Promise<void> {
  const file = await open(path, 'r+')
  try {
    let { size } = await file.stat()
    const zeros = Buffer.alloc(STEP)
    while (size < length) size += (await file.write(zeros, 0, Math.min(STEP, length - size), size)).bytesWritten
  } finally {
    await file.close()
  }
}
