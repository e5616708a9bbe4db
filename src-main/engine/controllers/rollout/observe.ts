import { ROLLOUT_ORDER } from '../../../common/kube/rollout.ts'
import type { Rollout } from '../../../common/kube/rollout.ts'
import type { Deployment, ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Service } from '../../../common/kube/generated/core-v1.ts'
import type { Ingress, IngressClass } from '../../../common/kube/generated/networking-v1.ts'
import { isConditionTrue } from '../../../common/kube/conditions.ts'
import { GATEWAY_CONTROLLER } from '../../../common/kube/gateway.ts'
import type { HTTPRoute } from '../../../common/kube/generated/gateway-networking-v1.ts'
import { INGRESS_CONTROLLER, ingressClassOf, isDefaultIngressClass } from '../../../common/kube/ingress.ts'
import { matchesLabels } from '../../../common/kube/labels.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { POD_TEMPLATE_HASH } from '../../../common/kube/well-known.ts'
import type { RevisionSeen, RolloutSeen } from '../../../policy/canary/decide.ts'
import { splitReplicaSets } from '../deployment/revisions.ts'
import { isComplete } from '../deployment/status.ts'

/** As upstream's default for Deployments: also where one has no deadline, an aborted canary is better than one that waits for ever. */
const DEADLINE_S = 600

/** What a Rollout goes by of its Deployment and the Deployment's own ReplicaSets. */
export function observe(rollout: Rollout, d: Frozen<Deployment>, sets: readonly Frozen<ReplicaSet>[], ingress: boolean, since: number): Omit<RolloutSeen, 'look'> {
  const { current, old } = splitReplicaSets(d, sets)
  return {
    replicas: d.spec.replicas ?? 1, paused: d.spec.paused === true, complete: current !== undefined && isComplete(d, d.status),
    current: current === undefined ? undefined : revisionSeen(current), others: old.map(revisionSeen),
    ingress, deadlineSeconds: d.spec.progressDeadlineSeconds ?? DEADLINE_S, since, order: rollout.metadata.annotations?.[ROLLOUT_ORDER],
  }
}

/** How a revision is called. */
export function hashOf(rs: Frozen<ReplicaSet>): string {
  return rs.metadata.labels?.[POD_TEMPLATE_HASH] ?? rs.metadata.name
}

function revisionSeen(rs: Frozen<ReplicaSet>): RevisionSeen {
  return { hash: hashOf(rs), replicaSet: rs.metadata.name, wanted: rs.spec.replicas ?? 1, pods: rs.status?.replicas ?? 0, available: rs.status?.availableReplicas ?? 0 }
}

/** What may lead requests to pods through the nodes' own proxies. */
export interface Entrances {
  /** Of the pods' namespace. */
  services: readonly Frozen<Service>[]
  /** Of the pods' namespace. */
  ingresses: readonly Frozen<Ingress>[]
  classes: readonly Frozen<IngressClass>[]
  /** Of all namespaces. */
  routes: readonly Frozen<HTTPRoute>[]
}

/** Does an Ingress or an HTTPRoute that the nodes serve themselves lead to pods of this namespace with these labels? Pure. */
export function isBehindIngress(namespace: string, labels: Record<string, string> | undefined, { services, ingresses, classes, routes }: Entrances): boolean {
  const names = new Set(services.filter(({ spec }) => Object.keys(spec?.selector ?? {}).length > 0 && matchesLabels(labels, spec?.selector ?? {})).map(({ metadata }) => metadata.name))
  return routes.some((route) => isServed(route) && leadsTo(route, namespace, names)) || ingresses.some((ingress) => {
    const named = ingressClassOf(ingress)
    const served = classes.find((c) => (named === undefined ? isDefaultIngressClass(c) : c.metadata.name === named))?.spec?.controller === INGRESS_CONTROLLER
    const backends = [ingress.spec.defaultBackend, ...(ingress.spec.rules ?? []).flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend))]
    return served && backends.some((backend) => names.has(backend?.service?.name ?? ''))
  })
}

/** A Gateway of ours has taken it. */
function isServed({ status }: Frozen<HTTPRoute>): boolean {
  return (status?.parents ?? []).some(({ controllerName, conditions }) => controllerName === GATEWAY_CONTROLLER && isConditionTrue(conditions, 'Accepted'))
}

function leadsTo({ metadata, spec }: Frozen<HTTPRoute>, namespace: string, names: ReadonlySet<string>): boolean {
  return (spec.rules ?? []).some(({ backendRefs = [] }) => backendRefs.some((ref) => (ref.namespace ?? metadata.namespace) === namespace && names.has(ref.name)))
}
