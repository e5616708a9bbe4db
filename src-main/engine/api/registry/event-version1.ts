import type { Event as CoreEvent } from '../../../common/kube/generated/core-v1.ts'
import type { Event } from '../../../common/kube/generated/events-v1.ts'
import { EventsV1 } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { qualifiedName } from '../validation/names.ts'
import type { OtherVersion } from './kind.ts'

const LONGEST = 128
const LONGEST_NOTE = 1024
const ABOUT = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']

/** What events.k8s.io calls a field, and what the core group calls it. */
const NAMES = {
  regarding: 'involvedObject', note: 'message', reportingController: 'reportingComponent', deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp', deprecatedLastTimestamp: 'lastTimestamp', deprecatedCount: 'count',
} as const satisfies Partial<Record<keyof Event, keyof CoreEvent>>

/** events.k8s.io/v1, made of the core group's Events. */
export const eventVersion1: OtherVersion = {
  resource: EventsV1 as Resource,
  fromStored: (object) => renamed(object, 'events.k8s.io/v1', Object.entries(NAMES).map(([now, was]) => [was, now])),
  toStored: (object) => renamed(object, 'v1', Object.entries(NAMES)),
  fieldLabels: {
    ...Object.fromEntries(ABOUT.map((field) => [`regarding.${field}`, `involvedObject.${field}`])),
    reason: 'reason', reportingController: 'reportingComponent', type: 'type',
  },
  validateCreate: (object, errors) => validateNew(object as Readonly<Event>, errors),
}

function renamed({ metadata, ...object }: Readonly<KubeObject>, apiVersion: string, names: readonly (readonly [string, string])[]): KubeObject {
  const to = new Map(names)
  return { ...Object.fromEntries(Object.entries(object).map(([name, value]) => [to.get(name) ?? name, value])), apiVersion, kind: 'Event', metadata }
}

/** What may be left out in the core group may not here. */
function validateNew(event: Readonly<Event>, errors: FieldErrors): void {
  const { reportingController: controller = '', reportingInstance: instance = '', action = '', reason = '', note = '', type = '', series, deprecatedSource: source } = event
  if (!(event.eventTime as string | undefined)) errors.required('eventTime')
  if (controller === '') errors.required('reportingController')
  else errors.check('reportingController', controller, qualifiedName)
  for (const [field, value] of [['reportingInstance', instance], ['action', action], ['reason', reason]] as const) {
    if (value === '') errors.required(field)
    else if (Buffer.byteLength(value) > LONGEST) errors.invalid(field, '', `can have at most ${String(LONGEST)} characters`)
  }
  if (Buffer.byteLength(note) > LONGEST_NOTE) errors.invalid('message', '', `can have at most ${String(LONGEST_NOTE)} characters`)
  if (type !== 'Normal' && type !== 'Warning') errors.invalid('type', '', `has invalid value: ${type}`)
  for (const field of ['deprecatedFirstTimestamp', 'deprecatedLastTimestamp', 'deprecatedCount'] as const) {
    if (event[field]) errors.invalid(NAMES[field], event[field], 'needs to be unset')
  }
  if (source?.component || source?.host) errors.invalid('source', source, 'needs to be unset')
  if (series === undefined) return
  if (series.count < 2) errors.invalid('series.count', series.count, 'should be at least 2')
  if (!(series.lastObservedTime as string | undefined)) errors.required('series.lastObservedTime')
}
