import { expect } from 'vitest'
import type { JSONSchemaProps } from '../../../src-main/common/kube/generated/apiextensions-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { WEB } from '../framework/pods.ts'
import { define, type Defined } from './custom-definitions.ts'

const TEMPLATE = `"template": { "metadata": { "labels": { "app": "nginx" } }, "spec": { "containers": [{ "name": "nginx", "image": "${WEB}" }] } }`
const deploymentText = (metadata: string, spec: string): string =>
  `{ "apiVersion": "apps/v1", "kind": "Deployment", "metadata": { "name": "my-dep", ${metadata} "labels": {"app": "nginx"} }, "spec": { ${spec} "selector": { "matchLabels": { "app": "nginx" } }, ${TEMPLATE} } }`

async function refusal(f: Framework, metadata: string, spec: string): Promise<string> {
  const { code, body: { message } } = await f.client.ask<{ message: string }>('POST', f.group('apps/v1', 'deployments'), { query: { fieldManager: 'field_validation_mgr', fieldValidation: 'Strict' }, body: deploymentText(metadata, spec) })
  expect(code).toBe(400)
  return message
}

conformance('[sig-api-machinery] FieldValidation should detect unknown and duplicate fields of a typed object', async (f) => {
  expect(await refusal(f, '', '"unknownField": "foo", "replicas": 2, "replicas": 3,')).toContain('strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"')
})

conformance('[sig-api-machinery] FieldValidation should detect unknown metadata fields of a typed object', async (f) => {
  expect(await refusal(f, '"unknownMeta": "foo",', '')).toContain('strict decoding error: unknown field "metadata.unknownMeta"')
})

const PORT: JSONSchemaProps = {
  type: 'object', required: ['containerPort', 'protocol'],
  properties: { containerPort: { type: 'integer', format: 'int32' }, hostIP: { type: 'string' }, hostPort: { type: 'integer', format: 'int32' }, name: { type: 'string' }, protocol: { type: 'string' } },
}
const SPEC: Record<string, JSONSchemaProps> = {
  foo: { type: 'string' }, cronSpec: { type: 'string', pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$' },
  ports: { 'type': 'array', 'x-kubernetes-list-map-keys': ['containerPort', 'protocol'], 'x-kubernetes-list-type': 'map', 'items': PORT },
}
const schemaOf = (spec: JSONSchemaProps = {}, more: Record<string, JSONSchemaProps> = {}): JSONSchemaProps => ({ type: 'object', properties: { spec: { type: 'object', ...spec, properties: { ...SPEC, ...more } } } })

/** Applies an object of the kind, strictly; what was answered, as text. `lines`: in its metadata, at its root, in its spec. */
async function applied(f: Framework, { group, kind, objects }: Defined, lines: { metadata?: string; root?: string; spec: readonly string[] }): Promise<{ code: number; text: string }> {
  const text = ['', `apiVersion: ${group}/v1beta1`, `kind: ${kind}`, 'metadata:', '  name: mytest', ...(lines.metadata === undefined ? [] : [`  ${lines.metadata}`]), '  finalizers:', '  - test-finalizer', ...(lines.root === undefined ? [] : [lines.root]), 'spec:',
    ...lines.spec.map((line) => `  ${line}`), '  cronSpec: "* * * * */5"', '  ports:', '  - name: x', '    containerPort: 80', '    protocol: TCP'].join('\n')
  const path = objects('v1beta1', 'mytest')
  f.after(() => f.client.patch(path, 'merge', { metadata: { finalizers: null } }))
  const { code, body } = await f.client.ask<unknown>('PATCH', path, { query: { fieldManager: 'field_validation_mgr', fieldValidation: 'Strict' }, body: text, headers: { 'content-type': 'application/apply-patch+yaml' } })
  return { code, text: JSON.stringify(body) }
}

const kindWith = (f: Framework, schema?: JSONSchemaProps): Promise<Defined> =>
  define(f, { scope: 'Cluster', versions: [{ name: 'v1beta1' }, { name: 'v1beta2' }], ...(schema === undefined ? {} : { schema }) })

conformance('[sig-api-machinery] FieldValidation should create/apply a valid CR for CRD with validation schema', async (f) => {
  expect((await applied(f, await kindWith(f, schemaOf()), { spec: ['foo: foo1'] })).code).toBe(201)
})

conformance('[sig-api-machinery] FieldValidation should create/apply a CR with unknown fields for CRD with no validation schema', async (f) => {
  expect((await applied(f, await kindWith(f), { spec: ['unknown: uk1'] })).code).toBe(201)
})

conformance('[sig-api-machinery] FieldValidation should create/apply an invalid CR with extra properties for CRD with validation schema', async (f) => {
  expect((await applied(f, await kindWith(f, schemaOf()), { root: 'unknownField: unknown', spec: ['foo: foo1'] })).text).toContain('.unknownField: field not declared in schema')
})

conformance('[sig-api-machinery] FieldValidation should detect unknown metadata fields in both the root and embedded object of a CR', async (f) => {
  const template: JSONSchemaProps = { 'type': 'object', 'x-kubernetes-embedded-resource': true, 'properties': { metadata: { type: 'object', properties: { name: { type: 'string' } } }, spec: { type: 'object' } } }
  const kind = await kindWith(f, schemaOf({ 'x-kubernetes-preserve-unknown-fields': true }, { template }))
  const spec = ['template:', '  apiversion: foo/v1', '  kind: Sub', '  metadata:', '    unknownSubMeta: unknown', '    name: subobject', `    namespace: ${f.namespace}`, 'foo: foo1']
  const { text } = await applied(f, kind, { metadata: 'unknownMeta: unknown', spec })
  expect(text).toMatch(/\.spec\.template\.metadata\.unknownSubMeta: field not declared in schema|\.metadata\.unknownMeta: field not declared in schema/)
})

conformance('[sig-api-machinery] FieldValidation should detect duplicates in a CR when preserving unknown fields', async (f) => {
  const kind = await kindWith(f, schemaOf({ 'x-kubernetes-preserve-unknown-fields': true }))
  expect((await applied(f, kind, { spec: ['unknown: uk1', 'foo: foo1', 'foo: foo2'] })).text).toContain('line 11: key \\"foo\\" already set in map')
})
