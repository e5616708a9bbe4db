import type { RegistryLogin } from '../../common/contract/index.ts'
import type { LoginStore } from '../../swarm/cluster/registry-logins.ts'
import type { Sealer } from '../servers/login-book.ts'
import { SealedFile } from './sealed-file.ts'

/** Logins to registries in a file, encrypted for this desk. A file that cannot be opened (another key) counts as empty: people are asked again. */
export function sealedLogins(file: string, sealer: Sealer): LoginStore {
  const sealed = new SealedFile(file, sealer, 'swarm registry logins')
  return {
    load: () => {
      try {
        return JSON.parse(sealed.read() ?? '[]') as RegistryLogin[]
      } catch {
        return []
      }
    },
    save: (logins) => sealed.write(JSON.stringify(logins)),
  }
}
