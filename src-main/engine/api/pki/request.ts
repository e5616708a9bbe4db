import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17'
const BLOCK = /^\s*-----BEGIN CERTIFICATE REQUEST-----[\s\S]+-----END CERTIFICATE REQUEST-----/

/** What a PKCS #10 request (RFC 2986) asks to be certified. */
export interface Requested {
  readonly parsed: x509.Pkcs10CertificateRequest
  readonly commonName: string
  readonly organizations: readonly string[]
  readonly names: readonly { readonly type: string; readonly value: string }[]
}

/** Reads a request in PEM form. Throws an Error with a sentence where it is none. */
export function readRequest(pem: string): Requested {
  if (!BLOCK.test(pem)) throw new Error('PEM block type must be CERTIFICATE REQUEST')
  let parsed: x509.Pkcs10CertificateRequest
  try {
    parsed = new x509.Pkcs10CertificateRequest(pem)
  } catch {
    throw new Error('the PEM block holds no certificate request (PKCS #10)')
  }
  const { subjectName } = parsed
  // A name of another type than these is told by its type alone.
  const names = alternativeNames(parsed).names.items.map(({ type, value }) => ({ type, value: String(value) }))
  return { parsed, commonName: subjectName.getField('CN')[0] ?? '', organizations: subjectName.getField('O'), names }
}

/** The subject alternative names that are asked for. */
export function alternativeNames(request: x509.Pkcs10CertificateRequest): x509.SubjectAlternativeNameExtension {
  const found = request.getExtension(SUBJECT_ALTERNATIVE_NAME)
  return found === null ? new x509.SubjectAlternativeNameExtension([]) : new x509.SubjectAlternativeNameExtension(found.rawData)
}
