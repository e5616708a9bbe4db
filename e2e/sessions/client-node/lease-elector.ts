import { ApiException, type CoordinationV1Api, V1MicroTime, type V1Lease } from '@kubernetes/client-node'

/** Where and as whom somebody runs for leader. */
export interface Candidacy {
  readonly namespace: string
  /** The Lease's name. */
  readonly name: string
  readonly identity: string
  /** How long a leader that is silent counts as one, seconds. */
  readonly leaseSeconds: number
}

/**
 * One round of leader election by a Lease, as client-go's leaderelection: creates it, renews it, or takes it over once its holder's time is
 * over. Resolves with whether we lead now. The API's conflict (409) decides between several who try at once; it is never an error here.
 */
export async function tryToLead(api: CoordinationV1Api, { namespace, name, identity, leaseSeconds }: Candidacy): Promise<boolean> {
  const now = new V1MicroTime()
  const mine = { holderIdentity: identity, leaseDurationSeconds: leaseSeconds, renewTime: now }
  const found = await refusedBy([404], api.readNamespacedLease({ namespace, name }))
  if (found === undefined) return (await refusedBy([409], api.createNamespacedLease({ namespace, body: { metadata: { name }, spec: { ...mine, acquireTime: now, leaseTransitions: 0 } } }))) !== undefined
  const { spec = {} } = found
  const isOurs = spec.holderIdentity === identity
  // The library's types say that it is a Date; it is a text.
  const silentMs = now.getTime() - new Date(spec.renewTime ?? 0).getTime()
  if (!isOurs && spec.holderIdentity && silentMs < (spec.leaseDurationSeconds ?? 0) * 1000) return false
  const taken = isOurs ? {} : { acquireTime: now, leaseTransitions: (spec.leaseTransitions ?? 0) + 1 }
  const body: V1Lease = { ...found, spec: { ...spec, ...mine, ...taken } }
  return (await refusedBy([409], api.replaceNamespacedLease({ namespace, name, body }))) !== undefined
}

/** Gives the Lease back, so that nobody has to wait. */
export async function stepDown(api: CoordinationV1Api, { namespace, name, identity }: Candidacy): Promise<void> {
  const found = await api.readNamespacedLease({ namespace, name })
  if (found.spec?.holderIdentity === identity) await api.replaceNamespacedLease({ namespace, name, body: { ...found, spec: { ...found.spec, holderIdentity: '' } } })
}

async function refusedBy<T>(codes: readonly number[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (error instanceof ApiException && codes.includes(error.code)) return undefined
    throw error
  }
}
