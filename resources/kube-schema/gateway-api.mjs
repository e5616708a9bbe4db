// Gateway API's types and definitions from the published models (@kubernetes-models/gateway-api), which are declared in TypeScript with upstream's own words.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { docOf } from './doc-comment.mjs'

const GROUP = 'gateway.networking.k8s.io'
// What is served, the version that is stored first.
const KINDS = [
  ...['GatewayClass', 'Gateway', 'HTTPRoute'].flatMap((kind) => [{ version: 'v1', kind }, { version: 'v1beta1', kind }]),
  { version: 'v1beta1', kind: 'ReferenceGrant' },
]
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.'
// Lists that are merged by a key; the models do not say so.
const LIST_KEYS = { 'GatewaySpec.listeners': ['name'], 'GatewayStatus.listeners': ['name'] }
// Whole numbers without a type of their own.
const INT32 = { type: 'integer', format: 'int32' }

/** The definitions by name, and the text of a file of interfaces. */
export function gatewayApi(root) {
  const folder = join(root, 'node_modules/@kubernetes-models/gateway-api', GROUP)
  const models = new Map()

  /** Reads one declaration file, and all that it refers to. */
  function read(file) {
    if (models.has(file)) return
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true)
    const imports = new Map()
    for (const node of source.statements.filter(ts.isImportDeclaration)) {
      for (const { name } of node.importClause?.namedBindings?.elements ?? []) imports.set(name.text, node.moduleSpecifier.text)
    }
    const node = source.statements.find((s) => ts.isInterfaceDeclaration(s) || ts.isTypeAliasDeclaration(s))
    const model = { version: dirname(file).split('/').at(-1), name: node.name.text.slice(1), node, doc: docOf(node), imports, file }
    models.set(file, model)
    for (const [name, from] of imports) if (name.startsWith('IIoK8sSigs')) read(join(dirname(file), from.replace(/\.js$/, '.d.ts')))
  }
  const fileOf = ({ version, kind }) => join(folder, version, `${kind}.d.ts`)
  for (const each of KINDS) read(fileOf(each))

  const definitionName = ({ version, name }) => `io.k8s.networking.gateway.${version}.${name}`
  const target = (model, name) => {
    const from = model.imports.get(name)
    if (from?.startsWith('@kubernetes-models/apimachinery')) return { meta: from.split('/').at(-1) }
    return { model: models.get(join(dirname(model.file), from.replace(/\.js$/, '.d.ts'))) }
  }

  /** A type as a schema, and as TypeScript. An alias is what it stands for. */
  function typeOf(node, model) {
    if (ts.isTypeReferenceNode(node)) {
      const name = node.typeName.text
      if (name === 'Array') {
        const item = typeOf(node.typeArguments[0], model)
        return { schema: { type: 'array', items: item.schema }, text: `${item.text.includes('|') ? `(${item.text})` : item.text}[]` }
      }
      const found = target(model, name)
      if (found.meta) return { schema: { $ref: `#/definitions/${META}${found.meta}` }, text: found.meta, meta: found.meta }
      if (ts.isTypeAliasDeclaration(found.model.node)) {
        const aliased = typeOf(found.model.node.type, found.model)
        return found.model.name === 'PortNumber' ? { ...aliased, schema: INT32 } : aliased
      }
      return { schema: { $ref: `#/definitions/${definitionName(found.model)}` }, text: found.model.name }
    }
    if (ts.isUnionTypeNode(node)) {
      const isNumber = node.types.every((t) => ts.isLiteralTypeNode(t) && ts.isNumericLiteral(t.literal))
      return { schema: isNumber ? INT32 : { type: 'string' }, text: node.types.map((t) => t.getText().replaceAll('"', "'")).join(' | ') }
    }
    if (ts.isLiteralTypeNode(node)) return { schema: { type: 'string' }, text: node.getText().replaceAll('"', "'") }
    if (ts.isTypeLiteralNode(node)) return { schema: { type: 'object', additionalProperties: { type: 'string' } }, text: 'Record<string, string>' }
    switch (node.kind) {
      case ts.SyntaxKind.StringKeyword: return { schema: { type: 'string' }, text: 'string' }
      case ts.SyntaxKind.NumberKeyword: return { schema: INT32, text: 'number' }
      case ts.SyntaxKind.BooleanKeyword: return { schema: { type: 'boolean' }, text: 'boolean' }
      default: throw new Error(`${model.file}: a type that the generator does not know: ${node.getText()}`)
    }
  }

  /** A model's fields with those that it inherits, each with the model that declares it. */
  function membersOf(model) {
    const parents = (model.node.heritageClauses ?? []).flatMap(({ types }) => types.map(({ expression }) => expression.text)).filter((name) => name !== 'TypeMeta')
    return [...parents.flatMap((name) => membersOf(target(model, name).model)), ...model.node.members.map((member) => ({ member, from: model }))]
  }

  const definitions = {}
  const texts = []
  const metas = new Set()
  for (const model of [...models.values()].sort((a, b) => definitionName(a).localeCompare(definitionName(b)))) {
    if (!ts.isInterfaceDeclaration(model.node)) continue
    const isKind = KINDS.some(({ version, kind }) => version === model.version && kind === model.name)
    const stored = isKind && KINDS.find(({ kind }) => kind === model.name).version === model.version
    const properties = {}
    const required = []
    const lines = []
    for (const { member, from } of membersOf(model)) {
      const key = member.name.text
      const { schema, text, meta } = typeOf(member.type, from)
      const doc = docOf(member)
      const keys = LIST_KEYS[`${model.name}.${key}`] ?? (text === 'Condition[]' ? ['type'] : undefined)
      properties[key] = { ...(doc ? { description: doc } : {}), ...schema, ...(keys ? { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys } : {}) }
      const isTypeMeta = key === 'apiVersion' || key === 'kind'
      if (!member.questionToken && !(isKind && isTypeMeta)) required.push(key)
      if (isKind && key === 'metadata') lines.push('  metadata: StoredMeta')
      else {
        if (meta || text === 'Condition[]') metas.add(meta ?? 'Condition')
        lines.push(`  ${/^\w+$/.test(key) ? key : `'${key}'`}${member.questionToken && !(isKind && key === 'spec') ? '?' : ''}: ${text}`)
      }
    }
    definitions[definitionName(model)] = {
      ...(model.doc ? { description: model.doc } : {}), type: 'object', properties, ...(required.length > 0 ? { required } : {}),
      ...(isKind ? { 'x-kubernetes-group-version-kind': [{ group: GROUP, version: model.version, kind: model.name }] } : {}),
    }
    // The other versions are the same objects.
    if (!isKind || stored) texts.push(`export interface ${model.name} {\n${lines.join('\n')}\n}\n`)
  }
  const head = `// Generated by resources/kube-schema/generate.mjs. Do not edit.\nimport type { StoredMeta } from '../object.ts'\nimport type { ${[...metas].sort().join(', ')} } from './meta-v1.ts'\n`
  return { definitions, text: `${head}\n${texts.join('\n')}` }
}
