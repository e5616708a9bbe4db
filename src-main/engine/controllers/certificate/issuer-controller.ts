import { timestamp } from '../../../common/clock.ts'
import { CertificateIssuers } from '../../../common/kube/certificate.ts'
import type { CertificateIssuer } from '../../../common/kube/certificate.ts'
import { withCondition } from '../../../common/kube/conditions.ts'
import { keyOf } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { getIfThere, replaceStatus } from '../../client/retry.ts'
import { onClockJump } from '../clock-jumps.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { AcmeError } from './acme/acme-error.ts'
import { accountKey, clientOf, isReady, serverOf } from './account.ts'
import { explain } from './explain.ts'
import type { Explained } from './explain.ts'
import { waitAfter } from './plan.ts'

/** Keeps each issuer's account at its CA. */
export class IssuerController implements Runnable {
  readonly name = 'certificate-issuer-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #recorder

  constructor(context: ControllerContext) {
    this.#context = context
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 2, reconcile: (key, signal) => this.#reconcile(key, signal) })
    const look = (issuer: Frozen<CertificateIssuer>): void => this.#controller.enqueue(keyOf(issuer))
    const issuers = context.informers.for(CertificateIssuers)
    issuers.addHandler({ onAdd: look, onUpdate: look })
    onClockJump(context, () => issuers.lister.list().forEach(look))
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(name: string, signal: AbortSignal): Promise<Again | void> {
    const { client, clock } = this.#context
    // Not from the cache, which may not show yet what was written last.
    const issuer = await getIfThere(client, CertificateIssuers, '', name)
    if (issuer === undefined || issuer.metadata.deletionTimestamp !== undefined || isReady(issuer)) return
    const { status, metadata: { generation = 0 } } = issuer
    const isSame = status?.observedGeneration === generation
    const left = isSame && status?.nextAttempt !== undefined ? Date.parse(status.nextAttempt) - clock.now() : 0
    if (left > 0) return { requeueAfterMs: left }
    const { email } = issuer.spec.acme
    try {
      const account = await clientOf(issuer, await accountKey(client, name), signal, true).account(email)
      await this.#write(issuer, { reason: 'AccountRegistered', message: `The CA at ${serverOf(issuer)} knows this cluster's account` }, { accountURL: account })
      return
    } catch (error) {
      if (signal.aborted) throw error
      const explained = explain(error, { server: serverOf(issuer), email, names: [], addresses: [] })
      const failures = (isSame ? (status?.failures ?? 0) : 0) + 1
      const wait = waitAfter(failures, error instanceof AcmeError ? error.retryAfterMs : undefined)
      this.#recorder.event(issuer, 'Warning', explained.reason, explained.message)
      await this.#write(issuer, explained, { failures, nextAttempt: timestamp(clock.now() + wait) })
      return { requeueAfterMs: wait }
    }
  }

  async #write(issuer: Frozen<CertificateIssuer>, { reason, message }: Explained, rest: Pick<NonNullable<CertificateIssuer['status']>, 'accountURL' | 'failures' | 'nextAttempt'>): Promise<void> {
    const condition = { type: 'Ready', status: rest.accountURL === undefined ? 'False' : 'True', reason, message, lastTransitionTime: timestamp(this.#context.clock.now()) }
    await replaceStatus(this.#context.client, CertificateIssuers, issuer, (copy) => ({ ...rest, observedGeneration: issuer.metadata.generation ?? 0, conditions: withCondition(copy.status?.conditions, condition) }))
  }
}
