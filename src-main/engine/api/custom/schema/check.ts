import { isMap, jsonCopy, setField } from '../../../../common/json.ts'
import type { CheckedBody, SchemaNode } from '../../schema.ts'
import { checkBody } from '../../openapi/check.ts'
import { DEFINITIONS, META_V1 } from '../../openapi/definitions.ts'
import { nodeOf } from '../../openapi/merge-keys.ts'
import type { JsonSchema } from './json-schema.ts'
import { prune } from './prune.ts'

const OBJECT_META = `${META_V1}ObjectMeta`

/** How server-side apply merges metadata: as that of all objects. */
export function metadataSchema(): SchemaNode | undefined {
  const schema = DEFINITIONS[OBJECT_META]
  return schema === undefined ? undefined : nodeOf(schema)
}

/** Metadata of an object inside another: what metadata does not know is left out. What it has of a wrong type stays, for validation to say. */
export function readMetadata(metadata: unknown): { value: unknown; unknown: readonly string[] } {
  if (!isMap(metadata)) return { value: metadata, unknown: [] }
  const { value, unknown, wrong } = checkBody(OBJECT_META, metadata)
  for (const { path } of wrong) {
    const [field = ''] = path.split(/[.[]/)
    setField(value, field, metadata[field])
  }
  return { value, unknown }
}

/**
 * Reads a body of a custom kind: fields that its schema does not know are left out and named. Only metadata is held to types here; those of
 * the rest are validation's, which is how upstream answers too.
 */
export function checkBySchema(body: Record<string, unknown>, schema: JsonSchema): CheckedBody {
  const wrong: CheckedBody['wrong'] = []
  const unknown: string[] = []
  const { metadata, ...rest } = body
  const read = metadata === undefined || metadata === null ? undefined : checkBody(OBJECT_META, isMap(metadata) ? metadata : {})
  if (read !== undefined) {
    wrong.push(...read.wrong.map((one) => ({ ...one, path: `metadata.${one.path}`, message: one.message.replace('Go struct field ObjectMeta.', 'Go struct field ObjectMeta.metadata.') })))
    unknown.push(...read.unknown.map((field) => `metadata.${field}`))
  }
  if (metadata !== undefined && metadata !== null && !isMap(metadata)) {
    const actual = Array.isArray(metadata) ? 'array' : typeof metadata
    wrong.push({ path: 'metadata', expected: 'v1.ObjectMeta', actual, message: `json: cannot unmarshal ${actual} into Go struct field .metadata of type v1.ObjectMeta` })
  }
  const dropped: string[] = []
  const value = prune(jsonCopy(rest), schema, readMetadata, dropped)
  return { value: { ...value, ...(read === undefined ? {} : { metadata: read.value }) }, unknown: [...unknown, ...dropped], wrong }
}
