import { readFile } from 'node:fs/promises'
import ssh2 from 'ssh2'
import type { ParsedKey } from 'ssh2'
import { SshError } from './ssh-error.ts'
import type { SshPrompts } from './target.ts'

const TRIES = 3

/** Secrets of one login, kept in memory while its server is in use, so that a reconnect need not ask. Nothing here can be printed or serialised. */
export class Credentials {
  readonly #keys = new Map<string, ParsedKey>()
  #password: string | undefined

  /** The private key in a file. Asks for its passphrase if it has one. Rejects with `key-unreadable` or `passphrase`. */
  async key(file: string, ask: SshPrompts['passphrase']): Promise<ParsedKey> {
    const kept = this.#keys.get(file)
    if (kept !== undefined) return kept
    const key = await loadKey(file, ask)
    this.#keys.set(file, key)
    return key
  }

  /** The password: the kept one unless it was `wrong`, else the one that `ask` gives. */
  async password(wrong: boolean, ask: (wrong: boolean) => Promise<string | undefined>): Promise<string | undefined> {
    if (wrong) this.#password = undefined
    this.#password ??= await ask(wrong)
    return this.#password
  }
}

async function loadKey(file: string, ask: SshPrompts['passphrase']): Promise<ParsedKey> {
  let content: Buffer
  try {
    content = await readFile(file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'there is no such file' : code === 'EACCES' ? 'this user may not read it' : String(code)
    throw new SshError('key-unreadable', `The key file ${file} cannot be read: ${why}.`, { cause: error })
  }
  const plain = parse(content)
  if (!(plain instanceof Error)) return usable(plain, file)
  if (!/encrypted|passphrase/i.test(plain.message)) throw new SshError('key-unreadable', `${file} is not a private key that can be used here (${plain.message}). Choose the file without ".pub", in OpenSSH, PEM or PuTTY format.`)
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const passphrase = await ask(file, attempt > 0)
    if (passphrase === undefined) throw new SshError('passphrase', attempt === 0 ? `The key ${file} has a passphrase, and none was given.` : `The passphrase of ${file} was wrong.`)
    const key = parse(content, passphrase)
    if (!(key instanceof Error)) return usable(key, file)
  }
  throw new SshError('passphrase', `The passphrase of ${file} was wrong ${String(TRIES)} times.`)
}

function parse(content: Buffer, passphrase?: string): ParsedKey | Error {
  const parsed: ParsedKey | ParsedKey[] | Error = ssh2.utils.parseKey(content, passphrase)
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('it is empty')) : parsed
}

function usable(key: ParsedKey, file: string): ParsedKey {
  if (key.isPrivateKey()) return key
  throw new SshError('key-unreadable', `${file} is a public key. Choose the private one: the file without ".pub".`)
}
