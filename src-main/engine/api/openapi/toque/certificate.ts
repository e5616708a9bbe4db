import type { Schema } from '../definitions.ts'
import { CONDITIONS, count, flag, kindOf, part, text } from './shapes.ts'

const listOf = (items: Schema, description: string): Schema => ({ type: 'array', items, description, 'x-kubernetes-list-type': 'atomic' })
/** Several write them, each its own type. */
const KEYED_CONDITIONS: Schema = { ...CONDITIONS, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }

/** Certificates and who signs them. */
export const CERTIFICATE: Readonly<Record<string, Schema>> = {
  'dev.toque.v1.CertificateIssuer': kindOf('CertificateIssuer', 'Who signs certificates: a CA that speaks ACME.', { spec: part('CertificateIssuerSpec'), status: part('CertificateIssuerStatus') }, ['spec']),
  'dev.toque.v1.CertificateIssuerSpec': { type: 'object', required: ['acme'], properties: { acme: part('AcmeIssuer') } },
  'dev.toque.v1.AcmeIssuer': {
    type: 'object',
    properties: {
      server: text("The CA's ACME directory. Default: Let's Encrypt's."), email: text('Where the CA writes when something is wrong with a certificate.'),
      caBundle: { type: 'string', format: 'byte', description: "PEM: the CAs that sign the server's own certificate, besides those that everybody trusts." },
    },
  },
  'dev.toque.v1.CertificateIssuerStatus': {
    type: 'object',
    properties: {
      conditions: KEYED_CONDITIONS, observedGeneration: { type: 'integer', format: 'int64' }, accountURL: text('The account at the CA.'),
      failures: count('Failures in a row.'), nextAttempt: text('When it is tried again, RFC 3339.'),
    },
  },
  'dev.toque.v1.Certificate': kindOf('Certificate', 'A certificate that is got from an issuer and kept fresh, in a Secret of type kubernetes.io/tls.', { spec: part('CertificateSpec'), status: part('CertificateStatus') }, ['spec']),
  'dev.toque.v1.CertificateSpec': {
    type: 'object', required: ['secretName', 'dnsNames', 'issuer'],
    properties: { secretName: text('The Secret that holds it, in the same namespace.'), dnsNames: listOf({ type: 'string' }, 'The names that it is for.'), issuer: text('The CertificateIssuer.') },
  },
  'dev.toque.v1.CertificateStatus': {
    type: 'object',
    properties: {
      conditions: KEYED_CONDITIONS, notBefore: text('Of the certificate in the Secret, RFC 3339.'), notAfter: text('Of the certificate in the Secret, RFC 3339.'), renewalTime: text('When a new one is got.'),
      attempt: {
        type: 'object', description: 'The way to the next certificate, while there is one to get.',
        properties: {
          of: text('What it was begun for.'), order: text('The order, as the CA names it.'), startedAt: text('When the order was made, RFC 3339.'),
          failures: count('In a row.'), next: text('When it is tried again, RFC 3339.'),
        },
      },
      challenges: listOf(part('AcmeChallenge'), 'What the servers answer on port 80 meanwhile.'),
      renewed: text('The value of the annotation toque.dev/renew that was done as asked.'),
    },
  },
  'dev.toque.v1.AcmeChallenge': {
    type: 'object',
    properties: {
      host: text('The name that is asked about.'), token: text('Ends the path of the request.'), keyAuthorization: text('The answer.'),
      served: flag('Every server whose port 80 is ours answers it.'),
    },
  },
}
