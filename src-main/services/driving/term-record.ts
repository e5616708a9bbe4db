import { microTime } from '../../common/clock.ts'
import { hasReason } from '../../common/errors.ts'
import { Leases } from '../../common/kube/kinds.ts'
import { KUBE_SYSTEM } from '../../common/kube/well-known.ts'
import type { Client } from '../../engine/client/client.ts'
import { getIfThere } from '../../engine/client/retry.ts'
import type { Term } from '../../engine/lease/term.ts'

const NAME = 'toque-engine'
const DESK_ANNOTATION = 'toque.dev/desk'

/** Who drives, as the cluster's state says: the Lease kube-system/toque-engine. Undefined in a cluster that nobody drove yet. */
export async function readTerm(client: Client): Promise<Term | undefined> {
  const lease = await getIfThere(client, Leases, KUBE_SYSTEM, NAME)
  return lease && { epoch: lease.spec?.leaseTransitions ?? 0, holder: lease.spec?.holderIdentity ?? '', name: lease.metadata.annotations?.[DESK_ANNOTATION] ?? '' }
}

/** Writes who drives from now (ms since the epoch) on. */
export async function writeTerm(client: Client, { epoch, holder, name }: Term, now: number): Promise<void> {
  const spec = { holderIdentity: holder, leaseTransitions: epoch, acquireTime: microTime(now) }
  const annotations = { [DESK_ANNOTATION]: name }
  try {
    await client.patch(Leases, KUBE_SYSTEM, NAME, 'application/merge-patch+json', { metadata: { annotations }, spec })
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error
    await client.create(Leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace: KUBE_SYSTEM, name: NAME, annotations }, spec })
  }
}
