import { createECDH, createHash, hkdfSync } from 'node:crypto'
import type { JWK } from 'jose'

const CURVE = 'prime256v1'
const PURPOSE = 'toque service account tokens'
const BYTES = 32

/** A key pair for ES256, as JWKs. */
export interface SigningKey {
  readonly kid: string
  readonly secret: JWK
  /** What anybody may know. */
  readonly open: JWK
}

/**
 * The key that signs tokens, made from the CA's own (any text that nobody else knows): whoever takes over the cluster has the CA, and with it knows the tokens of the pods that run.
 * HKDF (RFC 5869) gives a number; one that is no scalar of the curve (1 of 2^32) gives way to the next.
 */
export function signingKeyOf(caKey: string): SigningKey {
  for (let i = 0; ; i++) {
    const scalar = Buffer.from(hkdfSync('sha256', caKey.replace(/\s/g, ''), '', `${PURPOSE} ${String(i)}`, BYTES))
    const pair = createECDH(CURVE)
    try {
      pair.setPrivateKey(scalar)
    } catch {
      continue
    }
    // 0x04, x, y.
    const point = pair.getPublicKey()
    const text = (part: Buffer): string => part.toString('base64url')
    const kid = createHash('sha256').update(point).digest('base64url')
    const open: JWK = { kty: 'EC', crv: 'P-256', alg: 'ES256', use: 'sig', kid, x: text(point.subarray(1, 1 + BYTES)), y: text(point.subarray(1 + BYTES)) }
    return { kid, open, secret: { ...open, d: text(scalar) } }
  }
}
