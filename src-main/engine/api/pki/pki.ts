import 'reflect-metadata'
import { randomBytes, webcrypto } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'

/** How the cluster's CA signs. */
export const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 24 * 3600 * 1000
const CA_DAYS = 3650
const LEAF_DAYS = 365
/** A stored client certificate is made anew this long before its end. */
const RENEW_DAYS = 30

/** A certificate and its key, as PEM. */
export interface Identity {
  cert: string
  key: string
}

/** What the API server serves and accepts, and what its administrator uses. */
export interface Pki {
  ca: string
  /** Its private key, PEM. */
  caKey: string
  server: Identity
  /** The client certificate of `kubernetes-admin` in `system:masters`. */
  admin: Identity
  /** A bearer token of the same user. */
  adminToken: string
}

/**
 * Reads the CA and the administrator's credentials from `dir`, making what is missing or about to end (files for the owner only).
 * The server's certificate, for the given names and addresses, is new at each start. `now`: milliseconds since the epoch.
 */
export async function preparePki(dir: string, hosts: readonly string[], now: number): Promise<Pki> {
  x509.cryptoProvider.set(webcrypto as unknown as Crypto)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const ca = (await readIdentity(dir, 'ca')) ?? (await store(dir, 'ca', await makeAuthority(now)))
  const server = await issue(ca, 'kube-apiserver', [], 'server', now, hosts)
  const kept = await readIdentity(dir, 'admin')
  const usable = kept !== undefined && new x509.X509Certificate(kept.cert).notAfter.getTime() - now > RENEW_DAYS * DAY_MS
  const admin = usable ? kept : await store(dir, 'admin', await issue(ca, 'kubernetes-admin', ['system:masters'], 'client', now))
  return { ca: ca.cert, caKey: ca.key, server, admin, adminToken: await readToken(dir) }
}

/** The CA in `dir`; undefined before `preparePki` has made one. */
export function readAuthority(dir: string): Promise<Identity | undefined> {
  return readIdentity(dir, 'ca')
}

/** Takes over the CA of a cluster that another desk began: its pods trust no other. What the old one signed goes with it. */
export async function adoptAuthority(dir: string, ca: Identity): Promise<void> {
  await Promise.all(['admin.crt', 'admin.key'].map((file) => rm(join(dir, file), { force: true })))
  await store(dir, 'ca', ca)
}

/** A new CA, for ten years. */
export async function makeAuthority(now: number, name = 'toque-ca'): Promise<Identity> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const cert = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(), name: `CN=${name}`, notBefore: new Date(now - DAY_MS), notAfter: new Date(now + CA_DAYS * DAY_MS), signingAlgorithm: ALGORITHM, keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  return { cert: cert.toString('pem'), key: await exportKey(keys.privateKey) }
}

/** A certificate for a year, signed by a CA. */
export async function issue(ca: Identity, name: string, groups: readonly string[], use: 'server' | 'client', now: number, hosts: readonly string[] = []): Promise<Identity> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const authority = new x509.X509Certificate(ca.cert)
  const usage = use === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth
  const names = hosts.map((host): x509.JsonGeneralName => ({ type: /^[\d.]+$|:/.test(host) ? 'ip' : 'dns', value: host }))
  const cert = await x509.X509CertificateGenerator.create({
    serialNumber: serial(), subject: [{ CN: [name] }, ...groups.map((group) => ({ O: [group] }))], issuer: authority.subject, publicKey: keys.publicKey, signingKey: await importKey(ca.key),
    notBefore: new Date(now - DAY_MS), notAfter: new Date(now + LEAF_DAYS * DAY_MS), signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true), new x509.ExtendedKeyUsageExtension([usage]),
      await x509.AuthorityKeyIdentifierExtension.create(authority.publicKey), ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
    ],
  })
  return { cert: cert.toString('pem'), key: await exportKey(keys.privateKey) }
}

/** The certificate and key of a name in a folder; undefined where either is missing. */
export async function readIdentity(dir: string, name: string): Promise<Identity | undefined> {
  const [cert, key] = await Promise.all(['crt', 'key'].map((end) => readIfThere(join(dir, `${name}.${end}`))))
  return cert === undefined || key === undefined ? undefined : { cert, key }
}

/** Keeps a certificate and its key in a folder. */
export async function store(dir: string, name: string, identity: Identity): Promise<Identity> {
  await writePrivate(join(dir, `${name}.key`), identity.key)
  await writePrivate(join(dir, `${name}.crt`), identity.cert)
  return identity
}

async function readToken(dir: string): Promise<string> {
  const path = join(dir, 'admin.token')
  const kept = (await readIfThere(path))?.trim()
  if (kept) return kept
  const token = randomBytes(32).toString('base64url')
  await writePrivate(path, token)
  return token
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Writes a file that only its owner can read, whole or not at all. */
export async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/** A serial number: 128 bits, in hex. */
export function serial(): string {
  // The first bit is zero: a positive number.
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0] ?? 0) & 0x7f | 0x01
  return bytes.toString('hex')
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')
}

/** The CA's key, to sign with. */
export function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const [der] = x509.PemConverter.decode(pem)
  if (der === undefined) throw new Error('The CA key in the data directory is not a PEM private key.')
  return webcrypto.subtle.importKey('pkcs8', der, ALGORITHM, true, ['sign'])
}
