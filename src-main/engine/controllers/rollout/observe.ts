import { ROLLOUT_ORDER } from '../../../common/kube/rollout.ts'
import type { Rollout } from '../../../common/kube/rollout.ts'
import type { Deployment, ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Service } from '../../../common/kube/generated/core-v1.ts'
import type { Ingress, IngressClass } from '../../../common/kube/generated/networking-v1.ts'
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

/** Does one of these Ingresses, served by the nodes themselves, lead to pods with these labels? All of one namespace but the classes. */
export function isBehindIngress(labels: Record<string, string> | undefined, services: readonly Frozen<Service>[], ingresses: readonly Frozen<Ingress>[], classes: readonly Frozen<IngressClass>[]): boolean {
  const names = new Set(services.filter(({ spec }) => Object.keys(spec?.selector ?? {}).length > 0 && matchesLabels(labels, spec?.selector ?? {})).map(({ metadata }) => metadata.name))
  return ingresses.some((ingress) => {
    const named = ingressClassOf(ingress)
    const served = classes.find((c) => (named === undefined ? isDefaultIngressClass(c) : c.metadata.name === named))?.spec?.controller === INGRESS_CONTROLLER
    const backends = [ingress.spec.defaultBackend, ...(ingress.spec.rules ?? []).flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend))]
    return served && backends.some((backend) => names.has(backend?.service?.name ?? ''))
  })
}
