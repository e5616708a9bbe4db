import { readFileSync } from 'node:fs'
import type { Sealer } from '../servers/login-book.ts'
import { writeWhole } from '../write-whole.ts'

/** A secret in a file, encrypted for this desk; `context` keeps what was sealed for another purpose from being opened here. */
export class SealedFile {
  readonly #file: string
  readonly #sealer: Sealer
  readonly #context: string

  constructor(file: string, sealer: Sealer, context: string) {
    this.#file = file
    this.#sealer = sealer
    this.#context = context
  }

  /** Undefined: there is none, or it cannot be opened (another key). */
  read(): string | undefined {
    try {
      return Buffer.from(this.#sealer.open(readFileSync(this.#file), this.#context)).toString('utf8')
    } catch {
      return undefined
    }
  }

  /** The old one stays whole until the new one is. */
  write(text: string): void {
    writeWhole(this.#file, this.#sealer.seal(Buffer.from(text), this.#context))
  }
}
