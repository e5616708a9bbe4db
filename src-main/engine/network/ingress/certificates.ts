import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { Secret } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'

/** A certificate with its key as the proxy reads it, or a sentence about why it cannot be used. */
export type Certificate = { pem: string; warning?: string } | { problem: string }

const known = new WeakMap<object, Certificate>()

/**
 * Reads a TLS Secret. Looked at here, because a proxy that meets one bad file serves nobody. `now`: milliseconds since the epoch; a certificate that has
 * run out is used all the same.
 */
export function readCertificate(name: string, secret: Frozen<Secret> | undefined, now: number): Certificate {
  if (secret === undefined) return { problem: `Secret ${name} is not there: make it with \`kubectl create secret tls\`` }
  const read = known.get(secret) ?? parse(name, secret)
  known.set(secret, read)
  if ('problem' in read) return read
  const until = new X509Certificate(read.pem).validTo
  return Date.parse(until) < now ? { ...read, warning: `the certificate in Secret ${name} ran out at ${until}: browsers refuse it. Put a new one in the Secret` } : read
}

function parse(name: string, { data = {} }: Frozen<Secret>): Certificate {
  const [crt, key] = [data['tls.crt'], data['tls.key']]
  if (crt === undefined || key === undefined) return { problem: `Secret ${name} has no tls.crt or no tls.key` }
  const text = (base64: string): string => Buffer.from(base64, 'base64').toString().trim()
  const blocks = text(crt).match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  try {
    const [leaf] = blocks.map((block) => new X509Certificate(block))
    if (leaf === undefined) return { problem: `tls.crt in Secret ${name} is no certificate in PEM form` }
    const privateKey = createPrivateKey(text(key))
    if (!leaf.checkPrivateKey(privateKey)) return { problem: `tls.key in Secret ${name} is not the key of its tls.crt` }
    return { pem: [...blocks, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim(), ''].join('\n') }
  } catch {
    // What OpenSSL says of a key may quote it.
    return { problem: `tls.crt or tls.key in Secret ${name} cannot be read: they must be in PEM form, the key without a passphrase` }
  }
}
