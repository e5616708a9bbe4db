import type { Caller } from '../rest/core.ts'
import { parseResourcePath } from '../http/path.ts'
import { flag } from '../http/query.ts'

/** What a request does, in RBAC's words. */
export interface Attributes {
  readonly caller: Caller
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; of a path that is no resource, the method in lower case. */
  readonly verb: string
  readonly resource?: ResourceAttributes
  /** The path of what is no resource. */
  readonly path?: string
}

export interface ResourceAttributes {
  /** '' for the core group. */
  readonly group: string
  /** In plural; with its subresource as `pods/log`. */
  readonly resource: string
  /** '' for what has none, and for all. */
  readonly namespace: string
  /** '' for all. */
  readonly name: string
}

const ON_ONE: Readonly<Record<string, string>> = { GET: 'get', HEAD: 'get', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }
const ON_MANY: Readonly<Record<string, string>> = { GET: 'list', HEAD: 'list', POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'deletecollection' }

/** What a request does. `url`: with its query. */
export function attributesOf(caller: Caller, method: string, url: URL): Attributes {
  const path = parseResourcePath(url.pathname)
  if (path === undefined) return { caller, verb: method.toLowerCase(), path: url.pathname }
  const { resource: { group, plural }, namespace, name, subresource } = path
  const watching = (method === 'GET' || method === 'HEAD') && flag(url.searchParams, 'watch')
  // A list of the one object of a name is about that object.
  const selected = name ?? /^metadata\.name==?([^,]+)$/.exec(url.searchParams.get('fieldSelector') ?? '')?.[1] ?? ''
  return {
    caller,
    verb: watching && subresource === undefined ? 'watch' : (name === undefined ? ON_MANY : ON_ONE)[method] ?? method.toLowerCase(),
    resource: {
      group, resource: subresource === undefined ? plural : `${plural}/${subresource}`, name: selected,
      // A namespace is inside itself: a Role in it may allow to read it.
      namespace: group === '' && plural === 'namespaces' ? name ?? '' : namespace,
    },
  }
}
