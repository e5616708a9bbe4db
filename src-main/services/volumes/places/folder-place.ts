import { createReadStream, createWriteStream } from 'node:fs'
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import type { SavedVolume } from '../../../common/contract/index.ts'
import { badRequest, messageOf } from '../../../common/errors.ts'
import { checkName, handOn, readAbout, writeAbout } from './copy-place.ts'
import type { CopyPlace } from './copy-place.ts'

/** Beside each file: what it is. Written last, so a file without one is no copy. */
const ABOUT = '.json'
const PART = '.part'

/** A folder of this machine: for each copy a file that only its owner may read, and what it is beside it. */
export function folderPlace(folder: string): CopyPlace {
  if (!isAbsolute(folder)) throw badRequest(`The folder "${folder}" must be given with its whole path.`)
  const at = (file: string, more = ''): string => {
    checkName(file)
    return join(folder, file + more)
  }
  const written = async (file: string): Promise<string> => access(at(file)).then(() => at(file), () => at(file, PART))
  return {
    async write(file, archive, signal) {
      try {
        await mkdir(folder, { recursive: true })
        await pipeline(archive, createGzip(), createWriteStream(at(file, PART), { mode: 0o600, flags: 'wx', flush: true }), { signal })
      } catch (error) {
        signal.throwIfAborted()
        throw new Error(`The file ${at(file)} could not be written: ${roomText(error as NodeJS.ErrnoException)}`, { cause: error })
      }
    },
    read: async (file, take, signal) => {
      const path = await written(file)
      await handOn((to, either) => pipeline(createReadStream(path), createGunzip(), to, { signal: either }), take, signal)
    },
    async finish(about) {
      await rename(at(about.file, PART), at(about.file))
      await writeFile(at(about.file, ABOUT), writeAbout(about), { mode: 0o600, flush: true })
    },
    async about(file) {
      const path = at(file)
      try {
        return readAbout(file, await readFile(path + ABOUT, 'utf8'))
      } catch (error) {
        throw badRequest(`${path} is not a saved volume: ${messageOf(error)}`)
      }
    },
    async remove(file) {
      // What it is goes first: what is left of it is no copy.
      for (const more of [ABOUT, '', PART]) await rm(at(file, more), { force: true })
    },
  }
}

/** All copies of a folder, the newest first. A folder that is not there has none. */
export async function listSaved(folder: string): Promise<SavedVolume[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return []
    throw badRequest(`The folder ${folder} cannot be read: ${error.message}`)
  })
  const never = new AbortController().signal
  const files = names.filter((name) => !name.endsWith(ABOUT) && names.includes(name + ABOUT))
  const found = await Promise.all(files.map(async (file) => {
    try {
      return [{ folder, ...await folderPlace(folder).about(file, never) }]
    } catch {
      return []
    }
  }))
  return found.flat().sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
}

function roomText(error: NodeJS.ErrnoException): string {
  return error.code === 'ENOSPC' ? 'the disk is full. Make room there, or keep fewer copies' : messageOf(error)
}
