import type { Ingress, IngressClass } from '../../../common/kube/generated/networking-v1.ts'
import { INGRESS_CONTROLLER, ingressClassOf, isDefaultIngressClass, TOQUE_INGRESS_CLASS } from '../../../common/kube/ingress.ts'
import type { Frozen } from '../../../common/kube/object.ts'

/** Is an Ingress ours to serve? `problem`: a sentence, where nobody serves it. */
export function claimOf(ingress: Frozen<Ingress>, classes: readonly Frozen<IngressClass>[]): { ours: boolean; problem?: string } {
  const named = ingressClassOf(ingress)
  const found = named === undefined ? classes.find(isDefaultIngressClass) : classes.find(({ metadata }) => metadata.name === named)
  if (found !== undefined) return { ours: found.spec?.controller === INGRESS_CONTROLLER }
  const known = classes.map(({ metadata }) => metadata.name).sort().join(', ') || 'none'
  if (named === undefined) return { ours: false, problem: `Nobody serves it: it names no class, and no IngressClass is marked as the default one. Set spec.ingressClassName to ${TOQUE_INGRESS_CLASS} (there are: ${known})` }
  return { ours: false, problem: `Nobody serves it: there is no IngressClass "${named}" (there are: ${known}). Set spec.ingressClassName to ${TOQUE_INGRESS_CLASS} to have it served by this cluster's servers` }
}
