import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { safeStorage } from 'electron'

/**
 * The key that encrypts secrets at rest, sealed by the system's keychain; made at first use. Undefined where there is no real keychain
 * (Linux' `basic_text` is a fixed password), or where a key file is in use already: the engine then keeps a key file of its own.
 * Call when the app is ready. Throws with a sentence when the keychain will not open what it sealed.
 */
export function keychainKey(dataDir: string, keyFile: string): Uint8Array | undefined {
  if (existsSync(join(dataDir, keyFile))) return undefined
  const sealed = join(dataDir, 'secrets.key.sealed')
  const usable = safeStorage.isEncryptionAvailable() && (process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text')
  if (!existsSync(sealed)) {
    if (!usable) return undefined
    const key = randomBytes(32)
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    writeFileSync(sealed, safeStorage.encryptString(key.toString('base64')), { mode: 0o600, flag: 'wx' })
    return key
  }
  try {
    return Buffer.from(safeStorage.decryptString(readFileSync(sealed)), 'base64')
  } catch (cause) {
    throw new Error("The system's keychain does not open the key of Toque's secrets. Log in to the keychain it was made with and start Toque again.", { cause })
  }
}
