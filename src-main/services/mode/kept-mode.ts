import { readFileSync } from 'node:fs'
import type { ClusterMode } from '../../common/contract/index.ts'
import { writeWhole } from '../write-whole.ts'

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
    write: (mode) => writeWhole(file, `${mode}\n`),
  }
}
