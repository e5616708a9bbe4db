import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** The key that an account at a CA is known by. */
export class AccountKey {
  readonly #key: KeyObject
  readonly jwk: { crv: string; kty: string; x: string; y: string }

  /** `pem`: an EC key on P-256. */
  constructor(pem: string) {
    this.#key = createPrivateKey(pem)
    const { crv = '', kty = '', x = '', y = '' } = createPublicKey(this.#key).export({ format: 'jwk' })
    // In this order its hash is the thumbprint of RFC 7638.
    this.jwk = { crv, kty, x, y }
  }

  /** A new one, PEM. */
  static make(): string {
    return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  }

  /** What a server has to answer to a challenge, to show that it belongs to the account. */
  authorizationOf(token: string): string {
    return `${token}.${createHash('sha256').update(JSON.stringify(this.jwk)).digest('base64url')}`
  }

  /** A JWS as RFC 8555 wants it. `payload`: '' for a POST-as-GET. */
  sign(header: object, payload: object | ''): string {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const signed = { protected: encode({ alg: 'ES256', ...header }), payload: payload === '' ? '' : encode(payload) }
    const signature = sign('sha256', Buffer.from(`${signed.protected}.${signed.payload}`), { key: this.#key, dsaEncoding: 'ieee-p1363' })
    return JSON.stringify({ ...signed, signature: signature.toString('base64url') })
  }
}
