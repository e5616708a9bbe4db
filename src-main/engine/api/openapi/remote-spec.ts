import { isMap, textOf } from '../../../common/json.ts'
import type { Schema } from './definitions.ts'
import type { Method } from './operations.ts'
import { referencesIn } from './reachable.ts'
import type { V2Operation, V2Parameter, V2Part, V2Paths } from './v2.ts'

/** What another server's OpenAPI v2 document says of its group and version. */
export interface RemoteSpec extends V2Part {
  readonly group: string
  readonly version: string
}

type Json = Record<string, unknown>

const METHODS: readonly Method[] = ['get', 'put', 'post', 'patch', 'delete']
const REF = '#/definitions/'

/**
 * Reads another server's `/openapi/v2`: the paths of its group and version and the definitions that these need, in the form in which this server has its own
 * (parameters stand in the operation). What is not as OpenAPI has it is left out. Undefined for what is no such document.
 */
export function readSpec(document: unknown, group: string, version: string): RemoteSpec | undefined {
  if (!isMap(document) || !isMap(document['paths'])) return undefined
  const shared = mapIn(document, 'parameters')
  const prefix = `/apis/${group}/${version}/`
  const paths: V2Paths = Object.fromEntries(Object.entries(document['paths']).filter(([path, item]) => path.startsWith(prefix) && isMap(item)).map(([path, item]) => [path, readItem(item as Json, shared)]))
  const all = mapIn(document, 'definitions')
  const definitions = new Map<string, Schema>()
  const queue = Object.values(paths).flatMap((item) => Object.values(item).flatMap(schemasOf)).flatMap(referencesIn)
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (definitions.has(name) || !Object.hasOwn(all, name)) continue
    const schema = readSchema(all[name])
    definitions.set(name, schema)
    queue.push(...referencesIn(schema))
  }
  return { group, version, paths, definitions: Object.fromEntries(definitions) }
}

function schemasOf({ parameters, responses }: V2Operation): Schema[] {
  return [...parameters, ...Object.values(responses)].flatMap(({ schema }) => schema ?? [])
}

function readItem(item: Json, shared: Json): Partial<Record<Method, V2Operation>> {
  const forAll = readParameters(item['parameters'], shared)
  return Object.fromEntries(METHODS.flatMap((method) => (isMap(item[method]) ? [[method, readOperation(item[method], forAll, shared)]] : [])))
}

function readOperation(operation: Json, forAll: readonly V2Parameter[], shared: Json): V2Operation {
  const { description, operationId, consumes, produces, parameters, responses, ...rest } = operation
  const own = readParameters(parameters, shared)
  const isOwn = (of: V2Parameter): boolean => own.some((one) => one.name === of.name && one.in === of.in)
  return {
    ...rest as unknown as V2Operation,
    description: textOf(description), operationId: textOf(operationId), consumes: textsOf(consumes), produces: textsOf(produces),
    parameters: [...own, ...forAll.filter((one) => !isOwn(one))],
    responses: Object.fromEntries(Object.entries(isMap(responses) ? responses : {}).filter(([, answer]) => isMap(answer)).map(([code, answer]) => {
      const { description: text, schema } = answer as Json
      return [code, { description: textOf(text), ...(schema === undefined ? {} : { schema: readSchema(schema) }) }]
    })),
  }
}

function readParameters(list: unknown, shared: Json): V2Parameter[] {
  return (Array.isArray(list) ? list : []).flatMap((given: unknown) => {
    const one = isMap(given) && typeof given['$ref'] === 'string' ? shared[given['$ref'].replace('#/parameters/', '')] : given
    if (!isMap(one) || typeof one['name'] !== 'string' || !['query', 'path', 'body'].includes(String(one['in']))) return []
    return [{ ...one as unknown as V2Parameter, ...(one['schema'] === undefined ? {} : { schema: readSchema(one['schema']) }) }]
  })
}

/** A schema in which what this server reads is what it should be; the rest goes through. */
function readSchema(given: unknown): Schema {
  // `true`: anything.
  if (!isMap(given)) return {}
  const { $ref, description, type, format, required, properties, items, additionalProperties, ...rest } = given
  return {
    ...rest,
    ...(typeof $ref === 'string' && $ref.startsWith(REF) ? { $ref } : {}),
    ...(typeof description === 'string' ? { description } : {}), ...(typeof type === 'string' ? { type } : {}), ...(typeof format === 'string' ? { format } : {}),
    ...(Array.isArray(required) ? { required: textsOf(required) } : {}),
    ...(isMap(properties) ? { properties: Object.fromEntries(Object.entries(properties).map(([name, child]) => [name, readSchema(child)])) } : {}),
    ...(isMap(items) ? { items: readSchema(items) } : {}),
    ...(additionalProperties === undefined || additionalProperties === false ? {} : { additionalProperties: readSchema(additionalProperties) }),
  }
}

function mapIn(document: Json, field: string): Json {
  return isMap(document[field]) ? document[field] : {}
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
