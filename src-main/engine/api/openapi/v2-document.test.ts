import { describe, expect, test } from 'vitest'
import protobuf from 'protobufjs'
import type { Kind } from '../registry/kind.ts'
import type { CustomResourceDefinition } from '../../../common/kube/generated/apiextensions-v1.ts'
import { Deployments, Nodes } from '../../../common/kube/kinds.ts'
import { kindsOf } from '../custom/custom-kind.ts'
import { CRONTAB_SCHEMA, cronTabDefinition } from '../custom/testing/crontab.ts'
import type { WebhookCaller } from '../webhooks/caller.ts'
import { customDefinitions } from './custom-definitions.ts'
import type { OpenApiSource } from './documents.ts'
import { OpenApiDocuments } from './documents.ts'
import type { ServedResource } from './operations.ts'
import { buildOpenApiV2, V2_HEAD, type V2Part } from './v2.ts'
import { V2Document } from './v2-document.ts'
import { JSON_FORM, PROTOBUF_FORM, type V2Form } from './v2-forms.ts'

const PROTOBUF = 'application/com.github.proto-openapi.spec.v2@v1.0+protobuf'
const VERBS = ['create', 'get', 'list', 'patch']
const builtIn: ServedResource[] = [Nodes, Deployments].map((resource) => ({ resource, verbs: VERBS, subresources: [] }))
const kindOf = (group: string, schema: object = CRONTAB_SCHEMA): Kind => {
  const definition = cronTabDefinition({ schema: { openAPIV3Schema: schema } }, {}, group) as unknown as CustomResourceDefinition
  return kindsOf({ ...definition, status: { acceptedNames: definition.spec.names, conditions: [], storedVersions: ['v1'] } }, {} as WebhookCaller)[0] as Kind
}
const resourceOf = (defined: Kind): ServedResource => ({ resource: defined.resource, verbs: VERBS, subresources: [], defined })

/** What is served, as it changes. */
class Changing implements OpenApiSource {
  generation = 0
  kinds: Kind[] = []

  serve(...kinds: Kind[]): void {
    this.kinds = kinds
    this.generation++
  }

  resources(): ServedResource[] {
    return [...builtIn, ...this.kinds.map(resourceOf)]
  }

  custom(version: 2 | 3): ReturnType<typeof customDefinitions> {
    return customDefinitions(this.kinds, version)
  }
}

const contentOf = (parts: V2Part[]): Parameters<V2Document['build']>[0] => ({ paths: parts.map(({ paths }) => paths), definitions: new Map(parts.flatMap(({ definitions }) => Object.entries(definitions))) })

describe('/openapi/v2, put together from pieces', () => {
  test('is what it would be in one', () => {
    const source = new Changing()
    source.serve(kindOf('a.example.com'), kindOf('b.example.com'))
    const whole = buildOpenApiV2(source.resources(), source.custom(2))
    const document = JSON.parse(Buffer.from(new OpenApiDocuments(source).answer('/openapi/v2')?.body ?? []).toString()) as object
    expect(document).toEqual({ ...V2_HEAD, ...JSON.parse(JSON.stringify(whole)) as object })
    expect(Object.keys(document)).toEqual(['swagger', 'info', 'paths', 'definitions'])
    const pieces = new V2Document(PROTOBUF_FORM).build(contentOf([whole])).body
    expect(Buffer.from(new OpenApiDocuments(source).answer('/openapi/v2', PROTOBUF)?.body ?? []).equals(pieces)).toBe(true)
    const reader = protobuf.Reader.create(pieces)
    const numbers: number[] = []
    while (reader.pos < reader.len) {
      numbers.push(reader.uint32() >>> 3)
      reader.bytes()
    }
    expect(numbers).toEqual([1, 2, 8, 9])
  })

  test('encodes what has changed, and nothing else', () => {
    const encoded: string[] = []
    const counting: V2Form = {
      ...JSON_FORM,
      paths: (paths) => (encoded.push(Object.keys(paths)[0] ?? ''), JSON_FORM.paths(paths)),
      definition: (name, schema) => (encoded.push(name), JSON_FORM.definition(name, schema)),
    }
    const document = new V2Document(counting)
    const [core, apps] = builtIn.map((one) => buildOpenApiV2([one])) as [V2Part, V2Part]
    const built = (...parts: V2Part[]): string => {
      const { body, hash } = document.build(contentOf(parts))
      return `${hash} ${Buffer.from(body).toString()}`
    }
    const first = built(core)
    expect(new Set(encoded).size).toBe(encoded.length)
    encoded.length = 0
    const both = built(core, apps)
    expect(encoded).toContain('io.k8s.api.apps.v1.Deployment')
    expect(encoded.filter((name) => name in core.definitions || name.startsWith('/api/v1'))).toEqual([])
    encoded.length = 0
    expect([built(core) === first, built(core, apps) === both]).toEqual([true, true])
    expect(encoded).toEqual([])
  })

  test('has an ETag of its content: another for each change and each form, the same where all is as before', () => {
    const source = new Changing()
    const documents = new OpenApiDocuments(source)
    const etags = (): (string | undefined)[] => [documents.answer('/openapi/v2')?.etag, documents.answer('/openapi/v2', PROTOBUF)?.etag]
    const none = etags()
    const [a, b] = [kindOf('a.example.com'), kindOf('b.example.com')]
    source.serve(a)
    const one = etags()
    source.serve(a, b)
    const two = etags()
    expect(new Set([...none, ...one, ...two]).size).toBe(6)
    source.serve(kindOf('a.example.com', { ...CRONTAB_SCHEMA, description: 'Another.' }))
    expect([...none, ...one, ...two]).not.toEqual(expect.arrayContaining([etags()[0]]))
    source.serve(kindOf('a.example.com'))
    expect(etags()).toEqual(one)
    source.serve()
    expect(etags()).toEqual(none)
    expect(new OpenApiDocuments(source).answer('/openapi/v2')?.etag).toBe(none[0])
  })
})
