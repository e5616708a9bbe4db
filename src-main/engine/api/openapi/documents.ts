import { createHash } from 'node:crypto'
import { ByVersion } from './by-version.ts'
import type { CustomDefinitions } from './custom-definitions.ts'
import type { ServedResource } from './operations.ts'
import { mergeSpecs } from './merge-specs.ts'
import type { RemoteSpec } from './remote-spec.ts'
import { buildOpenApiV2, type V2Part } from './v2.ts'
import { type V2Content, V2Document } from './v2-document.ts'
import { JSON_FORM, PROTOBUF_FORM, type V2Form } from './v2-forms.ts'
import { buildOpenApiV3, documentName } from './v3.ts'

/** A document ready to be sent. */
export interface OpenApiAnswer {
  readonly contentType: string
  readonly body: Uint8Array
  /** Of the content, in quotes: for ETag and If-None-Match. */
  readonly etag: string
}

/** What other servers' documents say. */
export interface RemoteOpenApi {
  /** Another number whenever version 2 says something else. */
  readonly generation: number
  /** Where the documents of version 3 are, by `apis/example.com/v1`. */
  v3(): ReadonlyMap<string, string>
  /** Who comes first keeps the names of its definitions. */
  v2(): readonly RemoteSpec[]
}

/** What is served, as it changes. */
export interface OpenApiSource {
  /** Another number whenever something else is served. */
  readonly generation: number
  resources(): readonly ServedResource[]
  custom(version: 2 | 3): CustomDefinitions
  readonly remote?: RemoteOpenApi
}

/** The OpenAPI documents of what is served: each made when it is first asked for, and kept as bytes until something in it is served otherwise. */
export class OpenApiDocuments {
  readonly #source: OpenApiSource
  readonly #v2Parts = new ByVersion<V2Part>()
  readonly #v2Documents = new Map([JSON_FORM, PROTOBUF_FORM].map((form) => [form, new V2Document(form)]))
  readonly #v2 = new Map<V2Form, OpenApiAnswer>()
  readonly #v3Documents = new ByVersion<OpenApiAnswer | undefined>()
  #v3 = new Map<string, OpenApiAnswer | undefined>()
  #v2Generation = ''
  #v3Generation = -1

  constructor(source: OpenApiSource) {
    this.#source = source
  }

  /**
   * The answer to a GET of `/openapi/v2`, `/openapi/v3` or below it; undefined for a path that has none. `accept`: the header.
   * v2 is protobuf for who asks for it (kubectl 1.20 takes nothing else), everything else JSON.
   */
  answer(path: string, accept = ''): OpenApiAnswer | undefined {
    const [, name] = /^\/openapi\/(v[23](?:\/.+?)?)\/?$/.exec(path) ?? []
    if (name === 'v2') return this.#keep(/proto-openapi\.spec\.v2/.test(accept) ? PROTOBUF_FORM : JSON_FORM)
    if (name === undefined || !name.startsWith('v3')) return undefined
    this.#refresh()
    if (name !== 'v3') return this.#v3.get(name.slice('v3/'.length))
    return this.#index()
  }

  #keep(form: V2Form): OpenApiAnswer {
    const { remote } = this.#source
    const generation = `${String(this.#source.generation)} ${String(remote?.generation ?? 0)}`
    if (generation !== this.#v2Generation) this.#v2.clear()
    this.#v2Generation = generation
    const known = this.#v2.get(form)
    if (known !== undefined) return known
    const specs = remote?.v2() ?? []
    const built = this.#v2Documents.get(form)?.build(mergeSpecs(this.#v2Content(specs), specs))
    const answer = { contentType: form.contentType, body: built?.body ?? new Uint8Array(), etag: etagOf(built?.hash ?? '') }
    this.#v2.set(form, answer)
    return answer
  }

  /** This server's own, but for what others answer for. */
  #v2Content(specs: readonly RemoteSpec[]): V2Content {
    const custom = this.#source.custom(2)
    const parts = this.#v2Parts.of(this.#source.resources(), (resources) => buildOpenApiV2(resources, custom))
    for (const spec of specs) parts.delete(documentName(spec))
    return { paths: [...parts.values()].map(({ paths }) => paths), definitions: new Map([...parts.values()].flatMap(({ definitions }) => Object.entries(definitions))) }
  }

  #refresh(): void {
    const { generation } = this.#source
    if (generation === this.#v3Generation) return
    this.#v3Generation = generation
    const custom = this.#source.custom(3)
    this.#v3 = this.#v3Documents.of(this.#source.resources(), (resources, name) => {
      const document = buildOpenApiV3(resources, custom)[name]
      return document === undefined ? undefined : answerOf(document)
    })
  }

  #index(): OpenApiAnswer {
    const paths = Object.fromEntries([...this.#v3].flatMap(([name, answer]) => (answer === undefined ? [] : [[name, { serverRelativeURL: `/openapi/v3/${name}?hash=${answer.etag.slice(1, -1)}` }]])))
    for (const [name, serverRelativeURL] of this.#source.remote?.v3() ?? []) paths[name] = { serverRelativeURL }
    return answerOf({ paths })
  }
}

function answerOf(document: object): OpenApiAnswer {
  const body = Buffer.from(JSON.stringify(document))
  return { contentType: 'application/json', body, etag: etagOf(createHash('sha256').update(body).digest('hex')) }
}

function etagOf(hash: string): string {
  return `"${hash.slice(0, 40).toUpperCase()}"`
}
