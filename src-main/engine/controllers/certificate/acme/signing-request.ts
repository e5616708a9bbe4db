import 'reflect-metadata'
import { createPrivateKey, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** A request to sign the key (PEM, EC on P-256) for these names, as DER. */
export async function signingRequest(keyPem: string, names: readonly string[]): Promise<Buffer> {
  const key = createPrivateKey(keyPem)
  const privateJwk = key.export({ format: 'jwk' })
  const { d: _d, ...publicJwk } = privateJwk
  const keys = {
    privateKey: await webcrypto.subtle.importKey('jwk', privateJwk, ALGORITHM, true, ['sign']),
    publicKey: await webcrypto.subtle.importKey('jwk', publicJwk, ALGORITHM, true, ['verify']),
  }
  // No common name: it may have 64 characters only, and nobody reads it any more.
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: '', keys: keys as never, signingAlgorithm: ALGORITHM,
    extensions: [new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value })))],
  }, webcrypto as unknown as Crypto)
  return Buffer.from(request.rawData)
}
