import type { EventEntry } from '../../common/contract/index.ts'
import type { Event } from '../../common/kube/generated/core-v1.ts'
import { time } from './refs.ts'

/** An Event as the screens show it. */
export function eventEntry(event: Readonly<Event>): EventEntry {
  const about = event.involvedObject
  return {
    id: event.metadata.uid,
    // One that was seen once has the exact time.
    time: time(event.series?.lastObservedTime ?? (event.count === 1 ? event.eventTime : undefined) ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp),
    type: event.type === 'Warning' ? 'Warning' : 'Normal',
    reason: event.reason ?? '',
    message: event.message ?? '',
    about: { apiVersion: about.apiVersion ?? 'v1', kind: about.kind ?? '', namespace: about.namespace ?? '', name: about.name ?? '' },
    count: event.series?.count ?? event.count ?? 1,
  }
}
