import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Names of the files in the data directory that hold secrets of their own; readable by the owner only. */
export const KEY_FILE = 'secrets.key'
const TOKEN_FILE = 'web.token'
const DESK_FILE = 'desk.id'

/** The 32-byte key that encrypts secrets at rest, from the data directory's key file; made at first use. Lost, the secrets are lost. */
export function fileKey(dataDir: string): Uint8Array {
  return Buffer.from(readOrMake(join(dataDir, KEY_FILE), () => randomBytes(32).toString('base64')), 'base64')
}

/** The token of the web server's address; the same at each start, so that open tabs find back. */
export function webToken(dataDir: string): string {
  return readOrMake(join(dataDir, TOKEN_FILE), () => randomBytes(32).toString('base64url'))
}

/** This data directory's own name, random: one part of a desk's identity. */
export function deskId(dataDir: string): string {
  return readOrMake(join(dataDir, DESK_FILE), () => randomBytes(16).toString('hex'))
}

/** Written durably before it is used: a key lost to a power cut would take everything encrypted with it. */
function readOrMake(file: string, make: () => string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const text = make()
  const handle = openSync(file, 'wx', 0o600)
  writeSync(handle, `${text}\n`)
  fsyncSync(handle)
  closeSync(handle)
  const directory = openSync(dirname(file), 'r')
  fsyncSync(directory)
  closeSync(directory)
  return text
}
