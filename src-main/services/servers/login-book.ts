import { readFileSync } from 'node:fs'
import type { LoginChoice } from '../../common/contract/index.ts'
import { writeWhole } from '../write-whole.ts'

/** Encrypts for this desk, with the key of its keychain. */
export interface Sealer {
  seal(plain: Uint8Array, context: string): Uint8Array
  /** Throws when it was not sealed here for this context. */
  open(sealed: Uint8Array, context: string): Uint8Array
}

interface Page {
  /** Undefined: as `ssh` would do it. */
  login?: LoginChoice
  /** Sealed, base64: by what they are of (`password`, `passphrase FILE`). */
  secrets?: Record<string, string>
}

/** How this desk logs in to which server. Secrets are on the disk only sealed, and only where a person said so; the others are kept in memory. */
export class LoginBook {
  readonly #file: string
  readonly #sealer: Sealer
  readonly #pages: Record<string, Page>
  readonly #inMemory = new Map<string, string>()

  /** A file that cannot be read counts as empty: people are asked again. */
  constructor(file: string, sealer: Sealer) {
    this.#file = file
    this.#sealer = sealer
    this.#pages = readPages(file)
  }

  login(server: string): LoginChoice | undefined {
    return this.#pages[server]?.login
  }

  setLogin(server: string, login: LoginChoice | undefined): void {
    this.#pages[server] = { ...this.#pages[server], ...(login === undefined ? {} : { login }) }
    this.#write()
  }

  /** A secret that was given before; undefined: none is known. */
  secret(server: string, of: string): string | undefined {
    const kept = this.#inMemory.get(`${server} ${of}`)
    const sealed = this.#pages[server]?.secrets?.[of]
    if (kept !== undefined || sealed === undefined) return kept
    try {
      return Buffer.from(this.#sealer.open(Buffer.from(sealed, 'base64'), `${server} ${of}`)).toString('utf8')
    } catch {
      // Another key: it is asked for again.
      return undefined
    }
  }

  setSecret(server: string, of: string, value: string, remember: boolean): void {
    this.#inMemory.set(`${server} ${of}`, value)
    if (!remember) return
    const sealed = Buffer.from(this.#sealer.seal(Buffer.from(value), `${server} ${of}`)).toString('base64')
    const page = this.#pages[server]
    this.#pages[server] = { ...page, secrets: { ...page?.secrets, [of]: sealed } }
    this.#write()
  }

  forget(server: string): void {
    for (const key of [...this.#inMemory.keys()]) if (key.startsWith(`${server} `)) this.#inMemory.delete(key)
    if (this.#pages[server] === undefined) return
    delete this.#pages[server]
    this.#write()
  }

  #write(): void {
    writeWhole(this.#file, `${JSON.stringify(this.#pages, undefined, 2)}\n`)
  }
}

function readPages(file: string): Record<string, Page> {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return typeof read === 'object' && read !== null ? (read as Record<string, Page>) : {}
  } catch {
    return {}
  }
}
