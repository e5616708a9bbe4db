import type { Secret } from '../../../common/kube/generated/core-v1.ts'
import type { LogSink } from '../../../common/kube/log-sink.ts'
import type { SecretKey } from '../../../common/kube/secret-key.ts'
import type { Lister } from '../../client/informer.ts'
import { DeliveryError } from '../outbound/explain.ts'
import { secretValue } from '../outbound/secret-value.ts'
import type { LogOutput } from './entry.ts'
import { FileOutput } from './outputs/file.ts'
import { FluentdOutput } from './outputs/fluentd.ts'
import { lokiOutput } from './outputs/loki.ts'

/** The Secrets that a sink names. */
export function secretsOf({ spec: { fluentd, loki } }: Readonly<LogSink>): SecretKey[] {
  return [fluentd?.sharedKeySecret, fluentd?.tls?.caSecret, loki?.tokenSecret, loki?.caSecret].filter((ref) => ref !== undefined)
}

/** Makes a sink's output with the secrets as they are now. Throws a DeliveryError where one is not there. */
export function outputOf({ metadata: { name }, spec: { type, fluentd, loki, file } }: Readonly<LogSink>, secrets: Pick<Lister<Secret>, 'get'>): LogOutput {
  const read = (ref: SecretKey | undefined): string | undefined => (ref === undefined ? undefined : secretValue(secrets, ref))
  if (type === 'fluentd' && fluentd !== undefined) return new FluentdOutput(fluentd, filled({ sharedKey: read(fluentd.sharedKeySecret), ca: read(fluentd.tls?.caSecret) }))
  if (type === 'loki' && loki !== undefined) return lokiOutput(loki, filled({ token: read(loki.tokenSecret), ca: read(loki.caSecret) }))
  if (type === 'file' && file !== undefined) return new FileOutput(name, file)
  throw new DeliveryError('Invalid', `spec.${type} is not there`)
}

function filled<T extends object>(values: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: NonNullable<T[K]> }
}
