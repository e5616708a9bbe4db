import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) } as const

/** Who a certificate is asked for. */
export interface Subject {
  name: string
  groups?: readonly string[]
  alternative?: x509.JsonGeneralNames
  rsa?: boolean
}

/** A certificate request and the key that it is for, PEM. For tests. */
export async function makeRequest({ name, groups = [], alternative = [], rsa = false }: Subject): Promise<{ request: string; key: string }> {
  x509.cryptoProvider.set(webcrypto as unknown as Crypto)
  const algorithm = rsa ? RSA : EC
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: [{ CN: [name] }, ...groups.map((group) => ({ O: [group] }))], keys, signingAlgorithm: algorithm,
    extensions: alternative.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(alternative)],
  })
  return { request: request.toString('pem'), key: x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY') }
}
