import { canonicalJson } from '../../../common/canonical-json.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { LAST_APPLIED } from '../../../common/kube/well-known.ts'
import type { SchemaNode } from '../schema.ts'
import { MAX_ANNOTATION_BYTES } from '../validation/metadata.ts'
import { compare, fieldsOf } from './compare.ts'
import { type FieldSet, difference } from './field-set.ts'


/** The fields that kubectl's client-side apply set, and that are still as it left them. */
export function lastAppliedFields(live: KubeObject, schema: SchemaNode | undefined): FieldSet {
  try {
    const applied: unknown = JSON.parse(live.metadata.annotations?.[LAST_APPLIED] ?? '{}')
    const { touched, removed } = compare(applied, live, schema)
    return difference(difference(fieldsOf(applied, schema), touched), removed)
  } catch {
    // The annotation is anybody's to write: one that cannot be read hands nothing over.
    return {}
  }
}

/** An object whose annotation says that `config` was applied last: whoever goes back to client-side apply finds what is so. Without it where it grew too long. */
export function withLastApplied(object: Record<string, unknown>, config: Record<string, unknown>): Record<string, unknown> {
  const metadata = object['metadata'] as KubeObject['metadata']
  const { [LAST_APPLIED]: _itself, ...others } = metadata.annotations ?? {}
  const text = `${canonicalJson(withoutItself(config))}\n`
  const size = Object.entries(others).reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), LAST_APPLIED.length + Buffer.byteLength(text))
  return { ...object, metadata: { ...metadata, annotations: size > MAX_ANNOTATION_BYTES ? others : { ...others, [LAST_APPLIED]: text } } }
}

function withoutItself(config: Record<string, unknown>): Record<string, unknown> {
  const metadata = config['metadata'] as { annotations?: Record<string, string> }
  if (metadata.annotations?.[LAST_APPLIED] === undefined) return config
  const { [LAST_APPLIED]: _itself, ...annotations } = metadata.annotations
  return { ...config, metadata: { ...metadata, annotations } }
}
