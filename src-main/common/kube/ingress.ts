import type { Ingress, IngressClass } from './generated/networking-v1.ts'
import type { Frozen } from './object.ts'

/** Names the class of an Ingress that was written before there was a field for it. */
export const INGRESS_CLASS_ANNOTATION = 'kubernetes.io/ingress.class'

/** On an IngressClass, `true`: Ingresses that name none are of it. */
export const DEFAULT_CLASS_ANNOTATION = 'ingressclass.kubernetes.io/is-default-class'

/** `spec.controller` of the classes whose Ingresses the nodes of the cluster serve themselves, and the class that is there from the beginning. */
export const INGRESS_CONTROLLER = 'toque.dev/ingress'
export const TOQUE_INGRESS_CLASS = 'toque'

/** Is it the class of Ingresses that name none? */
export function isDefaultIngressClass(ingressClass: Frozen<IngressClass>): boolean {
  return ingressClass.metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === 'true'
}

/** The class that an Ingress names, in whichever way. */
export function ingressClassOf(ingress: Frozen<Ingress>): string | undefined {
  return ingress.spec?.ingressClassName ?? ingress.metadata.annotations?.[INGRESS_CLASS_ANNOTATION]
}
