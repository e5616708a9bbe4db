import type { UnlockKeys } from '../../swarm/setup/unlock-keys.ts'
import type { Sealer } from '../servers/login-book.ts'
import { SealedFile } from './sealed-file.ts'

/** The swarm's unlock key in a file, encrypted for this desk. One that cannot be opened counts as not there: people are asked for what they wrote down. */
export function sealedUnlockKeys(file: string, sealer: Sealer): UnlockKeys {
  const sealed = new SealedFile(file, sealer, 'swarm unlock key')
  return { get: () => sealed.read(), set: (key) => sealed.write(key) }
}
