import { accessSync, constants, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Makes the data directory where it is missing, readable by its owner only. Throws with a sentence when that cannot be, or when nothing can be written in it.
 * Folder by folder: Node's own `recursive` never returns in places such as /proc, where a folder that is there takes no others.
 */
export function makeDataDir(dataDir: string): void {
  try {
    make(dataDir)
    accessSync(dataDir, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new Error(`The data directory ${dataDir} cannot be used: ${reasonOf(error)}. Choose another with --data, or mend this one.`, { cause: error })
  }
}

function make(dir: string): void {
  const found = statSync(dir, { throwIfNoEntry: false })
  if (found?.isDirectory() === true) return
  if (found !== undefined) throw new Error('there is a file of that name')
  const parent = dirname(dir)
  if (parent !== dir) make(parent)
  mkdirSync(dir, { mode: 0o700 })
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  switch (code) {
    case 'EACCES': case 'EPERM': return 'this user may not write there'
    case 'EROFS': return 'its disk is read-only'
    case 'ENOSPC': return 'its disk is full'
    case 'ENOENT': return 'no folder can be made there'
    case 'ENOTDIR': return 'a part of its path is a file'
    default: return message
  }
}
