import { timestamp } from '../../../common/clock.ts'
import { CertificateIssuers, Certificates } from '../../../common/kube/certificate.ts'
import type { Certificate, CertificateAttempt, CertificateIssuer, CertificateStatus } from '../../../common/kube/certificate.ts'
import { findCondition, withCondition, withoutCondition } from '../../../common/kube/conditions.ts'
import { Gateways } from '../../../common/kube/gateway.ts'
import type { Secret } from '../../../common/kube/generated/core-v1.ts'
import { Ingresses, Nodes, Secrets } from '../../../common/kube/kinds.ts'
import { INGRESS } from '../../../common/kube/node-conditions.ts'
import { keyOf, splitKey } from '../../../common/kube/object.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import { changeStatus, getIfThere, replaceStatus } from '../../client/retry.ts'
import type { EventRecorder } from '../../client/recorder.ts'
import { onClockJump } from '../clock-jumps.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { Controller } from '../workqueue/controller.ts'
import type { Again } from '../workqueue/controller.ts'
import { accountKey, clientOf, isReady, serverOf } from './account.ts'
import { AcmeError } from './acme/acme-error.ts'
import type { AcmeClient } from './acme/acme-client.ts'
import { signingRequest } from './acme/signing-request.ts'
import { explain, IssueError } from './explain.ts'
import type { Explained } from './explain.ts'
import { heldIn, readPair } from './held.ts'
import type { HeldCertificate } from './held.ts'
import { lookAtOrder } from './order.ts'
import { attemptOf, dueOf, purposeOf, renewalTime, unprovable, waitAfter } from './plan.ts'
import { dropNextKey, nextKey, putCertificate } from './secrets.ts'
import { withRead } from './status.ts'

/** A CA tells nobody when it has looked: it is asked while it looks, for so long. */
const ASK_AGAIN_MS = 2_000
const ORDER_MS = 10 * 60_000
/** The servers have the answers in a second; what takes longer has a reason. */
const SERVE_MS = 60_000
/** Without this, one order would follow the other until the CA's limits are used up. */
const TOO_OLD: Explained = { reason: 'DueAgain', message: "The certificate that the CA gave is due for another one already: are this machine's clock and the CA's names right? It is tried again later" }
/** Failures that a port in other hands may be behind. */
const AT_OUR_DOOR: ReadonlySet<string> = new Set(['PortUnreachable', 'LeadsElsewhere'])

/** Gets each Certificate and keeps it fresh. What it knows is in the objects: an engine that ends anywhere goes on there. */
export class CertificateController implements Runnable {
  readonly name = 'certificate-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #recorder: EventRecorder
  readonly #startedAt: number

  constructor(context: ControllerContext) {
    this.#context = context
    this.#startedAt = context.clock.monotonic()
    this.#recorder = context.recorder(this.name)
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 2, reconcile: (key, signal) => this.#reconcile(key, signal) })
    const certificates = context.informers.for(Certificates)
    const look = (certificate: Frozen<Certificate>): void => this.#controller.enqueue(keyOf(certificate))
    const lookAt = (which: (certificate: Frozen<Certificate>) => boolean): void => certificates.lister.list().filter(which).forEach(look)
    const ofIssuer = ({ metadata: { name } }: Frozen<CertificateIssuer>): void => lookAt(({ spec }) => spec.issuer === name)
    const ofSecret = ({ metadata: { namespace, name } }: Frozen<Secret>): void => lookAt(({ metadata, spec }) => metadata.namespace === namespace && spec.secretName === name)
    for (const resource of [Ingresses, Gateways, Nodes]) context.informers.for(resource as Resource)
    certificates.addHandler({ onAdd: look, onUpdate: look })
    context.informers.for(CertificateIssuers).addHandler({ onAdd: ofIssuer, onUpdate: ofIssuer, onDelete: ofIssuer })
    context.informers.for(Secrets).addHandler({ onAdd: ofSecret, onUpdate: ofSecret, onDelete: ofSecret })
    onClockJump(context, () => lookAt(() => true))
  }

  start(): void {
    this.#controller.start()
  }

  stop(): Promise<void> {
    return this.#controller.stop()
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<Again | void> {
    const { client, clock } = this.#context
    const { namespace, name } = splitKey(key)
    // Not from the cache, which may not show yet what was written last: an order that is forgotten is one too many.
    const certificate = await getIfThere(client, Certificates, namespace, name)
    if (certificate === undefined || certificate.metadata.deletionTimestamp !== undefined) return
    const secret = await getIfThere(client, Secrets, namespace, certificate.spec.secretName)
    const held = heldIn(certificate, secret)
    if (held === 'foreign') return this.#refuse(certificate, 'nothing', { reason: 'SecretTaken', message: `Secret ${certificate.spec.secretName} is there, and is not of this Certificate: nothing is written over it. Delete it, or name another in spec.secretName` })
    const due = dueOf(certificate, held, clock.now())
    if (!due.due) {
      await this.#write(certificate, held, undefined, undefined)
      return { requeueAfterMs: due.at - clock.now() }
    }
    const wild = unprovable(certificate.spec.dnsNames)
    if (wild.length > 0) return this.#refuse(certificate, held, { reason: 'WildcardName', message: `${wild.join(', ')}: CAs give such certificates only to who can write the DNS (DNS-01), which is not done here. Name the hosts one by one, or put a certificate of your own in a Secret` })
    const issuer = await getIfThere(client, CertificateIssuers, '', certificate.spec.issuer)
    if (issuer === undefined) return this.#refuse(certificate, held, { reason: 'IssuerNotFound', message: `There is no CertificateIssuer ${certificate.spec.issuer}: make it, or name another in spec.issuer` })
    if (!isReady(issuer)) {
      const why = findCondition(issuer.status?.conditions, 'Ready')
      return this.#refuse(certificate, held, { reason: 'IssuerNotReady', message: `CertificateIssuer ${issuer.metadata.name} has no account at its CA yet${why?.message === undefined ? '' : `. ${why.message}`}` })
    }
    const attempt = attemptOf(certificate.status?.attempt, purposeOf(certificate, issuer))
    const left = attempt.next === undefined ? 0 : Date.parse(attempt.next) - clock.now()
    if (left > 0) return { requeueAfterMs: left }
    try {
      return await this.#advance({ certificate, issuer, secret, held, attempt, why: { reason: due.reason, message: due.message } }, signal)
    } catch (error) {
      if (signal.aborted || !isOfCA(error)) throw error
      return await this.#fail(certificate, issuer, held, attempt, error)
    }
  }

  /** Brings an order one step on. */
  async #advance({ certificate, issuer, secret, held, attempt, why }: Work, signal: AbortSignal): Promise<Again | void> {
    const { client, clock } = this.#context
    const key = await accountKey(client, issuer.metadata.name)
    const acme = clientOf(issuer, key, signal)
    const { dnsNames } = certificate.spec
    if (attempt.order === undefined || attempt.startedAt === undefined) {
      const order = await acme.newOrder(dnsNames)
      await this.#write(certificate, held, { status: 'True', ...why }, { ...attempt, order, startedAt: timestamp(clock.now()) })
      return
    }
    // The time in which no engine ran is nobody's fault.
    const age = Math.min(clock.now() - Date.parse(attempt.startedAt), clock.monotonic() - this.#startedAt)
    if (age > ORDER_MS) throw new IssueError('TimedOut', `The CA did not come to an end in ${String(ORDER_MS / 60_000)} minutes`)
    const step = await lookAtOrder(acme, attempt.order, (token) => key.authorizationOf(token))
    switch (step.do) {
      case 'wait': return { requeueAfterMs: ASK_AGAIN_MS }
      case 'serve': {
        const known = new Map((certificate.status?.challenges ?? []).map((challenge) => [challenge.token, challenge]))
        if (step.challenges.some(({ token }) => !known.has(token))) {
          await this.#write(certificate, held, { status: 'True', ...why }, attempt, step.challenges.map((challenge) => known.get(challenge.token) ?? challenge))
          return { requeueAfterMs: SERVE_MS }
        }
        if (!step.challenges.every(({ token }) => known.get(token)?.served === true)) {
          if (age > SERVE_MS) throw new IssueError('NotServed', `The servers do not answer the CA's question on port 80. ${this.#serverTrouble() ?? 'Is any server connected?'}`)
          return { requeueAfterMs: SERVE_MS + 1_000 - age }
        }
        for (const url of step.urls.values()) await acme.accept(url)
        return { requeueAfterMs: ASK_AGAIN_MS }
      }
      case 'finalize': {
        await acme.finalize(step.url, await signingRequest(await nextKey(client, certificate), dnsNames))
        return { requeueAfterMs: ASK_AGAIN_MS / 4 }
      }
      case 'fetch': return this.#store(certificate, secret, attempt, acme, step.url)
    }
  }

  async #store(certificate: Frozen<Certificate>, secret: Frozen<Secret> | undefined, attempt: CertificateAttempt, acme: AcmeClient, url: string): Promise<void> {
    const { client, clock } = this.#context
    const chain = await acme.certificate(url)
    const key = await nextKey(client, certificate)
    const held = readChain(chain, key)
    await putCertificate(client, certificate, secret, chain, key)
    const again = dueOf({ ...certificate, metadata: { ...certificate.metadata, annotations: {} } }, held, clock.now())
    if (again.due) await this.#write(certificate, held, { status: 'False', ...TOO_OLD }, { of: attempt.of, failures: attempt.failures + 1, next: timestamp(clock.now() + waitAfter(attempt.failures + 1)) })
    else await this.#write(certificate, held, undefined, undefined, undefined, attempt)
    await dropNextKey(client, certificate)
    if (again.due) return this.#tell(certificate, 'Warning', TOO_OLD.reason, `${TOO_OLD.message}. ${again.message}`)
    this.#tell(certificate, 'Normal', 'Issued', `A certificate for ${certificate.spec.dnsNames.join(', ')} is in Secret ${certificate.spec.secretName}; it holds until ${timestamp(held.notAfter)} and is renewed from ${timestamp(renewalTime(held))} on`)
  }

  /** Nothing to try again by itself: who makes it right is heard. */
  async #refuse(certificate: Frozen<Certificate>, held: Held, explained: Explained): Promise<void> {
    const told = findCondition(certificate.status?.conditions, 'Issuing')
    if (told?.message !== explained.message) this.#tell(certificate, 'Warning', explained.reason, explained.message)
    await this.#write(certificate, held, { status: 'False', ...explained }, certificate.status?.attempt)
  }

  async #fail(certificate: Frozen<Certificate>, issuer: Frozen<CertificateIssuer>, held: Held, attempt: CertificateAttempt, error: unknown): Promise<Again> {
    const { client, clock, informers } = this.#context
    const addresses = informers.for(Nodes).lister.list().flatMap(({ status }) => ['ExternalIP', 'InternalIP'].flatMap((type) => status?.addresses?.find((a) => a.type === type)?.address ?? []).slice(0, 1)).sort()
    const explained = explain(error, { server: serverOf(issuer), email: issuer.spec.acme.email, names: certificate.spec.dnsNames, addresses })
    const { reason } = explained
    const trouble = AT_OUR_DOOR.has(reason) ? this.#serverTrouble() : undefined
    const message = trouble === undefined ? explained.message : `${explained.message}. ${trouble}`
    const failures = attempt.failures + 1
    const wait = waitAfter(failures, error instanceof AcmeError ? error.retryAfterMs : undefined)
    const next = timestamp(clock.now() + wait)
    this.#tell(certificate, 'Warning', reason, message)
    await this.#write(certificate, held, { status: 'False', reason, message: `${message}. It is tried again at ${next}` }, { of: attempt.of, failures, next })
    if (error instanceof AcmeError && error.type === 'accountDoesNotExist') {
      const { name, uid } = issuer.metadata
      await changeStatus(client, CertificateIssuers, { namespace: '', name, uid }, (copy) => {
        const { accountURL, ...rest } = copy.status ?? {}
        copy.status = rest
        return accountURL !== undefined
      })
    }
    return { requeueAfterMs: wait }
  }

  /** Who asked for it hears of it, too. */
  #tell(certificate: Frozen<Certificate>, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const { informers } = this.#context
    const owner = controllerOf(certificate)
    const asker = [Ingresses, Gateways].find(({ kind }) => kind === owner?.kind)
    const object = asker === undefined ? undefined : informers.for(asker as Resource).lister.get(certificate.metadata.namespace ?? '', owner?.name ?? '')
    for (const one of [certificate, ...(object === undefined ? [] : [object])]) this.#recorder.event(one, type, reason, message)
  }

  /** What keeps servers from answering on their ports. */
  #serverTrouble(): string | undefined {
    const told = this.#context.informers.for(Nodes).lister.list().flatMap(({ status }) => findCondition(status?.conditions, INGRESS) ?? []).filter(({ status }) => status === 'False')
    return told.length > 0 ? told.map(({ message }) => message ?? '').join(' ') : undefined
  }

  /** Writes what is so, if it is news. `issuing` undefined: there is nothing to get. `done`: the attempt that has come to its end. */
  async #write(certificate: Frozen<Certificate>, held: Held, issuing: ({ status: 'True' | 'False' } & Explained) | undefined, attempt: CertificateAttempt | undefined, challenges?: CertificateStatus['challenges'], done?: CertificateAttempt): Promise<void> {
    const { client, clock } = this.#context
    const at = timestamp(clock.now())
    await replaceStatus(client, Certificates, certificate, (copy) => {
      const before = withRead(copy.status, held, copy.spec, clock.now())
      const conditions = issuing === undefined ? withoutCondition(before.conditions, 'Issuing') : withCondition(before.conditions, { type: 'Issuing', ...issuing, lastTransitionTime: at })
      const wish = done?.of.split('/').slice(3).join('/')
      const status: CertificateStatus = { ...before, conditions, ...(wish ? { renewed: wish } : {}) }
      delete status.attempt
      delete status.challenges
      if (attempt !== undefined) status.attempt = attempt
      if (attempt?.order !== undefined && challenges !== undefined) status.challenges = challenges
      return status
    })
  }
}

type Held = HeldCertificate | 'nothing' | 'unusable'

interface Work {
  certificate: Frozen<Certificate>
  issuer: Frozen<CertificateIssuer>
  secret: Frozen<Secret> | undefined
  held: Held
  attempt: CertificateAttempt
  why: Explained
}

/** The API's own errors are retried by the workqueue; they are no failure of an order. */
function isOfCA(error: unknown): boolean {
  return !(error instanceof Error && error.name === 'StatusError')
}

function readChain(chain: string, key: string): HeldCertificate {
  let held: HeldCertificate | undefined
  try {
    held = readPair(chain, key)
  } catch {
    // Told below.
  }
  if (held === undefined) throw new IssueError('BadAnswer', 'What the CA gave is no certificate for the key that it was asked to sign')
  return held
}
