import { createHash, randomBytes } from 'node:crypto'
import { ExtData, encode } from '@msgpack/msgpack'
import { DeliveryError } from '../../outbound/explain.ts'
import { bySource, nanosOf } from '../entry.ts'
import type { LogEntry } from '../entry.ts'

// Fluentd's forward protocol, version 1: https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1

/** A message, and the chunk that the other side acknowledges when it has it for good. */
export interface ForwardMessage {
  readonly chunk: string
  readonly bytes: Uint8Array
}

/** Messages in Forward mode: one for each container, with the tag `PREFIX.NAMESPACE.POD.CONTAINER`. */
export function forwardMessages(prefix: string, entries: readonly LogEntry[]): ForwardMessage[] {
  return [...bySource(entries)].map(([{ namespace, pod, container, node, app }, lines]) => {
    const chunk = randomBytes(16).toString('base64')
    const records = lines.map(({ time, text }) => [eventTime(time), { log: text, namespace, pod, container, node, ...(app === '' ? {} : { app }) }])
    return { chunk, bytes: encode([`${prefix}.${namespace}.${pod}.${container}`, records, { chunk, size: lines.length }]) }
  })
}

/** EventTime: seconds and nanoseconds, 32 bits each, as extension 0. */
function eventTime(time: string): ExtData {
  const nanos = BigInt(nanosOf(time))
  const data = Buffer.alloc(8)
  data.writeUInt32BE(Number(nanos / 1_000_000_000n), 0)
  data.writeUInt32BE(Number(nanos % 1_000_000_000n), 4)
  return new ExtData(0, data)
}

/** Our half of the handshake with a shared key. */
export class Handshake {
  readonly #key: string
  readonly #host: string
  readonly #salt = randomBytes(16).toString('hex')
  #nonce: Uint8Array = new Uint8Array()

  /** `host`: how we call ourselves. */
  constructor(key: string, host: string) {
    this.#key = key
    this.#host = host
  }

  /** The PING that answers a HELO. Throws a DeliveryError when it was none, or wants a user name as well. */
  ping(helo: unknown): Uint8Array {
    const [type, options] = (Array.isArray(helo) ? helo : []) as [unknown, { nonce?: unknown; auth?: unknown } | undefined]
    if (type !== 'HELO') throw new DeliveryError('Refused', 'it does not greet as Fluentd with a shared key does: does it want one?')
    this.#nonce = bytesOf(options?.nonce)
    if (bytesOf(options?.auth).length > 0) throw new DeliveryError('WrongCredentials', 'it wants a user name as well as the shared key, which Toque does not send: take user_auth out of its configuration')
    return encode(['PING', this.#host, this.#salt, this.#digest(this.#host), '', ''])
  }

  /** Checks the PONG. Throws a DeliveryError when either side does not know the key. */
  check(pong: unknown): void {
    const [type, ok, reason, host, digest] = (Array.isArray(pong) ? pong : []) as unknown[]
    if (type !== 'PONG') throw new DeliveryError('Refused', 'it did not answer as Fluentd does')
    if (ok !== true) throw new DeliveryError('WrongCredentials', `it refused us (${typeof reason === 'string' ? reason : 'no reason given'}): the shared key is not its own`)
    if (digest !== this.#digest(String(host))) throw new DeliveryError('WrongCredentials', 'it does not know the shared key itself: this is not the server that was meant')
  }

  #digest(host: string): string {
    return createHash('sha512').update(this.#salt).update(host).update(this.#nonce).update(this.#key).digest('hex')
  }
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(typeof value === 'string' ? value : '')
}
