import type { Event } from '../../../common/kube/generated/core-v1.ts'
import type { NotificationSpec } from '../../../common/kube/notification.ts'

/** What a notification tells of an Event. */
export interface News {
  /** Another one for each time that it happened: whoever gets it twice can tell. */
  readonly id: string
  readonly type: string
  readonly reason: string
  readonly message: string
  /** How often it has happened so far. */
  readonly count: number
  /** RFC 3339. */
  readonly firstTime: string
  readonly lastTime: string
  /** The part of the cluster that said so. */
  readonly source: string
  readonly object: { readonly apiVersion: string; readonly kind: string; readonly namespace: string; readonly name: string; readonly uid: string }
}

/** Is the Event one that is to be told? */
export function isWanted({ types = ['Warning'], reasons = [], kinds = [], namespaces = [] }: NotificationSpec, { type = '', reason = '', involvedObject }: Readonly<Event>): boolean {
  const meets = (wanted: readonly string[], is: string): boolean => wanted.length === 0 || wanted.includes(is)
  return meets(types, type) && meets(reasons, reason) && meets(kinds, involvedObject.kind ?? '') && meets(namespaces, involvedObject.namespace ?? '')
}

/** An Event as news. */
export function newsOf({ metadata, type = 'Normal', reason = '', message = '', count, series, firstTimestamp, lastTimestamp, eventTime, source, reportingComponent, involvedObject }: Readonly<Event>): News {
  const times = series?.count ?? count ?? 1
  const last = series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp
  const { apiVersion = '', kind = '', namespace = '', name = '', uid = '' } = involvedObject
  return {
    id: `${metadata.uid}.${String(times)}`, type, reason, message, count: times, firstTime: firstTimestamp ?? eventTime ?? last, lastTime: last,
    source: source?.component ?? reportingComponent ?? '', object: { apiVersion, kind, namespace, name, uid },
  }
}

/** The same for all that say the same of the same object. */
export function topicOf({ type, reason, object: { kind, namespace, name, uid } }: News): string {
  return [uid || `${kind}/${namespace}/${name}`, type, reason].join('\0')
}
