import { apiVersionOf, pathOf } from '../../../common/kube/resource.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { GroupVersionKind } from './definitions.ts'
import { META_V1, definitionOf } from './definitions.ts'

/** A subresource that is served: `status`, `scale`, `exec`. `kind` is what it takes and gives; group and version default to its resource's. */
export interface ServedSubresource {
  readonly name: string
  readonly kind: string
  readonly group?: string
  readonly version?: string
  readonly verbs: readonly string[]
}

/** A resource that is served, as discovery lists it. */
export interface ServedResource {
  readonly resource: Resource
  /** `create`, `get`, `list`, `patch`, `update`, `delete`, `deletecollection`, `watch`. */
  readonly verbs: readonly string[]
  readonly subresources: readonly ServedSubresource[]
  /** Another one where the kind is defined otherwise; nothing for those that are built in. */
  readonly defined?: object
}

/** The name of a kind's definition; undefined for one that has none. */
export type DefinitionName = (kind: GroupVersionKind) => string | undefined

export type Method = 'get' | 'put' | 'post' | 'patch' | 'delete'

/** A query or path parameter. */
export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path'
  readonly type: 'string' | 'integer' | 'boolean'
  readonly description: string
}

/** One thing that can be asked, in words that both OpenAPI versions are made from. */
export interface Operation {
  readonly path: string
  readonly method: Method
  /** Upstream's `x-kubernetes-action`. */
  readonly action: string
  readonly id: string
  readonly group: string
  readonly version: string
  readonly gvk: GroupVersionKind
  readonly description: string
  readonly parameters: readonly Parameter[]
  /** Media types of the body; none when there is no body. */
  readonly consumes: readonly string[]
  /** The body's and the answer's definition; undefined where it is a text or a stream. */
  readonly body: string | undefined
  readonly answer: string | undefined
}

const PATCH_TYPES = ['application/json-patch+json', 'application/merge-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml']
/** Nobody says how the lists of a custom kind are merged strategically; kubectl goes by what stands here. */
const CUSTOM_PATCH_TYPES = PATCH_TYPES.filter((type) => !type.includes('strategic'))
const ANY_TYPE = ['*/*']

function query(name: string, description: string, type: Parameter['type'] = 'string'): Parameter {
  return { name, in: 'query', type, description }
}
const PRETTY = query('pretty', "If 'true', then the output is pretty printed.")
const WRITE = [
  PRETTY, query('dryRun', 'With `All`, the request is processed without being stored.'),
  query('fieldManager', 'The name of the actor that makes this change.'),
  query('fieldValidation', 'What happens to unknown fields: `Ignore`, `Warn` or `Strict`.'),
]
const FORCE = query('force', 'Applying takes over fields that others manage.', 'boolean')
const LIST = [
  PRETTY, query('labelSelector', 'Only objects with these labels.'), query('fieldSelector', 'Only objects with these fields.'),
  query('limit', 'At most so many objects.', 'integer'), query('continue', 'Where the last list ended.'),
  query('resourceVersion', 'The version that the answer shows at least.'), query('resourceVersionMatch', 'How resourceVersion is meant.'),
  query('watch', 'Watch for changes.', 'boolean'), query('allowWatchBookmarks', 'Send bookmarks.', 'boolean'),
  query('sendInitialEvents', 'Start the watch with the present objects.', 'boolean'), query('timeoutSeconds', 'How long a list or watch may take.', 'integer'),
]
const DELETE = [
  PRETTY, query('dryRun', 'With `All`, the request is processed without being stored.'), query('gracePeriodSeconds', 'Seconds until it is ended by force.', 'integer'),
  query('propagationPolicy', 'What becomes of dependents: `Orphan`, `Background` or `Foreground`.'),
]

interface Verb {
  readonly method: Method
  readonly action: string
  readonly word: string
  readonly parameters: readonly Parameter[]
  readonly body: 'own' | 'patch' | 'delete' | 'none'
  readonly answer: 'own' | 'list' | 'status'
}
const VERBS: Record<string, Verb> = {
  list: { method: 'get', action: 'list', word: 'list', parameters: LIST, body: 'none', answer: 'list' },
  create: { method: 'post', action: 'post', word: 'create', parameters: WRITE, body: 'own', answer: 'own' },
  deletecollection: { method: 'delete', action: 'deletecollection', word: 'deleteCollection', parameters: [...DELETE, ...LIST.slice(1, 6)], body: 'delete', answer: 'status' },
  get: { method: 'get', action: 'get', word: 'read', parameters: [PRETTY], body: 'none', answer: 'own' },
  update: { method: 'put', action: 'put', word: 'replace', parameters: WRITE, body: 'own', answer: 'own' },
  patch: { method: 'patch', action: 'patch', word: 'patch', parameters: [...WRITE, FORCE], body: 'patch', answer: 'own' },
  delete: { method: 'delete', action: 'delete', word: 'delete', parameters: DELETE, body: 'delete', answer: 'status' },
}
const OF_COLLECTION = ['list', 'create', 'deletecollection']
const OF_OBJECT = ['get', 'update', 'patch', 'delete']

/** Everything that can be asked of the resources, in the order of their paths. */
export function operationsOf(resources: readonly ServedResource[], nameOf: DefinitionName = definitionOf): Operation[] {
  return resources.flatMap(({ resource, verbs, subresources, defined }) => {
    const kind: OfKind = { nameOf, patchTypes: defined === undefined ? PATCH_TYPES : CUSTOM_PATCH_TYPES }
    const scope = resource.namespaced ? '{namespace}' : ''
    const collection = decodeURIComponent(pathOf(resource, scope))
    const object = decodeURIComponent(pathOf(resource, scope, '{name}'))
    const everywhere = resource.namespaced && verbs.includes('list') ? [operation(kind, resource, resource, 'list', pathOf(resource, ''), 'ForAllNamespaces')] : []
    return [
      ...everywhere,
      ...OF_COLLECTION.filter((verb) => verbs.includes(verb)).map((verb) => operation(kind, resource, resource, verb, collection, '')),
      ...OF_OBJECT.filter((verb) => verbs.includes(verb)).map((verb) => operation(kind, resource, resource, verb, object, '')),
      ...subresources.flatMap((sub) => {
        const gvk = { group: sub.group ?? resource.group, version: sub.version ?? resource.version, kind: sub.kind }
        return ['get', 'create', 'update', 'patch', 'delete'].filter((verb) => sub.verbs.includes(verb)).map((verb) => operation(kind, resource, gvk, verb, `${object}/${sub.name}`, sub.name))
      }),
    ]
  })
}

interface OfKind {
  readonly nameOf: DefinitionName
  readonly patchTypes: readonly string[]
}

function operation({ nameOf, patchTypes }: OfKind, resource: Resource, { group, version, kind }: GroupVersionKind, name: string, path: string, suffix: string): Operation {
  const verb = VERBS[name] as Verb
  const own = nameOf({ group, version, kind })
  // exec, attach, portforward, proxy: streams, not objects.
  const connects = suffix !== '' && own === undefined && verb.answer === 'own'
  const none = connects || verb.body === 'none'
  const where = resource.namespaced && suffix !== 'ForAllNamespaces' ? 'Namespaced' : ''
  const id = verb.word + (resource.group === '' ? 'Core' : titled(resource.group.split('.')[0] ?? '')) + titled(resource.version) + where + resource.kind + (suffix === '' ? '' : titled(suffix))
  const placeholders = [...path.matchAll(/\{(\w+)\}/g)].map((m): Parameter => ({ name: m[1] ?? '', in: 'path', type: 'string', description: m[1] === 'name' ? `The name of the ${resource.kind}.` : 'The namespace.' }))
  return {
    path, id, method: verb.method, group: resource.group, version: resource.version, gvk: { group, version, kind },
    action: connects ? 'connect' : verb.action,
    description: `${connects ? 'connect to' : verb.word} ${suffix === '' || suffix === 'ForAllNamespaces' ? '' : `${suffix} of `}${apiVersionOf(resource)} ${resource.kind}`,
    parameters: [...placeholders, ...(connects ? [] : verb.parameters)],
    consumes: none ? [] : verb.body === 'patch' ? patchTypes : ANY_TYPE,
    body: none ? undefined : verb.body === 'patch' ? `${META_V1}Patch` : verb.body === 'delete' ? `${META_V1}DeleteOptions` : own,
    answer: connects ? undefined : verb.answer === 'status' ? `${META_V1}Status` : verb.answer === 'list' ? nameOf({ group, version, kind: `${kind}List` }) : own,
  }
}

function titled(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
