import type { Schema } from './definitions.ts'
import { V2_HEAD } from './v2.ts'
import type { V2Paths } from './v2.ts'
import { encodeDefinition, encodeField, encodeHead, encodePaths } from './v2-protobuf.ts'

/** A form of the OpenAPI v2 document that can be put together from pieces. */
export interface V2Form {
  readonly contentType: string
  paths(paths: V2Paths): Uint8Array
  definition(name: string, schema: Schema): Uint8Array
  /** The whole, as pieces in their order: the given ones, and what stands around them. */
  whole(paths: readonly Uint8Array[], definitions: readonly Uint8Array[]): Uint8Array[]
}

const COMMA = Buffer.from(',')

/** JSON. A piece is what stands between the braces. */
export const JSON_FORM: V2Form = {
  contentType: 'application/json',
  paths: (paths) => Buffer.from(JSON.stringify(paths).slice(1, -1)),
  definition: (name, schema) => Buffer.from(JSON.stringify({ [name]: schema }).slice(1, -1)),
  whole: (paths, definitions) => [
    Buffer.from(`${JSON.stringify(V2_HEAD).slice(0, -1)},"paths":{`), ...separated(paths), Buffer.from('},"definitions":{'), ...separated(definitions), Buffer.from('}}'),
  ],
}

/** Protobuf, which kubectl asks for up to 1.20 and takes nothing else: `application/com.github.proto-openapi.spec.v2@v1.0+protobuf`. */
export const PROTOBUF_FORM: V2Form = {
  // Asked for with an `@`, which no Content-Type may have: clients fail to parse it.
  contentType: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  paths: encodePaths,
  definition: encodeDefinition,
  whole: (paths, definitions) => [encodeHead(), encodeField(8, lengthOf(paths)), ...paths, encodeField(9, lengthOf(definitions)), ...definitions],
}

function separated(pieces: readonly Uint8Array[]): Uint8Array[] {
  return pieces.filter(({ length }) => length > 0).flatMap((piece, i) => (i === 0 ? [piece] : [COMMA, piece]))
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}
