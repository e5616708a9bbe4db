import type { ControllerContext, Runnable } from '../context.ts'
import { CertificateController } from './controller.ts'
import { IngressCertificates } from './ingress-shim.ts'
import { IssuerController } from './issuer-controller.ts'

/** What gets certificates: accounts at CAs, the certificates themselves, and those that Ingresses ask for. */
export function certificateControllers(context: ControllerContext): Runnable[] {
  return [new IssuerController(context), new CertificateController(context), new IngressCertificates(context)]
}
