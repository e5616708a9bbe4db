import { microTime } from '../../common/clock.ts'
import { hasReason } from '../../common/errors.ts'
import { Leases } from '../../common/kube/kinds.ts'
import type { Client } from '../../engine/client/client.ts'
import type { Term } from '../../engine/lease/term.ts'

const NAMESPACE = 'kube-system'
const NAME = 'toque-engine'
const DESK_ANNOTATION = 'toque.dev/desk'

/** Who drives, as the cluster's state says: the Lease kube-system/toque-engine. Undefined in a cluster that nobody drove yet. */
export async function readTerm(client: Client): Promise<Term | undefined> {
  try {
    const { spec, metadata } = await client.get(Leases, NAMESPACE, NAME)
    return { epoch: spec?.leaseTransitions ?? 0, holder: spec?.holderIdentity ?? '', name: metadata.annotations?.[DESK_ANNOTATION] ?? '' }
  } catch (error) {
    if (hasReason(error, 'NotFound')) return undefined
    throw error
  }
}

/** Writes who drives from now (ms since the epoch) on. */
export async function writeTerm(client: Client, { epoch, holder, name }: Term, now: number): Promise<void> {
  const spec = { holderIdentity: holder, leaseTransitions: epoch, acquireTime: microTime(now) }
  const annotations = { [DESK_ANNOTATION]: name }
  try {
    await client.patch(Leases, NAMESPACE, NAME, 'application/merge-patch+json', { metadata: { annotations }, spec })
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error
    await client.create(Leases, { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace: NAMESPACE, name: NAME, annotations }, spec })
  }
}
