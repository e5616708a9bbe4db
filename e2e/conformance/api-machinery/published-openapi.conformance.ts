import { expect } from 'vitest'
import type { CustomResourceDefinition, JSONSchemaProps } from '../../../src-main/common/kube/generated/apiextensions-v1.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { define, type Defined } from './custom-definitions.ts'

const FOO: JSONSchemaProps = {
  description: 'Foo CRD for Testing', type: 'object',
  properties: {
    spec: {
      type: 'object', description: 'Specification of Foo',
      properties: {
        bars: {
          description: 'List of Bars and their specs.', type: 'array',
          items: {
            type: 'object', required: ['name'],
            properties: {
              name: { description: 'Name of Bar.', type: 'string' }, age: { description: 'Age of Bar.', type: 'string' }, feeling: { description: 'Whether Bar is feeling great.', type: 'string', enum: ['Great', 'Down'] },
              bazs: { description: 'List of Bazs.', type: 'array', items: { type: 'string' } },
            },
          },
        },
      },
    },
    status: {
      description: 'Status of Foo', type: 'object',
      properties: {
        bars: {
          description: 'List of Bars and their statuses.', type: 'array',
          items: { type: 'object', properties: { name: { description: 'Name of Bar.', type: 'string' }, available: { description: 'Whether the Bar is installed.', type: 'boolean' }, quxType: { description: 'Indicates to external qux type.', pattern: 'in-tree|out-of-tree', type: 'string' } } },
        },
      },
    },
  },
}
const waldo = (description: string, root: object = {}, spec: object = {}): JSONSchemaProps => ({
  description, type: 'object', ...root,
  properties: {
    spec: { description: 'Specification of Waldo', type: 'object', ...spec, properties: { dummy: { description: 'Dummy property.', type: 'object' } } },
    status: { description: 'Status of Waldo', type: 'object', properties: { bars: { description: 'List of Bars and their statuses.', type: 'array', items: { type: 'object' } } } },
  },
})
const WALDO = waldo('Waldo CRD for Testing')
const OPEN = { 'x-kubernetes-preserve-unknown-fields': true }

interface Published {
  properties?: Record<string, unknown>
  [field: string]: unknown
}

async function publishedIn(f: Framework, { group, kind }: Defined, version: string): Promise<Published | undefined> {
  const { definitions } = await f.client.get<{ definitions: Record<string, Published> }>('/openapi/v2')
  return definitions[[...group.split('.').reverse(), version, kind].join('.')]
}

/** Waits until the version's definition is there, and is as its schema says but for what all kinds have. */
async function published(f: Framework, defined: Defined, version: string, schema?: JSONSchemaProps): Promise<void> {
  const found = await eventually(`${defined.kind} ${version} is published`, () => publishedIn(f, defined, version))
  if (schema === undefined) return
  const { properties = {}, 'x-kubernetes-group-version-kind': _gvk, ...rest } = found
  const { metadata: _metadata, apiVersion: _version, kind: _kind, ...own } = properties
  expect({ ...rest, ...(Object.keys(own).length === 0 ? {} : { properties: own }) }).toEqual(schema)
}

const notPublished = (f: Framework, defined: Defined, version: string): Promise<unknown> => eventually(`${defined.kind} ${version} is not published`, async () => (await publishedIn(f, defined, version)) === undefined)

async function setUp(f: Framework, group: string, versions: readonly string[], schema?: JSONSchemaProps, expected = schema): Promise<Defined> {
  const defined = await define(f, { group, versions: versions.map((name) => ({ name })), ...(schema === undefined ? {} : { schema }) })
  for (const version of versions) await published(f, defined, version, schema === undefined ? { type: 'object' } : expected)
  return defined
}

async function cleanUp(f: Framework, defined: Defined, ...versions: string[]): Promise<void> {
  await f.client.delete(defined.path)
  for (const version of versions) await notPublished(f, defined, version)
}

const groupOf = (f: Framework, suffix: string): string => `${f.unique('openapi')}-test-${suffix}.example.com`
const explained = (f: Framework, what: string): Promise<string> => f.kubectl(['explain', what])

/** kubectl creates it, deletes it, applies it, deletes it. */
async function createdAndApplied(f: Framework, { group, kind, plural }: Defined, rest: object): Promise<void> {
  const object = JSON.stringify({ kind, apiVersion: `${group}/v1`, metadata: { name: 'test-cr' }, ...rest })
  for (const verb of ['create', 'apply']) {
    await f.kubectl([verb, '-f', '-'], object)
    await f.kubectl(['delete', plural, 'test-cr'])
  }
}

conformance('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD with validation schema', async (f) => {
  const defined = await setUp(f, groupOf(f, 'foo'), ['v1'], FOO)
  const { group, kind, plural } = defined
  await createdAndApplied(f, defined, { spec: { bars: [{ name: 'test-bar' }] } })
  for (const [spec, why] of [
    [{ bars: [{ name: 'test-bar', feeling: 'NonExistentValue' }] }, 'Unsupported value: "NonExistentValue"'], [{ foo: true }, 'unknown field "spec.foo"'], [{ bars: [{ age: '10' }] }, 'spec.bars[0].name: Required value'],
  ] as const) for (const verb of ['create', 'apply']) await expect(f.kubectl([verb, '-f', '-'], JSON.stringify({ kind, apiVersion: `${group}/v1`, metadata: { name: 'test-foo' }, spec }))).rejects.toThrow(why)
  expect(await explained(f, plural)).toMatch(/DESCRIPTION:.*Foo CRD for Testing.*FIELDS:.*apiVersion.*<string>.*APIVersion defines.*spec.*<Object>.*Specification of Foo/s)
  expect(await explained(f, `${plural}.metadata`)).toMatch(/DESCRIPTION:.*Standard object's metadata.*FIELDS:.*creationTimestamp.*<string>.*CreationTimestamp is a timestamp/s)
  expect(await explained(f, `${plural}.spec`)).toMatch(/DESCRIPTION:.*Specification of Foo.*FIELDS:.*bars.*<\[\]Object>.*List of Bars and their specs/s)
  expect(await explained(f, `${plural}.spec.bars`)).toMatch(/bars.*<\[\]Object>.*DESCRIPTION:.*List of Bars and their specs.*FIELDS:.*bazs.*<\[\]string>.*List of Bazs.*name.*<string>.*Name of Bar/s)
  await expect(explained(f, `${plural}.spec.bars2`)).rejects.toThrow('field "bars2" does not exist')
  await cleanUp(f, defined, 'v1')
})

conformance('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD without validation schema', async (f) => {
  const defined = await setUp(f, groupOf(f, 'empty'), ['v1'])
  await createdAndApplied(f, defined, { a: { b: [{ c: 'd' }] } })
  expect(await explained(f, defined.plural)).toMatch(/DESCRIPTION:.*<empty>/s)
  await cleanUp(f, defined, 'v1')
})

conformance('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields at the schema root', async (f) => {
  const defined = await define(f, { group: groupOf(f, 'unknown-at-root'), schema: waldo('preserve-unknown-properties at root for Testing', OPEN) })
  await published(f, defined, 'v1')
  await createdAndApplied(f, defined, { a: { b: [{ c: 'd' }] } })
  expect(await explained(f, defined.plural)).toMatch(new RegExp(`KIND:.*${defined.kind}`, 's'))
  await cleanUp(f, defined, 'v1')
})

conformance('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields in an embedded object', async (f) => {
  const defined = await define(f, { group: groupOf(f, 'unknown-in-nested'), schema: waldo('preserve-unknown-properties in nested field for Testing', {}, OPEN) })
  await published(f, defined, 'v1')
  await createdAndApplied(f, defined, { spec: { a: null, b: [{ c: 'd' }] } })
  expect(await explained(f, defined.plural)).toMatch(/DESCRIPTION:.*preserve-unknown-properties in nested field for Testing/s)
  await cleanUp(f, defined, 'v1')
})

conformance('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of different groups', async (f) => {
  const foo = await setUp(f, groupOf(f, 'foo'), ['v1'], FOO)
  const other = await setUp(f, groupOf(f, 'waldo'), ['v1beta1'], WALDO)
  await published(f, other, 'v1beta1', WALDO)
  await published(f, foo, 'v1', FOO)
  await cleanUp(f, foo, 'v1')
  await cleanUp(f, other, 'v1beta1')
})

conformance('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group but different versions', async (f) => {
  const both = await setUp(f, groupOf(f, 'multi-ver'), ['v2', 'v3'], FOO)
  await cleanUp(f, both, 'v2', 'v3')
  const group = groupOf(f, 'common-group')
  const [foo, other] = [await setUp(f, group, ['v4'], FOO), await setUp(f, group, ['v5'], WALDO)]
  await published(f, other, 'v5', WALDO)
  await published(f, foo, 'v4', FOO)
  await cleanUp(f, foo, 'v4')
  await cleanUp(f, other, 'v5')
})

conformance('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group and version but different kinds', async (f) => {
  const group = groupOf(f, 'common-group')
  const [foo, other] = [await setUp(f, group, ['v6'], FOO), await setUp(f, group, ['v6'], WALDO)]
  await published(f, other, 'v6', WALDO)
  await published(f, foo, 'v6', FOO)
  await cleanUp(f, foo, 'v6')
  await cleanUp(f, other, 'v6')
})

conformance('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] updates the published spec when one version gets renamed', async (f) => {
  const defined = await setUp(f, groupOf(f, 'multi-ver'), ['v2', 'v3'], FOO)
  await f.client.patch(defined.path, 'json', [{ op: 'test', path: '/spec/versions/1/name', value: 'v3' }, { op: 'replace', path: '/spec/versions/1/name', value: 'v4' }])
  await published(f, defined, 'v4', FOO)
  await notPublished(f, defined, 'v3')
  await published(f, defined, 'v2', FOO)
  await cleanUp(f, defined, 'v2', 'v4')
})

conformance('[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] removes definition from spec when one version gets changed to not be served', async (f) => {
  const defined = await setUp(f, groupOf(f, 'multi-to-single-ver'), ['v5', 'v6alpha1'], FOO)
  const definition = await f.client.get<CustomResourceDefinition>(defined.path)
  await f.client.replace(defined.path, { ...definition, spec: { ...definition.spec, versions: definition.spec.versions.map((version, i) => ({ ...version, served: i === 0 })) } })
  await notPublished(f, defined, 'v6alpha1')
  await published(f, defined, 'v5', FOO)
  await cleanUp(f, defined, 'v5')
})
