import type { Secret } from '../../common/kube/generated/core-v1.ts'
import { Secrets } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { KUBE_SYSTEM } from '../../common/kube/well-known.ts'
import type { Client } from '../../engine/client/client.ts'
import { getIfThere } from '../../engine/client/retry.ts'
import { newRecoveryKey } from '../../engine/copies/recovery-key.ts'

const NAME = 'toque-cluster'
const KEPT_ANNOTATION = 'toque.dev/recovery-key-kept'

/** What makes a cluster the same one on another desk. It is a Secret of the cluster, and so travels with its state. */
export interface ClusterIdentity {
  readonly recoveryKey: string
  /** A person has kept it. */
  readonly kept: boolean
  /** The API's CA, PEM: pods trust no other. */
  readonly ca: { readonly cert: string; readonly key: string }
}

/** The cluster's identity; made, with the CA given, for a cluster that has none yet. */
export async function ensureClusterIdentity(client: Client, ca: { cert: string; key: string }): Promise<ClusterIdentity> {
  const there = await readClusterIdentity(client)
  if (there !== undefined) return there
  const recoveryKey = newRecoveryKey()
  await client.create(Secrets, {
    apiVersion: 'v1', kind: 'Secret', metadata: { namespace: KUBE_SYSTEM, name: NAME }, type: 'toque.dev/cluster',
    data: { 'recovery-key': base64(recoveryKey), 'ca.crt': base64(ca.cert), 'ca.key': base64(ca.key) },
  })
  return { recoveryKey, kept: false, ca }
}

/** Undefined for a cluster that has none. */
export async function readClusterIdentity(client: Client): Promise<ClusterIdentity | undefined> {
  const secret = await getIfThere(client, Secrets, KUBE_SYSTEM, NAME)
  return secret === undefined ? undefined : identityOf(secret)
}

/** Notes that a person has kept the recovery key. */
export async function noteKeyKept(client: Client): Promise<void> {
  await client.patch(Secrets, KUBE_SYSTEM, NAME, 'application/merge-patch+json', { metadata: { annotations: { [KEPT_ANNOTATION]: 'true' } } })
}

function identityOf({ metadata, data = {} }: Frozen<Secret>): ClusterIdentity {
  const text = (name: string): string => Buffer.from(data[name] ?? '', 'base64').toString()
  return { recoveryKey: text('recovery-key'), kept: metadata.annotations?.[KEPT_ANNOTATION] === 'true', ca: { cert: text('ca.crt'), key: text('ca.key') } }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
