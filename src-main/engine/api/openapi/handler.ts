import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { OpenApiHandler } from '../http/router.ts'
import { apiResourcesOf } from '../http/discovery.ts'
import type { Registry } from '../registry/registry.ts'
import { customDefinitions } from './custom-definitions.ts'
import type { OpenApiAnswer, RemoteOpenApi } from './documents.ts'
import { OpenApiDocuments } from './documents.ts'
import type { ServedResource } from './operations.ts'

/** Answers `/openapi/v2`, `/openapi/v3` and what is below it, for what the registry serves, and other servers. */
export function openApiHandler(registry: Registry, remote?: RemoteOpenApi): OpenApiHandler {
  const documents = new OpenApiDocuments({
    get generation() { return registry.generation },
    resources: () => servedResources(registry),
    ...(remote === undefined ? {} : { remote }),
    custom: (version) => customDefinitions(registry.served(), version),
  })
  const zipped = new WeakMap<OpenApiAnswer, Promise<Buffer>>()
  return async (request, response, path) => {
    const answer = documents.answer(path, request.headers.accept)
    if (answer === undefined) return false
    response.setHeader('ETag', answer.etag)
    response.setHeader('Vary', 'Accept, Accept-Encoding')
    if (request.headers['if-none-match'] === answer.etag) {
      response.writeHead(304).end()
      return true
    }
    let body: Uint8Array = answer.body
    if (/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
      // Megabytes, so in another thread; once for all who wait.
      const zipping = zipped.get(answer) ?? promisify(gzip)(answer.body)
      zipped.set(answer, zipping)
      body = await zipping
      response.setHeader('Content-Encoding', 'gzip')
    }
    response.writeHead(200, { 'Content-Type': answer.contentType, 'Content-Length': body.length })
    response.end(request.method === 'HEAD' ? undefined : body)
    return true
  }
}

/** The registry's resources with verbs and subresources, as discovery lists them. */
function servedResources(registry: Registry): ServedResource[] {
  return registry.served().map((kind): ServedResource => {
    const { resource } = kind
    const [{ verbs }, ...below] = apiResourcesOf(kind)
    const subresources = below.map((sub) => ({ ...sub, name: sub.name.slice(resource.plural.length + 1) }))
    return { resource, verbs, subresources, ...(kind.schema === undefined ? {} : { defined: kind }) }
  })
}
