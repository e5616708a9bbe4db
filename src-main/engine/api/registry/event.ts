import type { Event } from '../../../common/kube/generated/core-v1.ts'
import { Events } from '../../../common/kube/kinds.ts'
import { age, nameColumn } from '../table/columns.ts'
import { pathSegment } from '../validation/names.ts'
import { eventVersion1 } from './event-version1.ts'
import { defineKind } from './kind.ts'

const OBJECT_FIELDS = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'] as const

/** Event: of the core group, and of events.k8s.io made of it. */
export const eventKind = defineKind<Event>({
  resource: Events,
  shortNames: ['ev'],
  nameCheck: pathSegment,
  otherVersions: [eventVersion1],
  validate(event, errors) {
    const about = event.involvedObject as Event['involvedObject'] | undefined
    if (about === undefined) errors.required('involvedObject')
    else if (about.namespace && about.namespace !== event.metadata.namespace) errors.invalid('involvedObject.namespace', about.namespace, 'does not match event.namespace')
    else if (!about.namespace && event.metadata.namespace !== 'default') errors.invalid('involvedObject.namespace', '', 'does not match event.namespace')
  },
  selectableFields: [...OBJECT_FIELDS.map((f) => `involvedObject.${f}`), 'reason', 'reportingComponent', 'source', 'type'],
  selectableField(event, field) {
    switch (field) {
      case 'reason': return event.reason ?? ''
      case 'type': return event.type ?? ''
      case 'reportingComponent': return event.reportingComponent ?? ''
      case 'source': return event.source?.component ?? event.reportingComponent ?? ''
      default: return event.involvedObject[field.slice('involvedObject.'.length) as (typeof OBJECT_FIELDS)[number]] ?? ''
    }
  },
  columns: [
    { name: 'Last Seen', type: 'string', cell: (o, now) => age(o.series?.lastObservedTime ?? o.lastTimestamp ?? o.firstTimestamp ?? o.eventTime ?? o.metadata.creationTimestamp, now) },
    { name: 'Type', type: 'string', cell: (o) => o.type ?? '' },
    { name: 'Reason', type: 'string', cell: (o) => o.reason ?? '' },
    { name: 'Object', type: 'string', cell: (o) => `${o.involvedObject.kind?.toLowerCase() ?? ''}/${o.involvedObject.name ?? ''}` },
    { name: 'Subobject', type: 'string', priority: 1, cell: (o) => o.involvedObject.fieldPath ?? '' },
    { name: 'Source', type: 'string', priority: 1, cell: (o) => [o.source?.component ?? o.reportingComponent, o.source?.host ?? o.reportingInstance].filter((s) => s).join(', ') },
    { name: 'Message', type: 'string', cell: (o) => o.message?.trim() ?? '' },
    { name: 'First Seen', type: 'string', priority: 1, cell: (o, now) => age(o.firstTimestamp ?? o.eventTime ?? o.metadata.creationTimestamp, now) },
    { name: 'Count', type: 'string', priority: 1, cell: (o) => o.series?.count ?? o.count ?? 1 },
    { ...nameColumn, priority: 1 },
  ],
})
