import { generateKeyPairSync } from 'node:crypto'
import { CERTIFICATE_NAME_ANNOTATION, Certificates } from '../../../common/kube/certificate.ts'
import type { Certificate } from '../../../common/kube/certificate.ts'
import type { Secret } from '../../../common/kube/generated/core-v1.ts'
import { Secrets } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerReference } from '../../../common/kube/owners.ts'
import type { Client } from '../../client/client.ts'
import { deleteIfThere, getIfThere } from '../../client/retry.ts'

const KEY = 'tls.key'

/**
 * The key of the next certificate, PEM. It is stored before the CA is asked to sign it, so that an engine that dies in between does not lose the certificate that was
 * given meanwhile: CAs count them.
 */
export async function nextKey(client: Client, certificate: Frozen<Certificate>): Promise<string> {
  const { namespace = '', name } = certificate.metadata
  const stored = await getIfThere(client, Secrets, namespace, nextName(name))
  const known = stored?.metadata.ownerReferences?.some(({ uid }) => uid === certificate.metadata.uid) === true ? stored.data?.[KEY] : undefined
  if (known !== undefined) return Buffer.from(known, 'base64').toString()
  if (stored !== undefined) await deleteIfThere(client, Secrets, stored)
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await client.create(Secrets, {
    apiVersion: 'v1', kind: 'Secret', type: 'Opaque', data: { [KEY]: Buffer.from(key).toString('base64') },
    metadata: { name: nextName(name), namespace, ownerReferences: [controllerReference(Certificates, certificate)] },
  })
  return key
}

/** Puts a certificate and its key into the Secret, both in one write, and forgets the key's own. */
export async function putCertificate(client: Client, certificate: Frozen<Certificate>, secret: Frozen<Secret> | undefined, chain: string, key: string): Promise<void> {
  const { namespace = '', name } = certificate.metadata
  const data = { 'tls.crt': Buffer.from(chain).toString('base64'), [KEY]: Buffer.from(key).toString('base64') }
  if (secret === undefined) await client.create(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: certificate.spec.secretName, namespace, annotations: { [CERTIFICATE_NAME_ANNOTATION]: name } }, type: 'kubernetes.io/tls', data })
  else await client.update(Secrets, { ...secret, metadata: { ...secret.metadata, annotations: { ...secret.metadata.annotations, [CERTIFICATE_NAME_ANNOTATION]: name } }, data: { ...secret.data, ...data } })
}

/** Nobody needs the next key any more: its certificate is in the Secret. */
export async function dropNextKey(client: Client, { metadata: { namespace = '', name } }: Frozen<Certificate>): Promise<void> {
  await deleteIfThere(client, Secrets, { metadata: { namespace, name: nextName(name) } })
}

function nextName(certificate: string): string {
  return `${certificate.slice(0, 240)}.next-key`
}
