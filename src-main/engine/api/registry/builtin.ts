import type { Store } from '../../store/store.ts'
import { configMapKind } from './config-map.ts'
import { deploymentKind } from './deployment.ts'
import { endpointSliceKind } from './endpoint-slice.ts'
import { endpointsKind } from './endpoints.ts'
import { eventKind } from './event.ts'
import { ingressClassKind } from './ingress-class.ts'
import { ingressKind } from './ingress.ts'
import type { Kind } from './kind.ts'
import { leaseKind } from './lease.ts'
import { namespaceKind } from './namespace.ts'
import { networkPolicyKind } from './network-policy.ts'
import { nodeKind } from './node.ts'
import { podKind } from './pod.ts'
import { replicaSetKind } from './replica-set.ts'
import { secretKind } from './secret.ts'
import { serverKind } from './server.ts'
import { serviceAccountKind } from './service-account.ts'
import { serviceKind } from './service.ts'
import { ServicePools } from './service-pools.ts'

/** Every built-in kind. */
export function builtinKinds(store: Store): Kind[] {
  return [
    configMapKind, endpointsKind, eventKind, namespaceKind, nodeKind, podKind, secretKind, serviceAccountKind, serviceKind(new ServicePools(store)),
    deploymentKind, replicaSetKind, endpointSliceKind, ingressClassKind, ingressKind, leaseKind, networkPolicyKind, serverKind,
  ]
}
