import { KUBE_SYSTEM } from '../../../common/kube/well-known.ts'
import type { Client } from '../../client/client.ts'
import { getIfThere } from '../../client/retry.ts'
import { hasReason } from '../../../common/errors.ts'
import { LETS_ENCRYPT } from '../../../common/kube/certificate.ts'
import type { CertificateIssuer } from '../../../common/kube/certificate.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import { Secrets } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { AccountKey } from './acme/account-key.ts'
import { AcmeClient } from './acme/acme-client.ts'
import { IssueError } from './explain.ts'

const FIELD = 'account.key'

/** The CA's directory. */
export function serverOf({ spec }: Frozen<CertificateIssuer>): string {
  return spec.acme.server ?? LETS_ENCRYPT
}

/** Has it an account, as its spec is now? */
export function isReady({ status, metadata }: Frozen<CertificateIssuer>): boolean {
  return status?.accountURL !== undefined && status.observedGeneration === (metadata.generation ?? 0) && isConditionTrue(status.conditions, 'Ready')
}

/** The key of an issuer's account: from its Secret in kube-system, or a new one that is there before it is used. */
export async function accountKey(client: Client, issuer: string): Promise<AccountKey> {
  const name = `acme-account-${issuer}`
  for (;;) {
    const secret = await getIfThere(client, Secrets, KUBE_SYSTEM, name)
    if (secret === undefined) {
      try {
        await client.create(Secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: KUBE_SYSTEM }, type: 'Opaque', data: { [FIELD]: Buffer.from(AccountKey.make()).toString('base64') } })
      } catch (error) {
        if (!hasReason(error, 'AlreadyExists')) throw error
      }
      continue
    }
    try {
      return new AccountKey(Buffer.from(secret.data?.[FIELD] ?? '', 'base64').toString())
    } catch {
      // Not in OpenSSL's words: they may quote the key.
      throw new IssueError('BadAccountKey', `Secret ${KUBE_SYSTEM}/${name} holds no usable account key in ${FIELD}: delete it to have a new account made`)
    }
  }
}

/** A client of the issuer's CA. `anew`: one that has no account yet. */
export function clientOf(issuer: Frozen<CertificateIssuer>, key: AccountKey, signal: AbortSignal, anew = false): AcmeClient {
  const { caBundle } = issuer.spec.acme
  return new AcmeClient({ server: serverOf(issuer), key, ca: caBundle === undefined ? undefined : Buffer.from(caBundle, 'base64').toString(), account: anew ? undefined : issuer.status?.accountURL, signal })
}
