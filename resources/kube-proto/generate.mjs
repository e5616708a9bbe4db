// Makes the table by which Kubernetes' own kinds are read and written in protobuf, so that no field number is ever typed by hand.
//
//   in:  a released kubectl (or any Go program) of the Kubernetes release that is served. In it are the published generated.proto files, compiled,
//        and the Go types, which say what those leave out: JSON names, which fields are pointers (a zero is said), what is inlined.
//        src-main/engine/api/openapi/generated/definitions.json, for groups, and to compare: every field that is explained must be carried.
//   out: src-main/engine/api/protobuf/messages.json (checked in: it changes with the release only)
//
//   npm run generate:protobuf        (with the kubectl that e2e/prepare.mjs keeps; `-- --check` only compares)
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'
import { GoBinary, KIND } from './go-binary.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const [program = join(root, '.cache/kubectl-1.32/kubectl')] = process.argv.slice(2).filter((word) => word !== '--check')
const out = join(root, 'src-main/engine/api/protobuf/messages.json')
const { version, definitions } = JSON.parse(readFileSync(join(root, 'src-main/engine/api/openapi/generated/definitions.json'), 'utf8'))

// Packages: all that is stable, what both of its versions are still asked for in, and what all stand on.
const PACKAGES = /^k8s\.io\.(api\.(?!admission\.|imagepolicy\.|apidiscovery\.)\w+\.v\d+|api\.policy\.v1beta1|metrics\.pkg\.apis\.metrics\.v1beta1|apimachinery\.pkg\.(apis\.meta\.v1|runtime|api\.resource|util\.intstr))$/
const SCALARS = { 1: 'double', 3: 'int', 4: 'int', 5: 'int', 8: 'bool', 9: 'string', 12: 'bytes', 13: 'int' }
const MESSAGE = 11
const REPEATED = 3
// Their APIs have no definition in the published package.
const GROUPS = { 'k8s.io.metrics.pkg.apis.metrics.v1beta1': 'metrics.k8s.io', 'k8s.io.api.policy.v1beta1': 'policy' }
// They have a JSON form of their own, and are read by hand (protobuf/values.ts).
const OWN_FORM = /\.(Quantity|QuantityValue|IntOrString|Time|MicroTime|Timestamp|Duration|FieldsV1|RawExtension|Unknown|TypeMeta|ExtraValue|Verbs)$/

/** The fields of one protobuf message: [number, wire type, value] (value: bytes or a number). */
function fieldsOf(bytes) {
  const reader = protobuf.Reader.create(bytes)
  const fields = []
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if ((tag & 7) === 2) fields.push([tag >>> 3, reader.bytes()])
    else if ((tag & 7) === 0) fields.push([tag >>> 3, Number(reader.int64())])
    else reader.skipType(tag & 7)
  }
  return fields
}
const all = (fields, number) => fields.filter(([n]) => n === number).map(([, value]) => value)
const one = (fields, number) => all(fields, number)[0]
const text = (bytes) => Buffer.from(bytes ?? []).toString()

/** Messages of a FileDescriptorProto, by whole name. */
function readFile(bytes, into) {
  const file = fieldsOf(bytes)
  const packageName = text(one(file, 2))
  if (!PACKAGES.test(packageName)) return
  const read = (message, prefix) => {
    const fields = fieldsOf(message)
    const name = `${prefix}.${text(one(fields, 1))}`
    const isMap = all(fields, 7).some((options) => one(fieldsOf(options), 7) === 1)
    into.set(name, {
      packageName, isMap,
      fields: all(fields, 2).map((field) => {
        const f = fieldsOf(field)
        return { name: text(one(f, 1)), number: one(f, 3), repeated: one(f, 4) === REPEATED, type: one(f, 5), message: text(one(f, 6)).replace(/^\./, '') }
      }),
    })
    for (const nested of all(fields, 3)) read(nested, name)
  }
  for (const message of all(file, 4)) read(message, packageName)
}

const go = new GoBinary(program)
const messages = new Map()
for (const file of go.protoFiles()) {
  try {
    readFile(file, messages)
  } catch {
    // Something else that is zipped.
  }
}
const structs = go.structs()

/** `k8s.io.api.core.v1.Pod` is `k8s.io/api/core/v1.Pod` to Go. */
const goName = (name) => {
  const [first, second, ...rest] = name.split('.')
  return `${first}.${second}/${rest.slice(0, -1).join('/')}.${rest.at(-1)}`
}
const shortName = (name) => name.replace(/^k8s\.io\.(api\.|apimachinery\.pkg\.(apis\.)?|metrics\.pkg\.apis\.)?/, '')

/** What Go knows of a message's fields, by their number. */
function goFields(name) {
  const struct = structs.get(goName(name))
  if (struct === undefined) return undefined
  const fields = new Map()
  for (const field of go.fieldsOf(struct)) {
    const number = Number(/protobuf:"\w+,(\d+),/.exec(field.tag)?.[1])
    const json = /json:"([^"]*)"/.exec(field.tag)?.[1] ?? ''
    const [jsonName, ...options] = json.split(',')
    if (Number.isNaN(number)) continue
    // Nothing is lost where a slice or map is empty; a pointer or a field without omitempty says its zero.
    const kind = go.kindOf(field.type)
    fields.set(number, { jsonName, inline: options.includes('inline'), keepZero: kind === KIND.pointer || (!options.includes('omitempty') && kind !== KIND.slice && kind !== KIND.map) })
  }
  return fields
}

function typeOf({ type, message }) {
  if (type !== MESSAGE) {
    if (SCALARS[type] === undefined) throw new Error(`a field of the unknown type ${type}`)
    return SCALARS[type]
  }
  return shortName(message)
}

/** One field in a few characters: `number name type`, then `*` list, `{}` map, `?` a zero is said, `^` inlined. */
function compact(field, known) {
  const entry = field.type === MESSAGE && field.repeated ? messages.get(field.message) : undefined
  const isMap = entry?.isMap === true
  const type = isMap ? typeOf(entry.fields.find((f) => f.number === 2)) : typeOf(field)
  return `${field.number} ${known.inline ? '-' : known.jsonName} ${type} ${isMap ? '{}' : field.repeated ? '*' : ''}${known.keepZero ? '?' : ''}${known.inline ? '^' : ''}`.trim()
}

const table = {}
const problems = []
for (const [name, { fields, isMap }] of messages) {
  if (isMap || OWN_FORM.test(name)) continue
  const known = goFields(name)
  if (known === undefined) {
    problems.push(`${name}: no Go type`)
    continue
  }
  const missing = fields.filter(({ number }) => !known.has(number))
  if (missing.length > 0) problems.push(`${name}: ${missing.map((f) => f.name).join(', ')} not in Go`)
  table[shortName(name)] = fields.filter(({ number }) => known.has(number)).map((field) => compact(field, known.get(field.number)))
}

// What has a kind and a version of its own, by both.
const kinds = {}
const byPackage = new Map(Object.entries(definitions).flatMap(([name, d]) => (d['x-kubernetes-group-version-kind'] ?? []).map(({ group }) => [name.split('.').slice(0, -1).join('.'), group])))
for (const [name, { packageName }] of messages) {
  const struct = structs.get(goName(name))
  if (struct === undefined || !go.fieldsOf(struct).some((f) => f.name === 'TypeMeta') || table[shortName(name)] === undefined) continue
  const group = packageName.startsWith('k8s.io.apimachinery') ? 'meta.k8s.io' : GROUPS[packageName] ?? byPackage.get(`io.k8s.${packageName.replace(/^k8s\.io\./, '')}`)
  if (group === undefined) continue
  const v = packageName.split('.').at(-1)
  kinds[`${group === '' ? '' : `${group}/`}${v}/${name.split('.').at(-1)}`] = shortName(name)
}

/** The names that a message's JSON has, with those of what is inlined. */
function jsonNames(name) {
  return (table[name] ?? []).flatMap((line) => {
    const [, json, type, flags = ''] = line.split(' ')
    return flags.includes('^') ? jsonNames(type) : [json]
  })
}
for (const [name, definition] of Object.entries(definitions)) {
  const message = name.replace(/^io\.k8s\.(api\.|apimachinery\.pkg\.(apis\.)?)/, '')
  if (table[message] === undefined) continue
  const carried = new Set([...jsonNames(message), 'apiVersion', 'kind'])
  const lost = Object.keys(definition.properties ?? {}).filter((property) => !carried.has(property))
  if (lost.length > 0) problems.push(`${message}: explained but not carried: ${lost.join(', ')}`)
}
const sorted = (object) => Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))
const lines = Object.entries(sorted(table)).map(([name, fields]) => `${JSON.stringify(name)}:${JSON.stringify(fields.join('; '))}`)
const made = `{"notice":${JSON.stringify(`Generated by resources/kube-proto/generate.mjs from the .proto files of Kubernetes ${version.split('.').slice(0, 2).join('.')}, Copyright The Kubernetes Authors, Apache License 2.0. Do not edit.`)},
"kinds":${JSON.stringify(sorted(kinds))},
"messages":{
${lines.join(',\n')}
}}
`
if (!process.argv.includes('--check')) writeFileSync(out, made)
else if (readFileSync(out, 'utf8') !== made) problems.push(`${out} is not what is made of ${program}: run it without --check`)
console.log(`kube-proto: ${Object.keys(kinds).length} kinds, ${lines.length} messages`)
if (problems.length > 0) {
  console.error(problems.join('\n'))
  process.exitCode = 1
}
