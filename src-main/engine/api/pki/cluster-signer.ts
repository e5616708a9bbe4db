import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import type { Clock } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import { Signer } from '../../../common/kube/signing-request.ts'
import { ALGORITHM, importKey, serial } from './pki.ts'
import type { Identity } from './pki.ts'
import { alternativeNames, readRequest } from './request.ts'
import { signerRefuses } from './signer-rules.ts'
import { usageExtensions } from './usages.ts'

const OURS: readonly string[] = Object.values(Signer)
/** Clocks differ. */
const BACKDATE_MS = 5 * 60_000
const LONGEST_MS = 365 * 24 * 3600 * 1000
const SHORTEST_MS = 10 * 60_000

/** What is to be signed. */
export interface Order {
  readonly signerName: string
  /** PKCS #10, PEM. */
  readonly request: string
  readonly usages: readonly string[]
  /** How long the certificate is wanted; a year where it is not said, and at most. */
  readonly seconds?: number | undefined
}

/** The certificate (PEM), or why there is none. */
export type Signed = { readonly certificate: string } | { readonly refused: string }

/** Signs with the cluster's CA for the signers `kubernetes.io/...`; resolves with undefined for any other, which is not the cluster's to serve. */
export function clusterSigner(ca: Identity, clock: Clock): (order: Order) => Promise<Signed | undefined> {
  return async (order) => {
    if (!OURS.includes(order.signerName)) return undefined
    x509.cryptoProvider.set(webcrypto as unknown as Crypto)
    try {
      const requested = readRequest(order.request)
      const refused = signerRefuses(order.signerName, requested, order.usages)
      if (refused !== undefined) return { refused }
      if (!(await requested.parsed.verify())) return { refused: 'the request is not signed with the key that it names' }
      return { certificate: await issue(ca, requested.parsed, order, clock.now()) }
    } catch (error) {
      return { refused: `the request cannot be signed: ${messageOf(error)}` }
    }
  }
}

async function issue(ca: Identity, request: x509.Pkcs10CertificateRequest, { usages, seconds }: Order, now: number): Promise<string> {
  const authority = new x509.X509Certificate(ca.cert)
  const wanted = seconds === undefined ? LONGEST_MS : Math.min(LONGEST_MS, Math.max(SHORTEST_MS, seconds * 1000))
  const alternative = alternativeNames(request)
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serial(), subject: request.subjectName, issuer: authority.subjectName, publicKey: request.publicKey, signingKey: await importKey(ca.key), signingAlgorithm: ALGORITHM,
    notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(Math.min(now + wanted, authority.notAfter.getTime())),
    extensions: [
      ...usageExtensions(usages), new x509.BasicConstraintsExtension(false, undefined, true), await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey),
      ...(alternative.names.items.length === 0 ? [] : [alternative]),
    ],
  })
  return `${certificate.toString('pem')}\n`
}
