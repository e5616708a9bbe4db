import { inspect } from 'node:util'

/**
 * What a secret or a config holds. It is not seen when something around it is printed, logged or made into JSON: only who asks for it by name gets it.
 */
export class Contents {
  readonly #bytes: Uint8Array

  constructor(data: string | Uint8Array) {
    this.#bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  }

  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** As Docker's API takes it. */
  get base64(): string {
    return Buffer.from(this.#bytes).toString('base64')
  }

  /** As text; undefined: it is none. */
  get text(): string | undefined {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#bytes)
    } catch {
      return undefined
    }
  }

  equals(other: Contents): boolean {
    return Buffer.compare(this.#bytes, other.#bytes) === 0
  }

  toJSON(): string {
    return `(${String(this.#bytes.length)} bytes)`
  }

  [inspect.custom](): string {
    return this.toJSON()
  }
}
