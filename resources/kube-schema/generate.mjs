// Makes Toque's Kubernetes types and OpenAPI definitions from the published client package, so that no
// schema is ever typed by hand. Runs by itself after every `npm ci` (package.json: "prepare").
//
//   in:  node_modules/@kubernetes/client-node (its pinned version decides which Kubernetes release we speak)
//        node_modules/@kubernetes-models/gateway-api (see gateway-api.mjs)
//        node_modules/kubernetes-types, node_modules/kubernetes-models (see field-descriptions.mjs)
//        merge-keys.json (how lists merge, and which fields and types are replaced whole, which the package does not carry)
//   out: src-main/common/kube/generated/<group>-<version>.ts   TypeScript interfaces
//        src-main/engine/api/openapi/generated/definitions.json OpenAPI v2 definitions with descriptions
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fieldDescriptions } from './field-descriptions.mjs'
import { gatewayApi } from './gateway-api.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const root = join(here, '../..')
const gen = join(root, 'node_modules/@kubernetes/client-node/dist/gen')
const typesDir = join(root, 'src-main/common/kube/generated')
const definitionsDir = join(root, 'src-main/engine/api/openapi/generated')
const mergeKeys = JSON.parse(readFileSync(join(here, 'merge-keys.json'), 'utf8'))

// Shared types that several API groups reach but which belong to one.
const META = new Set(
  ('APIGroup APIGroupList APIResource APIResourceList APIVersions Condition DeleteOptions FieldSelectorRequirement ' +
    'GroupVersionForDiscovery LabelSelector LabelSelectorRequirement ListMeta ManagedFieldsEntry ObjectMeta OwnerReference ' +
    'Preconditions ServerAddressByClientCIDR Status StatusCause StatusDetails WatchEvent').split(' '),
)
const OWNER = { Scale: 'autoscaling', ScaleSpec: 'autoscaling', ScaleStatus: 'autoscaling', Eviction: 'policy',
  AuthenticationV1TokenRequest: 'authentication', TokenRequestSpec: 'authentication', TokenRequestStatus: 'authentication', BoundObjectReference: 'authentication', StorageV1TokenRequest: 'storage',
  TopologySelectorTerm: 'core', TopologySelectorLabelRequirement: 'core' }
// Strings (or maps of strings) that are quantities: "<Type>.<field>". The published package says only "string".
const QUANTITIES = new Set(
  ('ResourceRequirements.limits ResourceRequirements.requests VolumeResourceRequirements.limits ' +
    'VolumeResourceRequirements.requests NodeStatus.allocatable NodeStatus.capacity PodSpec.overhead ' +
    'LimitRangeItem._default LimitRangeItem.defaultRequest LimitRangeItem.max LimitRangeItem.min ' +
    'LimitRangeItem.maxLimitRequestRatio ResourceQuotaSpec.hard ResourceQuotaStatus.hard ResourceQuotaStatus.used ' +
    'PersistentVolumeSpec.capacity PersistentVolumeClaimStatus.capacity PersistentVolumeClaimStatus.allocatedResources ' +
    'ContainerStatus.allocatedResources EmptyDirVolumeSource.sizeLimit ResourceFieldSelector.divisor ' +
    'MetricTarget.averageValue MetricTarget.value MetricValueStatus.averageValue MetricValueStatus.value ' +
    'CSIStorageCapacity.capacity CSIStorageCapacity.maximumVolumeSize Overhead.podFixed').split(' '),
)
const QUANTITY_REF = 'io.k8s.apimachinery.pkg.api.resource.Quantity'
const INT_OR_STRING_REF = 'io.k8s.apimachinery.pkg.util.intstr.IntOrString'

/** Reads one model: its fields in order, which are required, and what is said of each. */
function readModel(name) {
  const dts = readFileSync(join(gen, 'models', `${name}.d.ts`), 'utf8')
  const js = readFileSync(join(gen, 'models', `${name}.js`), 'utf8')
  const map = js.match(/\.attributeTypeMap = (\[[\s\S]*?\n\]|\[\]);/)
  const attributes = map ? JSON.parse(map[1]) : []
  const doc = dts.match(/\/\*\*\n\*([\s\S]*?)\*\/\s*export declare class/)
  const fields = attributes.map((a) => {
    const m = dts.match(new RegExp(`(?:/\\*\\*\\n((?:(?!/\\*\\*)[\\s\\S])*?)\\*/\\n\\s*)?'${escapeRegExp(a.name)}'(\\?)?: `))
    return { key: a.baseName, name: a.name, type: a.type, format: a.format, required: m !== null && m[2] !== '?', doc: cleanDoc(m?.[1]) }
  })
  const parts = name.match(/^([A-Z][a-z]+(?=V\d))?(V\d+(?:(?:alpha|beta)\d+)?)?(.+)$/)
  return { name, prefix: parts[1], version: (parts[2] ?? 'V1').toLowerCase(), short: parts[3], doc: cleanDoc(doc?.[1]), fields }
}
function escapeRegExp(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
function cleanDoc(text) {
  if (!text) return ''
  return text.replace(/^\s*\*? ?/gm, '').replace(/\\(['"])/g, '$1').trim()
}
function referenced(type) {
  return [...type.matchAll(/\b[A-Z]\w*V?\d?\w*\b/g)].map((m) => m[0]).filter((n) => models.has(n))
}

const models = new Map()
for (const file of readdirSync(join(gen, 'models'))) {
  const name = file.match(/^(\w+)\.d\.ts$/)?.[1]
  if (!name || name === 'all' || name === 'ObjectSerializer') continue
  models.set(name, undefined)
}
for (const name of models.keys()) models.set(name, readModel(name))

// Which group does a type belong to? The API classes say which root kinds a group serves; the rest follows references.
const reachedBy = new Map([...models.keys()].map((n) => [n, new Set()]))
const groupNames = {}
for (const file of readdirSync(join(gen, 'apis'))) {
  const m = file.match(/^([A-Z]\w*?)(V\d+(?:(?:alpha|beta)\d+)?)Api\.js$/)
  if (!m) continue
  const group = m[1].replace(/([a-z])([A-Z])/g, '$1.$2').toLowerCase()
  const text = readFileSync(join(gen, 'apis', file), 'utf8')
  const path = text.match(/'\/apis\/([\w.]+)\/v\w+\//)
  groupNames[group] = path ? path[1] : ''
  const roots = [...text.matchAll(/"(\w+)"/g)].map((x) => x[1]).filter((n) => models.has(n) && models.get(n).version === m[2].toLowerCase())
  const queue = [...new Set(roots)]
  while (queue.length > 0) {
    const name = queue.pop()
    const groups = reachedBy.get(name)
    if (groups.has(group)) continue
    groups.add(group)
    for (const f of models.get(name).fields) queue.push(...referenced(f.type))
  }
}
for (const model of models.values()) {
  const groups = reachedBy.get(model.name)
  model.group =
    META.has(model.short) && model.version === 'v1' ? 'meta'
    : OWNER[model.name] ?? OWNER[model.short]
    ?? (model.prefix && Object.keys(groupNames).find((g) => g.split('.')[0] === model.prefix.toLowerCase()))
    ?? (groups.has('core') ? 'core' : [...groups].sort()[0] ?? 'meta')
  model.isKind = model.fields.some((f) => f.key === 'kind') && model.fields.some((f) => f.key === 'metadata' && f.type === 'V1ObjectMeta')
  model.isList = model.fields.some((f) => f.key === 'items') && model.fields.some((f) => f.key === 'metadata' && f.type === 'V1ListMeta')
}

const apiVersionOf = (model) => (groupNames[model.group] ? `${groupNames[model.group]}/${model.version}` : model.version)
const definitionName = (model) =>
  model.group === 'meta' ? `io.k8s.apimachinery.pkg.apis.meta.${model.version}.${model.short}`
  : model.group === 'apiextensions' ? `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.${model.version}.${model.short}`
  : model.group === 'apiregistration' ? `io.k8s.kube-aggregator.pkg.apis.apiregistration.${model.version}.${model.short}`
  : `io.k8s.api.${model.group.split('.')[0]}.${model.version}.${model.short}`

// ---- OpenAPI definitions ----
function schemaOf(type, format, isQuantity) {
  const array = type.match(/^Array<(.+)>$/)
  if (array) return { type: 'array', items: schemaOf(array[1], '', isQuantity) }
  const map = type.match(/^\{ \[key: string\]: (.+); \}$/)
  if (map) return { type: 'object', additionalProperties: schemaOf(map[1], '', isQuantity) }
  if (models.has(type)) return { $ref: `#/definitions/${definitionName(models.get(type))}` }
  if (isQuantity) return { $ref: `#/definitions/${QUANTITY_REF}` }
  if (type === 'IntOrString') return { $ref: `#/definitions/${INT_OR_STRING_REF}` }
  if (type === 'Date' || type === 'V1MicroTime') return { type: 'string', format: 'date-time' }
  if (type === 'number') return format === 'double' ? { type: 'number', format } : { type: 'integer', format: format || 'int32' }
  if (type === 'any') return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  return format ? { type, format } : { type }
}
const definitions = {
  [QUANTITY_REF]: { type: 'string', description: 'A fixed-point number with an optional suffix, such as 100m, 1.5 or 64Mi.' },
  [INT_OR_STRING_REF]: { type: 'string', format: 'int-or-string', description: 'A whole number, or a string (a name or a percentage).' },
}
const describe = fieldDescriptions(root)
// The package says what the type is, not what the field is.
const namesType = (type, schema) => schema.$ref !== undefined || type === 'V1MicroTime'
for (const model of [...models.values()].sort((a, b) => definitionName(a).localeCompare(definitionName(b)))) {
  if (model.name === 'VersionInfo') continue
  const properties = {}
  for (const f of model.fields) {
    const schema = schemaOf(f.type, f.format, QUANTITIES.has(`${model.short}.${f.name}`))
    // Inside a schema, "any" is any JSON, not only an object: a default may be a number.
    if (model.short === 'JSONSchemaProps') for (const any of [schema, schema.items, schema.additionalProperties]) if (any?.['x-kubernetes-preserve-unknown-fields']) delete any.type
    const keys = mergeKeys[`${model.short}.${f.key}`]
    const own = namesType(f.type, schema) || f.doc === '' ? describe({ ...model, apiGroup: groupNames[model.group] ?? '' }, f.key) : undefined
    const description = own ?? f.doc
    properties[f.key] = { ...(description === '' ? {} : { description }), ...schema, ...keys }
  }
  const required = model.fields.filter((f) => f.required).map((f) => f.key)
  const group = groupNames[model.group] ?? ''
  definitions[definitionName(model)] = {
    ...(model.doc ? { description: model.doc } : {}),
    type: 'object',
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
    ...(model.isKind || model.isList ? { 'x-kubernetes-group-version-kind': [{ group, version: model.version, kind: model.short }] } : {}),
    ...mergeKeys[model.short],
  }
}

// ---- TypeScript ----
const fileOf = (model) => `${model.group.replaceAll('.', '-')}-${model.version}`
function tsOf(type, file, imports) {
  const array = type.match(/^Array<(.+)>$/)
  if (array) return `${wrap(tsOf(array[1], file, imports))}[]`
  const map = type.match(/^\{ \[key: string\]: (.+); \}$/)
  if (map) return `Record<string, ${tsOf(map[1], file, imports)}>`
  const model = models.get(type)
  if (model) {
    if (fileOf(model) !== file) {
      if (!imports.has(fileOf(model))) imports.set(fileOf(model), new Set())
      imports.get(fileOf(model)).add(model.short)
    }
    return model.short
  }
  if (type === 'IntOrString') return 'number | string'
  if (type === 'Date' || type === 'V1MicroTime') return 'string'
  if (type === 'any') return 'unknown'
  return type
}
const wrap = (ts) => (ts.includes('|') ? `(${ts})` : ts)
const files = new Map()
for (const model of models.values()) {
  if (!files.has(fileOf(model))) files.set(fileOf(model), [])
  files.get(fileOf(model)).push(model)
}
rmSync(typesDir, { recursive: true, force: true })
mkdirSync(typesDir, { recursive: true })
mkdirSync(definitionsDir, { recursive: true })
for (const [file, members] of files) {
  const imports = new Map()
  const body = members.sort((a, b) => a.short.localeCompare(b.short)).map((model) => {
    const lines = model.fields.map((f) => {
      // What the store holds always has these; what a client sends may not: see Draft in ../object.ts.
      if (model.isKind && f.key === 'apiVersion') return `  apiVersion: '${apiVersionOf(model)}'`
      if (model.isKind && f.key === 'kind') return `  kind: '${model.short}'`
      if (model.isKind && f.key === 'metadata') return '  metadata: StoredMeta'
      const required = f.required || (model.isKind && f.key === 'spec')
      const key = /^\w+$/.test(f.key) ? f.key : `'${f.key}'`
      return `  ${key}${required ? '' : '?'}: ${tsOf(f.type, file, imports)}`
    })
    return `export interface ${model.short} {\n${lines.join('\n')}\n}\n`
  })
  const head = [...imports].sort().map(([from, names]) => `import type { ${[...names].sort().join(', ')} } from './${from}.ts'\n`)
  const stored = members.some((m) => m.isKind) ? "import type { StoredMeta } from '../object.ts'\n" : ''
  writeFileSync(join(typesDir, `${file}.ts`), `// Generated by resources/kube-schema/generate.mjs. Do not edit.\n${stored}${head.join('')}\n${body.join('\n')}`)
}
const gateway = gatewayApi(root)
Object.assign(definitions, gateway.definitions)
writeFileSync(join(typesDir, 'gateway-networking-v1.ts'), gateway.text)
const version = readFileSync(join(gen, 'models/V1Pod.d.ts'), 'utf8').match(/OpenAPI spec version: (?:v|release-)([\d.]+)/)[1]
writeFileSync(join(definitionsDir, 'definitions.json'), JSON.stringify({ version, definitions }))
console.log(`kube-schema: Kubernetes ${version}, ${Object.keys(definitions).length} definitions, ${files.size} type files`)
