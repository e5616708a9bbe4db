// The framing of SPDY/3.1 (draft-mbelshe-httpbis-spdy-00, section 2): numbers are big-endian, a control frame has the first bit set.

const FLAG_FIN = 0x01
export const INITIAL_WINDOW = 65_536
export const HEADER_BYTES = 8
const VERSION = 3
const MAX_ID = 0x7fffffff
const SETTINGS_INITIAL_WINDOW = 7

const TYPE = { synStream: 1, synReply: 2, rstStream: 3, settings: 4, ping: 6, goAway: 7, headers: 8, windowUpdate: 9 } as const

/** Why a stream is reset. */
export const RESET = { protocolError: 1, invalidStream: 2, refusedStream: 3, cancel: 5, internalError: 6 } as const

/** A frame that came in. `block` is a compressed header block; unknown types are told by number, to be skipped. */
export type Frame =
  | { readonly type: 'data'; readonly stream: number; readonly fin: boolean; readonly data: Buffer }
  | { readonly type: 'synStream'; readonly stream: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'synReply'; readonly stream: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'headers'; readonly stream: number; readonly fin: boolean; readonly block: Buffer }
  | { readonly type: 'rstStream'; readonly stream: number; readonly status: number }
  | { readonly type: 'ping'; readonly id: number }
  | { readonly type: 'goAway' }
  | { readonly type: 'settings'; readonly initialWindow: number | undefined }
  | { readonly type: 'windowUpdate'; readonly stream: number; readonly delta: number }
  | { readonly type: 'unknown'; readonly code: number }

/** How many bytes follow a frame's first eight. */
export function payloadLength(header: Buffer): number {
  return header.readUInt32BE(4) & 0xffffff
}

/** Reads a frame from its first eight bytes and its payload. Throws RangeError when it is too short, Error for another version. */
export function decodeFrame(header: Buffer, payload: Buffer): Frame {
  const fin = (header.readUInt8(4) & FLAG_FIN) !== 0
  if ((header.readUInt8(0) & 0x80) === 0) return { type: 'data', stream: header.readUInt32BE(0) & MAX_ID, fin, data: payload }
  const version = header.readUInt16BE(0) & 0x7fff
  if (version !== VERSION) throw new Error(`SPDY version ${version} instead of ${VERSION}`)
  const code = header.readUInt16BE(2)
  const first = (): number => payload.readUInt32BE(0) & MAX_ID
  switch (code) {
    case TYPE.synStream:
      return { type: 'synStream', stream: first(), fin, block: payload.subarray(10) }
    case TYPE.synReply:
      return { type: 'synReply', stream: first(), fin, block: payload.subarray(4) }
    case TYPE.headers:
      return { type: 'headers', stream: first(), fin, block: payload.subarray(4) }
    case TYPE.rstStream:
      return { type: 'rstStream', stream: first(), status: payload.readUInt32BE(4) }
    case TYPE.ping:
      return { type: 'ping', id: payload.readUInt32BE(0) }
    case TYPE.goAway:
      return { type: 'goAway' }
    case TYPE.settings:
      return { type: 'settings', initialWindow: initialWindowIn(payload) }
    case TYPE.windowUpdate:
      return { type: 'windowUpdate', stream: first(), delta: payload.readUInt32BE(4) & MAX_ID }
    default:
      return { type: 'unknown', code }
  }
}

function initialWindowIn(payload: Buffer): number | undefined {
  for (let at = 4; at + 8 <= payload.length; at += 8) if ((payload.readUInt32BE(at) & 0xffffff) === SETTINGS_INITIAL_WINDOW) return payload.readUInt32BE(at + 4)
  return undefined
}

export function encodeData(stream: number, data: Uint8Array, fin: boolean): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32BE(stream, 0)
  header.writeUInt32BE(((fin ? FLAG_FIN : 0) << 24) + data.length, 4)
  return Buffer.concat([header, data])
}

export function encodeSynStream(stream: number, block: Buffer, fin = false): Buffer {
  return control(TYPE.synStream, fin, Buffer.concat([words(stream, 0), Buffer.alloc(2), block]))
}

export function encodeSynReply(stream: number, block: Buffer): Buffer {
  return control(TYPE.synReply, false, Buffer.concat([words(stream), block]))
}

export function encodeRstStream(stream: number, status: number): Buffer {
  return control(TYPE.rstStream, false, words(stream, status))
}

export function encodePing(id: number): Buffer {
  return control(TYPE.ping, false, words(id))
}

/** `last`: the last stream of the other side that was served. */
export function encodeGoAway(last: number): Buffer {
  return control(TYPE.goAway, false, words(last, 0))
}

export function encodeWindowUpdate(stream: number, delta: number): Buffer {
  return control(TYPE.windowUpdate, false, words(stream, delta))
}

function control(type: number, fin: boolean, payload: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt16BE(0x8000 | VERSION, 0)
  header.writeUInt16BE(type, 2)
  header.writeUInt32BE(((fin ? FLAG_FIN : 0) << 24) + payload.length, 4)
  return Buffer.concat([header, payload])
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => buffer.writeUInt32BE(value, i * 4))
  return buffer
}
