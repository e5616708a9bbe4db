import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Writes a file whole or not at all, should the machine stop in between; its folder is made for the owner alone where it is missing. `mode`: of a new file, the owner's alone unless said otherwise. */
export function writeWhole(file: string, content: string | Uint8Array, mode = 0o600): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.new`, content, { mode })
  renameSync(`${file}.new`, file)
}
