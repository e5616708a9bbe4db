import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { ClusterMode } from '../../common/contract/index.ts'

export interface KeptMode {
  /** Undefined: nobody has chosen yet. */
  read(): ClusterMode | undefined
  write(mode: ClusterMode): void
}

/** The desk's mode in a file of its own. */
export function keptMode(file: string): KeptMode {
  return {
    read: () => {
      try {
        return readFileSync(file, 'utf8').trim() === 'swarm' ? 'swarm' : 'kubernetes'
      } catch {
        return undefined
      }
    },
    write: (mode) => {
      // Whole or not at all, should the machine stop in between.
      writeFileSync(`${file}.new`, `${mode}\n`, { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
  }
}
