import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { RegistryLogin } from '../../common/contract/index.ts'
import type { LoginStore } from '../../swarm/cluster/registry-logins.ts'
import type { Sealer } from '../servers/login-book.ts'

const CONTEXT = 'swarm registry logins'

/** Logins to registries in a file, encrypted for this desk. A file that cannot be opened (another key) counts as empty: people are asked again. */
export function sealedLogins(file: string, sealer: Sealer): LoginStore {
  return {
    load: () => {
      try {
        return JSON.parse(Buffer.from(sealer.open(readFileSync(file), CONTEXT)).toString('utf8')) as RegistryLogin[]
      } catch {
        return []
      }
    },
    save: (logins) => {
      writeFileSync(`${file}.new`, sealer.seal(Buffer.from(JSON.stringify(logins)), CONTEXT), { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
  }
}
