import { isAbsolute } from 'node:path'
import { findCondition } from '../../../common/kube/conditions.ts'
import { LogSinks } from '../../../common/kube/log-sink.ts'
import type { FileSink, FluentdSink, LogSink, LokiSink } from '../../../common/kube/log-sink.ts'
import { ageColumn, nameColumn } from '../table/columns.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { validateSelector } from '../validation/metadata.ts'
import { dnsLabel, portNumber } from '../validation/names.ts'
import { validateSecretKey, validateUrl } from '../validation/outbound.ts'
import { defineKind } from './kind.ts'

const TYPES = ['fluentd', 'loki', 'file'] as const
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/
/** Set for every line by Toque. */
const OWN_LABELS = new Set(['namespace', 'pod', 'container', 'node', 'app'])
const TAG = /^[A-Za-z0-9_.-]+$/
const LEAST_BYTES = 64 * 1024
const MOST_FILES = 100

/** LogSink: where the logs of pods are sent. */
export const logSinkKind = defineKind<LogSink>({
  resource: LogSinks,
  // Its name is a file's, and a label's value.
  nameCheck: dnsLabel,
  hasStatus: true,
  hasGeneration: true,
  defaults(sink: Partial<LogSink>) {
    // What is missing in it is told by name.
    sink.spec ??= {} as LogSink['spec']
  },
  validate({ spec }, errors) {
    errors.oneOf('spec.type', spec.type, TYPES)
    spec.namespaces?.forEach((namespace, i) => errors.check(`spec.namespaces[${String(i)}]`, namespace, dnsLabel))
    validateSelector(spec.selector, 'spec.selector', errors, false)
    for (const type of TYPES) {
      if (type === spec.type && spec[type] === undefined) errors.required(`spec.${type}`, `must be set where spec.type is ${type}`)
      if (type !== spec.type && spec[type] !== undefined) errors.forbidden(`spec.${type}`, `may only be set where spec.type is ${type}`)
    }
    if (spec.fluentd !== undefined) validateFluentd(spec.fluentd, errors)
    if (spec.loki !== undefined) validateLoki(spec.loki, errors)
    if (spec.file !== undefined) validateFile(spec.file, errors)
  },
  columns: [
    nameColumn,
    { name: 'Type', type: 'string', cell: ({ spec }) => spec.type },
    { name: 'To', type: 'string', cell: ({ spec }) => targetOf(spec) },
    { name: 'Delivering', type: 'string', cell: ({ status }) => findCondition(status?.conditions, 'Delivering')?.status ?? 'Unknown' },
    { name: 'Sent', type: 'integer', cell: ({ status }) => status?.sentLines ?? 0 },
    { name: 'Dropped', type: 'integer', cell: ({ status }) => status?.droppedLines ?? 0 },
    ageColumn,
    { name: 'Waiting', type: 'integer', priority: 1, cell: ({ status }) => status?.waitingLines ?? 0 },
    { name: 'Message', type: 'string', priority: 1, cell: ({ status }) => findCondition(status?.conditions, 'Delivering')?.message ?? '' },
  ],
})

function validateFluentd({ host, port, tag, tls, sharedKeySecret }: FluentdSink, errors: FieldErrors): void {
  // The schema does not say that it must be there.
  if (!(host as string | undefined)) errors.required('spec.fluentd.host')
  else if (/[\s/:@]/.test(host) && !/^[0-9a-fA-F:]+$/.test(host)) errors.invalid('spec.fluentd.host', host, 'must be a name or an address, without scheme and port')
  errors.check('spec.fluentd.port', port, portNumber)
  if (tag !== undefined && !TAG.test(tag)) errors.invalid('spec.fluentd.tag', tag, 'must be of letters, digits, dots, dashes and underscores')
  validateSecretKey(tls?.caSecret, 'spec.fluentd.tls.caSecret', errors)
  validateSecretKey(sharedKeySecret, 'spec.fluentd.sharedKeySecret', errors)
}

function validateLoki({ url, tenant, labels = {}, username, tokenSecret, caSecret }: LokiSink, errors: FieldErrors): void {
  validateUrl(url, 'spec.loki.url', errors)
  if (tenant !== undefined && !/^[\x21-\x7e]{1,150}$/.test(tenant)) errors.invalid('spec.loki.tenant', tenant, 'must be at most 150 letters, digits and signs, without spaces')
  for (const name of Object.keys(labels)) {
    if (!LABEL_NAME.test(name)) errors.invalid(`spec.loki.labels[${name}]`, name, 'must be of letters, digits and underscores, and not begin with a digit')
    else if (OWN_LABELS.has(name)) errors.forbidden(`spec.loki.labels[${name}]`, 'is set for every line by Toque')
  }
  if (username !== undefined && tokenSecret === undefined) errors.required('spec.loki.tokenSecret', 'must name the password where spec.loki.username is set')
  validateSecretKey(tokenSecret, 'spec.loki.tokenSecret', errors)
  validateSecretKey(caSecret, 'spec.loki.caSecret', errors)
}

function validateFile({ directory, maxBytes, maxFiles }: FileSink, errors: FieldErrors): void {
  if (!(directory as string | undefined)) errors.required('spec.file.directory')
  else if (!isAbsolute(directory) || directory.includes('\0')) errors.invalid('spec.file.directory', directory, 'must be an absolute path on the machine of the engine')
  if (maxBytes !== undefined && maxBytes < LEAST_BYTES) errors.invalid('spec.file.maxBytes', maxBytes, `must be at least ${String(LEAST_BYTES)}`)
  if (maxFiles !== undefined && (maxFiles < 1 || maxFiles > MOST_FILES)) errors.invalid('spec.file.maxFiles', maxFiles, `must be between 1 and ${String(MOST_FILES)}`)
}

function targetOf({ fluentd, loki, file }: LogSink['spec']): string {
  if (fluentd !== undefined) return `${fluentd.host}:${String(fluentd.port ?? 24224)}`
  return loki?.url ?? file?.directory ?? ''
}
