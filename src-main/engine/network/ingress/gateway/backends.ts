import type { Service } from '../../../../common/kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../../../common/kube/generated/discovery-v1.ts'
import { GATEWAY_GROUP } from '../../../../common/kube/gateway.ts'
import type { HTTPBackendRef, HTTPRoute, ReferenceGrant } from '../../../../common/kube/generated/gateway-networking-v1.ts'
import type { Frozen } from '../../../../common/kube/object.ts'
import type { RevisionShare } from '../../../../common/kube/rollout.ts'
import { backendsOf } from '../../service-model.ts'
import type { ServiceInput } from '../../service-model.ts'
import type { IngressServer } from '../ingress-model.ts'
import { byRevision } from '../revision-groups.ts'
import type { ShareGroup } from '../revision-groups.ts'
import { serverWeights } from '../server-weights.ts'
import { isGranted } from './references.ts'

/** What backendRefs are looked up in. */
export interface BackendInput extends Omit<ServiceInput, 'services' | 'slices'> {
  services: ReadonlyMap<string, Frozen<Service>>
  slices: ReadonlyMap<string, EndpointSlice[]>
  grants: readonly Frozen<ReferenceGrant>[]
  /** By the pods' addresses, where a Rollout shares the requests between revisions now. */
  revisions: ReadonlyMap<string, RevisionShare>
}

/** The pods of a rule with their weights; the share of the requests (0 to 1) that goes to what is not there; what is wrong, as the condition ResolvedRefs tells it. */
export interface ResolvedBackends {
  servers: IngressServer[]
  refused: number
  problem: { reason: 'InvalidKind' | 'BackendNotFound' | 'RefNotPermitted'; message: string } | undefined
}

/** Finds the pods of a rule's backendRefs. A Service without ready pods leaves its share to the others. Pure. */
export function resolveBackends(route: Frozen<HTTPRoute>, refs: readonly HTTPBackendRef[], input: BackendInput): ResolvedBackends {
  let problem: ResolvedBackends['problem']
  let bad = 0
  const groups: ShareGroup<ReturnType<typeof backendsOf>[number]>[] = []
  for (const ref of refs) {
    const found = podsOf(route, ref, input)
    const share = ref.weight ?? 1
    if ('pods' in found) groups.push(...byRevision(share, found.pods, input.revisions))
    else {
      problem ??= found
      bad += share
    }
  }
  const good = groups.reduce((sum, { share }) => sum + share, 0)
  const weights = serverWeights(groups.map(({ share, pods }) => ({ share, count: pods.length })))
  const servers = new Map<string, IngressServer>()
  groups.forEach(({ pods }, i) => pods.forEach(({ ip, port, ending }) => {
    const key = `${ip}:${String(port)}`
    // A pod of two Services has both shares.
    servers.set(key, { ip, port, ending, weight: Math.min(256, (servers.get(key)?.weight ?? 0) + (weights[i] ?? 0)) })
  }))
  // Nobody has a share: upstream answers with 500 then.
  return { servers: [...servers.values()], refused: good + bad === 0 ? 1 : bad / (good + bad), problem }
}

function podsOf({ metadata }: Frozen<HTTPRoute>, { group = '', kind = 'Service', name, namespace, port }: HTTPBackendRef, { services, slices, grants, ...input }: BackendInput): { pods: ReturnType<typeof backendsOf> } | NonNullable<ResolvedBackends['problem']> {
  const own = metadata.namespace ?? ''
  const of = namespace ?? own
  const key = `${of}/${name}`
  if (group !== '' || kind !== 'Service') return { reason: 'InvalidKind', message: `A backend is a ${kind}; only Services are served here` }
  if (!isGranted({ from: { group: GATEWAY_GROUP, kind: 'HTTPRoute', namespace: own }, to: { group, kind, namespace: of, name } }, grants)) return { reason: 'RefNotPermitted', message: `Service ${key} is in another namespace, and no ReferenceGrant there lets HTTPRoutes of ${own} use it` }
  const spec = services.get(key)?.spec
  if (spec === undefined) return { reason: 'BackendNotFound', message: `Service ${key} is not there` }
  if (spec.type === 'ExternalName') return { reason: 'BackendNotFound', message: `Service ${key} is only another name (ExternalName): give it endpoints` }
  const found = spec.ports?.find((one) => one.port === port)
  return found === undefined ? { reason: 'BackendNotFound', message: `Service ${key} has no port ${String(port)}` } : { pods: backendsOf(found, slices.get(key) ?? [], input) }
}
