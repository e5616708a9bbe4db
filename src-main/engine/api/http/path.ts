import type { IncomingMessage } from 'node:http'
import { badRequest } from '../../../common/errors.ts'
import type { ResourceName } from '../api.ts'

/** What a URL path of the API names. */
export interface ResourcePath {
  resource: ResourceName
  /** '' for cluster-scoped objects and for all namespaces. */
  namespace: string
  /** Undefined for a collection. */
  name: string | undefined
  subresource: string | undefined
  /** Of the subresource `proxy`: the path behind it as it was sent, '' or from its slash on. */
  rest?: string
}

const PROXY = /^(\/api\/v1\/(?:namespaces\/[^/]+\/(?:pods|services)|nodes)\/[^/]+\/proxy)(\/.*)?$/

/** What a request asks for, its host aside. BadRequest for a target that is no URL. */
export function urlOf({ url: target = '/' }: IncomingMessage): URL {
  const text = target.startsWith('/') ? `https://localhost${target}` : target
  if (!URL.canParse(text)) throw badRequest('the target of the request is not a path')
  return new URL(text)
}

/** Takes the path of a resource apart, or returns undefined: `/api/v1/namespaces/default/pods/web/log`. */
export function parseResourcePath(pathname: string): ResourcePath | undefined {
  const [, own, rest = ''] = PROXY.exec(pathname) ?? []
  const path = parseParts(own ?? pathname)
  return own === undefined || path === undefined ? path : { ...path, rest }
}

function parseParts(pathname: string): ResourcePath | undefined {
  const parts = decode(pathname)
  if (parts === undefined) return undefined
  const [root, ...rest] = parts
  let group = ''
  if (root === 'apis') group = rest.shift() ?? ''
  else if (root !== 'api') return undefined
  const version = rest.shift()
  if (version === undefined || rest.length === 0 || (root === 'apis' && group === '')) return undefined

  let namespace = ''
  // `namespaces/x` is an object, and so are its two subresources; anything longer is inside the namespace.
  const inside = rest[0] === 'namespaces' && rest.length >= 3 && !(rest.length === 3 && (rest[2] === 'status' || rest[2] === 'finalize'))
  if (inside) {
    namespace = rest[1] ?? ''
    rest.splice(0, 2)
  }
  const [plural = '', name, ...sub] = rest
  if (sub.length > 1) return undefined
  return { resource: { group, version, plural }, namespace, name, subresource: sub[0] }
}

function decode(pathname: string): string[] | undefined {
  const parts = pathname.split('/').slice(1)
  if (parts.at(-1) === '') parts.pop()
  if (parts.length === 0 || parts.includes('')) return undefined
  try {
    return parts.map(decodeURIComponent)
  } catch {
    return undefined
  }
}
