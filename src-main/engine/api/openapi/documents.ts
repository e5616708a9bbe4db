import { createHash } from 'node:crypto'
import type { ServedResource } from './operations.ts'
import { buildOpenApiV2 } from './v2.ts'
import { encodeOpenApiV2 } from './v2-protobuf.ts'
import { buildOpenApiV3 } from './v3.ts'

/** A document ready to be sent. */
export interface OpenApiAnswer {
  readonly contentType: string
  readonly body: Uint8Array
  /** Of the content, in quotes: for ETag and If-None-Match. */
  readonly etag: string
}

// Asked for with an `@`, which no Content-Type may have: clients fail to parse it.
const PROTOBUF = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf'

/** The OpenAPI documents of what is served: each made when it is first asked for, then kept as bytes. */
export class OpenApiDocuments {
  readonly #resources: readonly ServedResource[]
  readonly #kept = new Map<string, OpenApiAnswer>()
  #v3: Map<string, OpenApiAnswer> | undefined

  constructor(resources: readonly ServedResource[]) {
    this.#resources = resources
  }

  /**
   * The answer to a GET of `/openapi/v2`, `/openapi/v3` or below it; undefined for a path that has none. `accept`: the header.
   * v2 is protobuf for who asks for it (kubectl 1.20 takes nothing else), everything else JSON.
   */
  answer(path: string, accept = ''): OpenApiAnswer | undefined {
    const [, name] = /^\/openapi\/(v[23](?:\/.+?)?)\/?$/.exec(path) ?? []
    if (name === 'v2') return this.#keep(/proto-openapi\.spec\.v2/.test(accept) ? PROTOBUF : 'application/json')
    if (name === undefined || !name.startsWith('v3')) return undefined
    this.#v3 ??= new Map(Object.entries(buildOpenApiV3(this.#resources)).map(([version, document]) => [version, answerOf('application/json', json(document))]))
    return name === 'v3' ? this.#index(this.#v3) : this.#v3.get(name.slice('v3/'.length))
  }

  #keep(contentType: string): OpenApiAnswer {
    let answer = this.#kept.get(contentType)
    if (answer === undefined) {
      const document = buildOpenApiV2(this.#resources)
      answer = answerOf(contentType, contentType === PROTOBUF ? encodeOpenApiV2(document) : json(document))
      this.#kept.set(contentType, answer)
    }
    return answer
  }

  #index(documents: ReadonlyMap<string, OpenApiAnswer>): OpenApiAnswer {
    const paths = Object.fromEntries([...documents].map(([name, { etag }]) => [name, { serverRelativeURL: `/openapi/v3/${name}?hash=${etag.slice(1, -1)}` }]))
    return answerOf('application/json', json({ paths }))
  }
}

function json(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value))
}

function answerOf(contentType: string, body: Uint8Array): OpenApiAnswer {
  return { contentType, body, etag: `"${createHash('sha256').update(body).digest('hex').slice(0, 40).toUpperCase()}"` }
}
