import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { EncryptionKeyError } from './store.ts'

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** AES-256-GCM with a random nonce a message. A message is bound to its `context`: it opens nowhere else. */
export class Cipher {
  readonly #key: Uint8Array

  /** `key`: 32 bytes. */
  constructor(key: Uint8Array) {
    if (key.length !== 32) throw new EncryptionKeyError(`The encryption key must have 32 bytes; this one has ${key.length}.`)
    this.#key = key
  }

  /** nonce, tag, ciphertext. */
  seal(plain: Uint8Array, context: string): Buffer {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(context))
    const body = Buffer.concat([cipher.update(plain), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), body])
  }

  /** Throws EncryptionKeyError when the key, the context or the message is another. */
  open(sealed: Uint8Array, context: string): Buffer {
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, sealed.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(context))
      decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
      return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()])
    } catch (error) {
      throw new EncryptionKeyError(`Stored data (${context}) cannot be decrypted with this encryption key.`, { cause: error })
    }
  }
}
