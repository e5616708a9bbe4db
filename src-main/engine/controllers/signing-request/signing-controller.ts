import { isConditionTrue } from '../../../common/kube/conditions.ts'
import type { CertificateSigningRequest } from '../../../common/kube/generated/certificates-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { CertificateSigningRequests } from '../../../common/kube/signing-request.ts'
import { changeStatus } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'

/** Signs with the cluster's CA, refuses with a sentence, or resolves with undefined for a signer that is not the cluster's. */
export type RequestSigner = (order: { signerName: string; request: string; usages: readonly string[]; seconds?: number | undefined }) => Promise<{ certificate: string } | { refused: string } | undefined>

/** Signs the requests that are approved. */
export class SigningController implements Runnable {
  readonly name = 'certificatesigningrequest-signing-controller'
  readonly #context: ControllerContext
  readonly #sign: RequestSigner
  readonly #controller: Controller

  constructor(context: ControllerContext, sign: RequestSigner) {
    this.#context = context
    this.#sign = sign
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, reconcile: (name) => this.#reconcile(name) })
    const look = (request: Frozen<CertificateSigningRequest>): void => {
      if (isDue(request)) this.#controller.enqueue(request.metadata.name)
    }
    context.informers.for(CertificateSigningRequests).addHandler({ onAdd: look, onUpdate: look })
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(name: string): Promise<void> {
    const { client, informers } = this.#context
    const request = informers.for(CertificateSigningRequests).lister.get('', name)
    if (request === undefined || !isDue(request)) return
    const { spec, metadata: { uid } } = request
    const signed = await this.#sign({ signerName: spec.signerName, request: Buffer.from(spec.request, 'base64').toString(), usages: spec.usages ?? [], seconds: spec.expirationSeconds })
    if (signed === undefined) return
    await changeStatus(client, CertificateSigningRequests, { namespace: '', name, uid }, (copy) => {
      if (!isDue(copy)) return false
      copy.status = 'certificate' in signed ? { ...copy.status, certificate: Buffer.from(signed.certificate).toString('base64') }
        : { ...copy.status, conditions: [...(copy.status?.conditions ?? []), { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message: signed.refused }] }
      return true
    })
  }
}

function isDue(request: Readonly<CertificateSigningRequest>): boolean {
  const is = (type: string): boolean => isConditionTrue(request.status?.conditions, type)
  return is('Approved') && !is('Denied') && !is('Failed') && !request.status?.certificate
}
