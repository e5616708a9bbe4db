import { createHash } from 'node:crypto'
import { groupBy } from '../../../common/group-by.ts'
import type { CustomDefinitions } from './custom-definitions.ts'
import type { ServedResource } from './operations.ts'
import { buildOpenApiV2 } from './v2.ts'
import { encodeOpenApiV2 } from './v2-protobuf.ts'
import { buildOpenApiV3, documentName } from './v3.ts'

/** A document ready to be sent. */
export interface OpenApiAnswer {
  readonly contentType: string
  readonly body: Uint8Array
  /** Of the content, in quotes: for ETag and If-None-Match. */
  readonly etag: string
}

// Asked for with an `@`, which no Content-Type may have: clients fail to parse it.
const PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** What is served, as it changes. */
export interface OpenApiSource {
  /** Another number whenever something else is served. */
  readonly generation: number
  resources(): readonly ServedResource[]
  custom(version: 2 | 3): CustomDefinitions
  /** Where the documents of other servers are, by name. */
  remote?(): ReadonlyMap<string, string>
}

/** The OpenAPI documents of what is served: each made when it is first asked for, and kept as bytes until something in it is served otherwise. */
export class OpenApiDocuments {
  readonly #source: OpenApiSource
  readonly #v2 = new Map<string, OpenApiAnswer>()
  #v3 = new Map<string, { readonly of: readonly ServedResource[]; readonly answer: OpenApiAnswer }>()
  #v2Generation = -1
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
    if (name === 'v2') return this.#keep(/proto-openapi\.spec\.v2/.test(accept) ? PROTOBUF : 'application/json')
    if (name === undefined || !name.startsWith('v3')) return undefined
    this.#refresh()
    if (name !== 'v3') return this.#v3.get(name.slice('v3/'.length))?.answer
    return this.#index(new Map([...this.#v3].map(([version, { answer }]) => [version, answer])))
  }

  #keep(contentType: string): OpenApiAnswer {
    const { generation } = this.#source
    if (generation !== this.#v2Generation) this.#v2.clear()
    this.#v2Generation = generation
    let answer = this.#v2.get(contentType)
    if (answer === undefined) {
      const document = buildOpenApiV2(this.#source.resources(), this.#source.custom(2))
      answer = answerOf(contentType, contentType === PROTOBUF ? encodeOpenApiV2(document) : json(document))
      this.#v2.set(contentType, answer)
    }
    return answer
  }

  /** Makes the documents anew in which something has changed, and no others: there are many, and a definition changes one. */
  #refresh(): void {
    const { generation } = this.#source
    if (generation === this.#v3Generation) return
    this.#v3Generation = generation
    const custom = this.#source.custom(3)
    const kept = this.#v3
    this.#v3 = new Map()
    for (const [name, resources] of groupBy(this.#source.resources(), ({ resource }) => documentName(resource))) {
      const known = kept.get(name)
      if (known !== undefined && isSame(known.of, resources)) {
        this.#v3.set(name, known)
        continue
      }
      const document = buildOpenApiV3(resources, custom)[name]
      if (document !== undefined) this.#v3.set(name, { of: resources, answer: answerOf('application/json', json(document)) })
    }
  }

  #index(documents: ReadonlyMap<string, OpenApiAnswer>): OpenApiAnswer {
    const paths = Object.fromEntries([...documents].map(([name, { etag }]) => [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${etag.slice(1, -1)}` }]))
    for (const [name, serverRelativeURL] of this.#source.remote?.() ?? []) paths[name] = { serverRelativeURL }
    return answerOf('application/json', json({ paths }))
  }
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function answerOf(contentType: string, body: Uint8Array): OpenApiAnswer {
  return { contentType, body, etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 40).toUpperCase()}"` }
}

function isSame(a: readonly ServedResource[], b: readonly ServedResource[]): boolean {
  return a.length === b.length && a.every(({ defined, resource }, i) => defined === b[i]?.defined && resource === b[i]?.resource)
}
