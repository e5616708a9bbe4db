import type { ControllerContext, Runnable } from '../context.ts'
import { AskedCertificates } from './asked-controller.ts'
import { CertificateController } from './controller.ts'
import { IssuerController } from './issuer-controller.ts'

/** What gets certificates: accounts at CAs, the certificates themselves, and those that Ingresses and Gateways ask for. */
export function certificateControllers(context: ControllerContext): Runnable[] {
  return [new IssuerController(context), new CertificateController(context), new AskedCertificates(context)]
}
