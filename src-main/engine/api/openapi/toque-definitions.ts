import type { Schema } from './definitions.ts'

// The kinds of the group toque.dev, described as Kubernetes describes its own.

const text = (description: string): Schema => ({ type: 'string', description })
const META: Schema = { $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }

const count = (description: string): Schema => ({ type: 'integer', format: 'int32', description })
const refTo = (name: string): Schema => ({ $ref: `#/definitions/dev.toque.v1.${name}` })
const listOf = (items: Schema, description: string): Schema => ({ type: 'array', items, description, 'x-kubernetes-list-type': 'atomic' })
const CONDITIONS: Schema = { type: 'array', items: refTo('Condition'), 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }

/** A kind with a spec and a status of its own. */
function kind(name: string, description: string): Record<string, Schema> {
  return {
    [`dev.toque.v1.${name}`]: {
      description, type: 'object', required: ['spec'],
      properties: { apiVersion: text('APIVersion of this object.'), kind: text('Kind of this object.'), metadata: META, spec: refTo(`${name}Spec`), status: refTo(`${name}Status`) },
      'x-kubernetes-group-version-kind': [{ group: 'toque.dev', version: 'v1', kind: name }],
    },
  }
}

/** Definitions by name, beside Kubernetes' own. */
export const TOQUE_DEFINITIONS: Readonly<Record<string, Schema>> = {
  'dev.toque.v1.Server': {
    description: 'A machine that the cluster runs on; the node of the same name is made of it.',
    type: 'object',
    properties: {
      apiVersion: text('APIVersion of this object.'), kind: text('Kind of this object.'), metadata: META,
      spec: { $ref: '#/definitions/dev.toque.v1.ServerSpec' }, status: { $ref: '#/definitions/dev.toque.v1.ServerStatus' },
    },
    required: ['spec'],
    'x-kubernetes-group-version-kind': [{ group: 'toque.dev', version: 'v1', kind: 'Server' }],
  },
  'dev.toque.v1.ServerSpec': {
    type: 'object',
    properties: {
      local: { type: 'boolean', description: 'The machine that the engine runs on, by its own Docker; nothing else is set then.' },
      host: text('Where SSH finds it: a name, an address, or an entry of ~/.ssh/config.'),
      port: { type: 'integer', format: 'int32', description: 'Default: as ~/.ssh/config says, else 22.' },
      user: text('Default: as ~/.ssh/config says, else root.'),
      zone: text('The failure zone: the label topology.kubernetes.io/zone of the node.'),
    },
  },
  'dev.toque.v1.ServerStatus': {
    type: 'object',
    properties: {
      phase: text('How the connection to it is: Connecting, Connected or Unreachable.'), reason: text('Why it is unreachable, in one word.'),
      message: text('Why it is unreachable, and what to do.'), retries: { type: 'boolean', description: 'It is tried again without anybody doing something.' },
    },
  },
  ...kind('CertificateIssuer', 'Who signs certificates: a CA that speaks ACME.'),
  'dev.toque.v1.CertificateIssuerSpec': { type: 'object', required: ['acme'], properties: { acme: refTo('AcmeIssuer') } },
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
      conditions: CONDITIONS, observedGeneration: { type: 'integer', format: 'int64' }, accountURL: text('The account at the CA.'),
      failures: count('Failures in a row.'), nextAttempt: text('When it is tried again, RFC 3339.'),
    },
  },
  ...kind('Certificate', 'A certificate that is got from an issuer and kept fresh, in a Secret of type kubernetes.io/tls.'),
  'dev.toque.v1.CertificateSpec': {
    type: 'object', required: ['secretName', 'dnsNames', 'issuer'],
    properties: { secretName: text('The Secret that holds it, in the same namespace.'), dnsNames: listOf({ type: 'string' }, 'The names that it is for.'), issuer: text('The CertificateIssuer.') },
  },
  'dev.toque.v1.CertificateStatus': {
    type: 'object',
    properties: {
      conditions: CONDITIONS, notBefore: text('Of the certificate in the Secret, RFC 3339.'), notAfter: text('Of the certificate in the Secret, RFC 3339.'), renewalTime: text('When a new one is got.'),
      attempt: {
        type: 'object', description: 'The way to the next certificate, while there is one to get.',
        properties: {
          of: text('What it was begun for.'), order: text('The order, as the CA names it.'), startedAt: text('When the order was made, RFC 3339.'),
          failures: count('In a row.'), next: text('When it is tried again, RFC 3339.'),
        },
      },
      challenges: listOf(refTo('AcmeChallenge'), 'What the servers answer on port 80 meanwhile.'),
      renewed: text('The value of the annotation toque.dev/renew that was done as asked.'),
    },
  },
  'dev.toque.v1.AcmeChallenge': {
    type: 'object',
    properties: {
      host: text('The name that is asked about.'), token: text('Ends the path of the request.'), keyAuthorization: text('The answer.'),
      served: { type: 'boolean', description: 'Every server whose port 80 is ours answers it.' },
    },
  },
  'dev.toque.v1.Condition': {
    type: 'object', required: ['type', 'status'],
    properties: { type: text('What it is about.'), status: text('True, False or Unknown.'), reason: text('Why, in one word.'), message: text('Why, in a sentence.'), lastTransitionTime: text('When the status changed, RFC 3339.') },
  },
}
