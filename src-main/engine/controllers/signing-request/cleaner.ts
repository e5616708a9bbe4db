import type { CertificateSigningRequest } from '../../../common/kube/generated/certificates-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { CertificateSigningRequests } from '../../../common/kube/signing-request.ts'
import { deleteIfThere } from '../../client/retry.ts'
import { onClockJump } from '../clock-jumps.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import type { Again } from '../workqueue/controller.ts'
import { Controller } from '../workqueue/controller.ts'
import { expiryOf } from './expiry.ts'

/** Deletes requests that are over: an hour after they were denied, issued or failed, a day where nobody said anything, and with the end of their certificate. */
export class SigningRequestCleaner implements Runnable {
  readonly name = 'certificatesigningrequest-cleaner-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: (name) => this.#reconcile(name) })
    const requests = context.informers.for(CertificateSigningRequests)
    const look = (request: Frozen<CertificateSigningRequest>): void => this.#controller.enqueue(request.metadata.name)
    requests.addHandler({ onAdd: look, onUpdate: look })
    onClockJump(context, () => requests.lister.list().forEach(look))
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(name: string): Promise<Again | void> {
    const { client, clock, informers } = this.#context
    const request = informers.for(CertificateSigningRequests).lister.get('', name)
    const at = request === undefined ? Infinity : expiryOf(request)
    if (request === undefined || at === Infinity || request.metadata.deletionTimestamp !== undefined) return
    const left = at - clock.now()
    if (left > 0) return { requeueAfterMs: left }
    await deleteIfThere(client, CertificateSigningRequests, request)
  }
}
