import { createHash } from 'node:crypto'
import type { Schema } from './definitions.ts'
import type { V2Paths } from './v2.ts'
import type { V2Form } from './v2-forms.ts'

/** A piece of a document: its bytes, and what they are known by. */
interface Piece {
  readonly name: string
  readonly digest: Uint8Array
  bytes: Uint8Array
}

/** All that the document has. */
export interface V2Content {
  /** In their order. */
  readonly paths: readonly V2Paths[]
  readonly definitions: ReadonlyMap<string, Schema>
}

/**
 * Puts the OpenAPI v2 document together in one form. What it is made of is encoded once, by identity: after a change of one kind, the rest is copied as bytes.
 */
export class V2Document {
  readonly #form: V2Form
  readonly #pieces = new WeakMap<object, Piece>()

  constructor(form: V2Form) {
    this.#form = form
  }

  /** The document and its hash (hex), which depends on nothing but its content. */
  build(content: V2Content): { body: Uint8Array; hash: string } {
    const paths = content.paths.map((one) => this.#piece(one, '', () => this.#form.paths(one)))
    const definitions = [...content.definitions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, schema]) => this.#piece(schema, name, () => this.#form.definition(name, schema)))
    const hash = createHash('sha256').update(this.#form.contentType)
    for (const { digest } of [...paths, ...definitions]) hash.update(digest)
    const whole = this.#form.whole(paths.map(({ bytes }) => bytes), definitions.map(({ bytes }) => bytes))
    const body = Buffer.concat(whole)
    // The pieces live in the newest document, not beside it.
    const starts = new Map<Uint8Array, number>()
    whole.reduce((start, bytes) => (starts.set(bytes, start), start + bytes.length), 0)
    for (const piece of [...paths, ...definitions]) {
      const start = starts.get(piece.bytes)
      if (start !== undefined) piece.bytes = body.subarray(start, start + piece.bytes.length)
    }
    return { body, hash: hash.digest('hex') }
  }

  #piece(of: object, name: string, make: () => Uint8Array): Piece {
    const known = this.#pieces.get(of)
    if (known?.name === name) return known
    const bytes = make()
    const piece = { name, bytes, digest: createHash('sha256').update(bytes).digest() }
    this.#pieces.set(of, piece)
    return piece
  }
}
