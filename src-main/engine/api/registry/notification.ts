import { findCondition } from '../../../common/kube/conditions.ts'
import { Notifications } from '../../../common/kube/notification.ts'
import type { Notification } from '../../../common/kube/notification.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import { dnsLabel } from '../validation/names.ts'
import { validateSecretKey, validateUrl } from '../validation/outbound.ts'
import { defineKind } from './kind.ts'

const MOST_REPEAT_S = 7 * 24 * 3600
const MOST_PER_MINUTE = 600

/** Notification: who is told of Events. */
export const notificationKind = defineKind<Notification>({
  resource: Notifications,
  nameCheck: dnsLabel,
  hasStatus: true,
  hasGeneration: true,
  defaults(notification: Partial<Notification>) {
    // What is missing in it is told by name.
    notification.spec ??= {}
  },
  validate({ spec }, errors) {
    if (spec.urlSecret !== undefined && spec.url !== undefined) errors.forbidden('spec.url', 'may not be set beside spec.urlSecret')
    if (spec.urlSecret === undefined) validateUrl(spec.url, 'spec.url', errors)
    if (spec.format !== undefined) errors.oneOf('spec.format', spec.format, ['json', 'slack', 'alertmanager'])
    spec.types?.forEach((type, i) => errors.oneOf(`spec.types[${String(i)}]`, type, ['Normal', 'Warning']))
    for (const field of ['reasons', 'kinds'] as const) spec[field]?.forEach((word, i) => { if (!/^\w+$/.test(word)) errors.invalid(`spec.${field}[${String(i)}]`, word, 'must be one word, such as BackOff or Pod') })
    spec.namespaces?.forEach((namespace, i) => errors.check(`spec.namespaces[${String(i)}]`, namespace, dnsLabel))
    within(spec.repeatSeconds, 0, MOST_REPEAT_S, 'spec.repeatSeconds')
    within(spec.perMinute, 1, MOST_PER_MINUTE, 'spec.perMinute')
    for (const field of ['urlSecret', 'signatureSecret', 'caSecret'] as const) validateSecretKey(spec[field], `spec.${field}`, errors)

    function within(value: number | undefined, least: number, most: number, path: string): void {
      if (value !== undefined && (value < least || value > most)) errors.invalid(path, value, `must be between ${String(least)} and ${String(most)}`)
    }
  },
  columns: [
    nameColumn,
    { name: 'Format', type: 'string', cell: ({ spec }) => spec.format ?? 'json' },
    // Of a URL only the machine: its path may be a secret.
    { name: 'To', type: 'string', cell: ({ spec }) => (spec.url !== undefined && URL.canParse(spec.url) ? new URL(spec.url).host : '<secret>') },
    { name: 'Delivering', type: 'string', cell: ({ status }) => findCondition(status?.conditions, 'Delivering')?.status ?? 'Unknown' },
    { name: 'Sent', type: 'integer', cell: ({ status }) => status?.sent ?? 0 },
    { name: 'Failed', type: 'integer', cell: ({ status }) => status?.failed ?? 0 },
    ageColumn,
    { name: 'Waiting', type: 'integer', priority: 1, cell: ({ status }) => status?.waiting ?? 0 },
    { name: 'Message', type: 'string', priority: 1, cell: ({ status }) => findCondition(status?.conditions, 'Delivering')?.message ?? '' },
  ],
})
