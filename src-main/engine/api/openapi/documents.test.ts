import protobuf from 'protobufjs'
import { describe, expect, test } from 'vitest'
import { Deployments, Nodes, Pods } from '../../../common/kube/kinds.ts'
import table from '../protobuf/messages.json' with { type: 'json' }
import { NO_CUSTOM } from './custom-definitions.ts'
import { DEFINITIONS, referenceOf, resolve } from './definitions.ts'
import { OpenApiDocuments } from './documents.ts'
import type { ServedResource } from './operations.ts'
import { buildOpenApiV2 } from './v2.ts'
import { buildOpenApiV3 } from './v3.ts'

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const STATUS = ['get', 'patch', 'update']
const served: ServedResource[] = [
  { resource: Nodes, verbs: VERBS, subresources: [{ name: 'status', kind: 'Node', verbs: STATUS }] },
  { resource: Pods, verbs: VERBS, subresources: [{ name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] }, { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] }] },
  { resource: Deployments, verbs: VERBS, subresources: [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: STATUS }] },
]
const source = { generation: 0, resources: () => served, custom: () => NO_CUSTOM }
const references = (value: unknown): string[] => [...JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/g)].map((m) => m[1] ?? '')

describe('v2', () => {
  const document = buildOpenApiV2(served)

  test('has the paths of what is served, and no others', () => {
    expect(Object.entries(document.paths).map(([path, item]) => `${path} ${Object.keys(item).join(',')}`)).toEqual([
      '/api/v1/nodes get,post,delete', '/api/v1/nodes/{name} get,put,patch,delete', '/api/v1/nodes/{name}/status get,put,patch',
      '/api/v1/pods get', '/api/v1/namespaces/{namespace}/pods get,post,delete', '/api/v1/namespaces/{namespace}/pods/{name} get,put,patch,delete',
      '/api/v1/namespaces/{namespace}/pods/{name}/exec get,post', '/api/v1/namespaces/{namespace}/pods/{name}/eviction post',
      '/apis/apps/v1/deployments get', '/apis/apps/v1/namespaces/{namespace}/deployments get,post,delete', '/apis/apps/v1/namespaces/{namespace}/deployments/{name} get,put,patch,delete',
      '/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale get,put,patch',
    ])
  })

  test('says what clients look for in a patch: its kind, its media types, dry run and field validation', () => {
    const patch = document.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch
    expect(patch).toMatchObject({ 'x-kubernetes-action': 'patch', 'x-kubernetes-group-version-kind': { group: 'apps', version: 'v1', kind: 'Deployment' }, operationId: 'patchAppsV1NamespacedDeployment' })
    expect(patch?.consumes).toContain('application/strategic-merge-patch+json')
    expect(patch?.parameters.map((p) => p.name)).toEqual(expect.arrayContaining(['dryRun', 'fieldManager', 'fieldValidation']))
    expect(document.paths['/api/v1/namespaces/{namespace}/pods/{name}/exec']?.post?.['x-kubernetes-action']).toBe('connect')
  })

  test('defines everything that is referred to, and nothing else', () => {
    const missing = references(document).filter((ref) => document.definitions[ref.slice('#/definitions/'.length)] === undefined)
    const named = new Set(references(document).map((ref) => ref.slice('#/definitions/'.length)))
    expect(missing).toEqual([])
    expect(Object.keys(document.definitions).filter((name) => !named.has(name))).toEqual([])
    expect(Object.keys(document.definitions).some((name) => name.includes('.batch.'))).toBe(false)
  })

  test('operation ids are unique', () => {
    const ids = Object.values(document.paths).flatMap((item) => Object.values(item).map((o) => o.operationId))
    expect(new Set(ids).size).toBe(ids.length)
  })
})

/** Every value at a path of field numbers: read from the bytes alone, so that a wrong number shows. */
function fields(bytes: Uint8Array, [number, ...rest]: number[]): Uint8Array[] {
  const reader = protobuf.Reader.create(bytes)
  const found: Uint8Array[] = []
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if ((tag & 7) !== 2) reader.skipType(tag & 7)
    else if (tag >>> 3 === number) found.push(reader.bytes())
    else reader.skipType(2)
  }
  return rest.length === 0 ? found : found.flatMap((inner) => fields(inner, rest))
}
const texts = (bytes: Uint8Array, path: number[]): string[] => fields(bytes, path).map((b) => Buffer.from(b).toString())

describe('v2 in protobuf', () => {
  const answer = new OpenApiDocuments(source).answer('/openapi/v2', 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf')
  const bytes = answer?.body ?? new Uint8Array()

  test('carries the document under the public field numbers', () => {
    const document = buildOpenApiV2(served)
    expect(texts(bytes, [1])).toEqual(['2.0'])
    expect(texts(bytes, [8, 2, 1])).toEqual(Object.keys(document.paths))
    expect(texts(bytes, [9, 1, 1])).toEqual(Object.keys(document.definitions))
    // paths > path > item > patch > parameters > parameter > non-body > query > name
    expect(texts(bytes, [8, 2, 2, 8, 8, 1, 2, 3, 4])).toContain('dryRun')
    // definitions > schema > properties > schema > items > schema > $ref
    expect(texts(bytes, [9, 1, 2, 25, 1, 2, 23, 1, 1])).toContain('#/definitions/io.k8s.api.core.v1.Container')
  })

  test('has a content type that can be parsed, and extensions as YAML', () => {
    expect(answer?.contentType).not.toContain('@')
    expect(texts(bytes, [8, 2, 2, 8, 13, 2, 2])).toContain('{"group":"apps","version":"v1","kind":"Deployment"}\n')
  })
})

describe('v3', () => {
  const documents = buildOpenApiV3(served)

  test('one document a group and version, each whole in itself', () => {
    expect(Object.keys(documents)).toEqual(['api/v1', 'apis/apps/v1'])
    for (const document of Object.values(documents)) {
      expect(references(document).filter((ref) => document.components.schemas[ref.slice('#/components/schemas/'.length)] === undefined)).toEqual([])
    }
  })

  test('a patch names its media types, its kind and its parameters', () => {
    const patch = documents['apis/apps/v1']?.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}']?.patch
    expect(Object.keys(patch?.requestBody?.content ?? {})).toContain('application/strategic-merge-patch+json')
    expect(patch?.['x-kubernetes-group-version-kind']).toEqual({ group: 'apps', version: 'v1', kind: 'Deployment' })
    expect(patch?.parameters).toEqual(expect.arrayContaining([expect.objectContaining({ name: 'fieldValidation' })]))
  })

  test('the index names each document with the hash of its content', () => {
    const all = new OpenApiDocuments(source)
    const index = JSON.parse(Buffer.from(all.answer('/openapi/v3')?.body ?? []).toString()) as { paths: Record<string, { serverRelativeURL: string }> }
    const etag = all.answer('/openapi/v3/apis/apps/v1')?.etag
    expect(index.paths['apis/apps/v1']?.serverRelativeURL).toBe(`/openapi/v3/apis/apps/v1?hash=${etag?.slice(1, -1) ?? ''}`)
    expect([all.answer('/openapi/v3/apis/none/v1'), all.answer('/openapi/v4')]).toEqual([undefined, undefined])
  })
})

test('each definition of a stable version is of the group that Kubernetes\' own .proto files have it in', () => {
  const names = Object.keys(DEFINITIONS).filter((name) => /^io\.k8s\.api\.\w+\.v\d+\./.test(name)).map((name) => name.slice('io.k8s.api.'.length))
  expect(names.filter((name) => !(name in table.messages))).toEqual([])
  expect(names.length).toBeGreaterThan(300)
})

describe('a field whose type is a definition', () => {
  const NAME = 'io.k8s.api.apps.v1.RollingUpdateDeployment'
  const OWN = /^The maximum number of pods that can be scheduled above the desired number of pods\./

  test('says what it is itself, beside the reference in v2, around it in v3', () => {
    expect(buildOpenApiV2(served).definitions[NAME]?.properties?.['maxSurge']).toEqual({ description: expect.stringMatching(OWN) as string, $ref: '#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString' })
    const schemas = buildOpenApiV3(served)['apis/apps/v1']?.components.schemas as Record<string, { properties: Record<string, object> }>
    expect(schemas[NAME]?.properties['maxSurge']).toEqual({ description: expect.stringMatching(OWN) as string, allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.util.intstr.IntOrString' }] })
    expect(schemas['io.k8s.api.apps.v1.DeploymentSpec']?.properties).toMatchObject({ selector: { description: expect.stringMatching(/^Label selector for pods\./) as string }, strategy: { description: 'The deployment strategy to use to replace existing pods with new ones.' } })
  })

  test('does so everywhere in the kinds of these groups, with the words of no other', () => {
    const silent = Object.entries(DEFINITIONS).filter(([name]) => /^io\.k8s\.api\.(core|apps|authentication|batch|autoscaling|policy|rbac|networking|storage)\.v[12]\./.test(name)).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties).filter(([, field]) => referenceOf(field) !== undefined && (field.description === undefined || field.description === resolve(field).description)).map(([field]) => `${name.slice('io.k8s.api.'.length)}.${field}`))
    // Kubernetes itself says nothing of it.
    expect(silent).toEqual(['networking.v1.IngressRule.http'])
  })
})
