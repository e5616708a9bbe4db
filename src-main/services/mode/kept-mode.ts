import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { ClusterMode } from '../../common/contract/index.ts'

/** The desk's mode in a file of its own. One that is missing, or says nothing known, is Kubernetes. */
export function keptMode(file: string): { read(): ClusterMode; write(mode: ClusterMode): void } {
  return {
    read: () => {
      try {
        return readFileSync(file, 'utf8').trim() === 'swarm' ? 'swarm' : 'kubernetes'
      } catch {
        return 'kubernetes'
      }
    },
    write: (mode) => {
      // Whole or not at all, should the machine stop in between.
      writeFileSync(`${file}.new`, `${mode}\n`, { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
  }
}
