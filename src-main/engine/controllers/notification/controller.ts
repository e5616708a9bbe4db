import { timestamp } from '../../../common/clock.ts'
import { findCondition, withCondition } from '../../../common/kube/conditions.ts'
import type { ConditionLike } from '../../../common/kube/conditions.ts'
import type { Event, Secret } from '../../../common/kube/generated/core-v1.ts'
import { Events, Secrets } from '../../../common/kube/kinds.ts'
import { Notifications } from '../../../common/kube/notification.ts'
import type { Notification, NotificationStatus } from '../../../common/kube/notification.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { SecretKey } from '../../../common/kube/secret-key.ts'
import type { Lister } from '../../client/informer.ts'
import { replaceStatus } from '../../client/retry.ts'
import type { ControllerContext, Runnable } from '../context.ts'
import { DeliveryError } from '../outbound/explain.ts'
import { onSecretChange } from '../outbound/on-secret-change.ts'
import { secretValue } from '../outbound/secret-value.ts'
import { madeOf, OutboundWorkers, refusalOf } from '../outbound/workers.ts'
import type { OutboundWork } from '../outbound/workers.ts'
import { Controller } from '../workqueue/controller.ts'
import { isWanted, newsOf } from './event-news.ts'
import { NotificationWorker } from './worker.ts'
import type { NotificationAccess } from './worker.ts'

interface Running extends OutboundWork {
  worker: NotificationWorker
  notification: Frozen<Notification>
  /** The revision of the newest Event that it was given. */
  seen: number
}

/** Tells receivers of Events, as Notifications say. */
export class NotificationController implements Runnable {
  readonly name = 'notification-controller'
  readonly #context: ControllerContext
  readonly #controller: Controller
  readonly #running = new OutboundWorkers<Running>()

  constructor(context: ControllerContext) {
    this.#context = context
    this.#controller = new Controller({ name: this.name, clock: context.clock, onError: context.onError, workers: 1, reconcile: (key) => this.#reconcile(key) })
    const enqueue = (notification: Frozen<Notification>): void => this.#controller.enqueue(notification.metadata.name)
    context.informers.for(Notifications).addHandler({ onAdd: enqueue, onDelete: enqueue, onUpdate: (now, old) => now.metadata.generation === old.metadata.generation || enqueue(now) })
    onSecretChange(context.informers, Notifications, secretsOf, enqueue)
    const happened = (event: Frozen<Event>): void => { for (const running of this.#running.values()) give(running, event) }
    context.informers.for(Events).addHandler({ onAdd: happened, onUpdate: happened })
  }

  start(): void {
    this.#controller.start()
  }

  async stop(): Promise<void> {
    await this.#controller.stop()
    await this.#running.stop()
  }

  async #reconcile(name: string): Promise<void> {
    const notification = this.#context.informers.for(Notifications).lister.get('', name)
    if (notification === undefined || notification.metadata.deletionTimestamp !== undefined) return this.#running.end(name)
    await this.#report(notification, await this.#ensure(notification))
  }

  /** Makes the worker what it should be; resolves with why there is none. */
  async #ensure(notification: Frozen<Notification>): Promise<DeliveryError | undefined> {
    const { clock, informers } = this.#context
    const { metadata: { name, generation, resourceVersion }, spec, status } = notification
    const secrets = informers.for(Secrets).lister
    const made = madeOf(notification, secretsOf(notification), secrets)
    const running = this.#running.get(name)
    if (running?.made === made) return undefined
    await this.#running.end(name)
    if (spec.suspend === true) return new DeliveryError('Suspended', 'nothing is sent: spec.suspend is true')
    const before = findCondition(status?.conditions, 'Delivering')
    // It asked to be left alone; only a change of the object undoes that.
    if (before?.reason === 'Gone' && running === undefined && status?.observedGeneration === generation) return new DeliveryError('Gone', before.message ?? '')
    return refusalOf(() => {
      const access = accessOf(notification, secrets)
      const worker = new NotificationWorker({ notification, access, clock, onChange: () => this.#controller.enqueue(name) })
      // A new one is told of what happens from now on; one that was there goes on where it was.
      const next: Running = { worker, notification, made, seen: Number(status?.observedRevision ?? resourceVersion) }
      this.#running.set(name, next)
      const missed = informers.for(Events).lister.list().sort((a, b) => revisionOf(a) - revisionOf(b))
      for (const event of missed) give(next, event)
    })
  }

  async #report(notification: Frozen<Notification>, why: DeliveryError | undefined): Promise<void> {
    const { client, clock } = this.#context
    const { name, generation = 1, resourceVersion } = notification.metadata
    await replaceStatus(client, Notifications, notification, (copy) => statusOf(copy, generation, this.#running.get(name), why, resourceVersion, clock.now()))
  }
}

function give(running: Running, event: Frozen<Event>): void {
  const revision = revisionOf(event)
  if (revision <= running.seen) return
  running.seen = revision
  if (isWanted(running.notification.spec, event)) running.worker.add(newsOf(event), revision)
}

function revisionOf({ metadata: { resourceVersion } }: Frozen<Event>): number {
  return Number(resourceVersion)
}

function secretsOf({ spec: { urlSecret, signatureSecret, caSecret } }: Readonly<Notification>): SecretKey[] {
  return [urlSecret, signatureSecret, caSecret].filter((ref) => ref !== undefined)
}

/** Throws a DeliveryError where a Secret is not there, or holds no URL. */
function accessOf({ spec: { url, urlSecret, signatureSecret, caSecret } }: Readonly<Notification>, secrets: Pick<Lister<Secret>, 'get'>): NotificationAccess {
  const to = urlSecret === undefined ? url ?? '' : secretValue(secrets, urlSecret)
  if (!URL.canParse(to) || !/^https?:$/.test(new URL(to).protocol)) {
    throw new DeliveryError('Invalid', urlSecret === undefined ? 'spec.url is no URL' : `what the Secret ${urlSecret.namespace}/${urlSecret.name} has as ${urlSecret.key} is no URL that begins with https:// or http://`)
  }
  return {
    url: to, ...(signatureSecret === undefined ? {} : { signatureKey: secretValue(secrets, signatureSecret) }), ...(caSecret === undefined ? {} : { ca: secretValue(secrets, caSecret) }),
  }
}

function statusOf({ status: old }: Readonly<Notification>, observedGeneration: number, running: Running | undefined, why: DeliveryError | undefined, resourceVersion: string, now: number): NotificationStatus {
  const progress = running?.worker.progress
  const problem = why ?? progress?.problem
  const first = problem === undefined && (progress?.sent ?? 0) === 0
  const condition: ConditionLike = {
    type: 'Delivering', status: problem !== undefined ? 'False' : first ? 'Unknown' : 'True', reason: problem?.reason ?? (first ? 'NothingSentYet' : 'Delivered'),
    message: problem?.message ?? (first ? 'nothing has happened yet that is to be told' : ''), lastTransitionTime: timestamp(now),
  }
  // What still waits would be lost with this engine: the next one begins before it. What was told may be told again then, with the same X-Toque-Delivery.
  const oldest = progress?.oldestRevision
  const observedRevision = running === undefined ? old?.observedRevision ?? resourceVersion : String(oldest === undefined ? running.seen : oldest - 1)
  return {
    observedGeneration, conditions: withCondition(old?.conditions, condition), sent: progress?.sent ?? old?.sent ?? 0, failed: progress?.failed ?? old?.failed ?? 0,
    dropped: progress?.dropped ?? old?.dropped ?? 0, repeated: progress?.repeated ?? old?.repeated ?? 0, waiting: progress?.waiting ?? 0, observedRevision,
    ...(progress?.lastSentAt !== undefined ? { lastSentTime: timestamp(progress.lastSentAt) } : old?.lastSentTime === undefined ? {} : { lastSentTime: old.lastSentTime }),
  }
}
