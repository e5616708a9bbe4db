import type { KindRef, ObjectRef } from '../../src-main/common/contract/index.ts'

/** Where in the screens someone is. `tab` is '' for a page's first tab; `about`: whom what is made of a template is for. */
export type Route =
  | { page: 'overview' | 'apps' | 'pods' | 'volumes' | 'nodes' | 'deploy' | 'files' | 'swarm' | 'doctor' | 'which' }
  | { page: 'resources'; kind?: KindRef }
  | { page: 'editor'; ref?: ObjectRef; template?: string; about?: ObjectRef }
  | { page: 'jobs' | 'stacks'; tab: string }
  | { page: 'stack'; name: string }
  | { page: 'app' | 'pod' | 'volume' | 'node' | 'job' | 'cronjob' | 'resource'; ref: ObjectRef; tab: string }
  | { page: 'lost'; path: string }

const LISTS = ['overview', 'apps', 'pods', 'volumes', 'nodes', 'deploy', 'files', 'swarm', 'doctor', 'which'] as const
const OBJECTS = { app: 'app', pod: 'pod', volume: 'volume', node: 'node', job: 'job', cronjob: 'cronjob', resource: 'resource' } as const
/** Kinds that are always an app of their own. A ReplicaSet is one only without a Deployment: its lists link to the app's page, all else to the object's. */
const APPS = ['Deployment', 'StatefulSet', 'DaemonSet']

function encodeRef(ref: ObjectRef): string {
  return [ref.apiVersion, ref.kind, ref.namespace, ref.name].map((part) => encodeURIComponent(part === '' ? '~' : part)).join('/')
}

function decodeRef(parts: string[]): ObjectRef | undefined {
  const [apiVersion, kind, namespace, name] = parts.map((part) => {
    const text = decodeURIComponent(part)
    return text === '~' ? '' : text
  })
  if (apiVersion === undefined || kind === undefined || namespace === undefined || name === undefined || name === '') return undefined
  return { apiVersion, kind, namespace, name }
}

/** The part of the address after `#`. */
export function pathOf(route: Route): string {
  switch (route.page) {
    case 'app': case 'pod': case 'volume': case 'node': case 'job': case 'cronjob': case 'resource':
      return `/${route.page}/${encodeRef(route.ref)}${route.tab === '' ? '' : `/${route.tab}`}`
    case 'resources':
      return route.kind === undefined ? '/resources' : `/resources/${encodeURIComponent(route.kind.apiVersion)}/${encodeURIComponent(route.kind.kind)}`
    case 'jobs': case 'stacks':
      return route.tab === '' ? `/${route.page}` : `/${route.page}/${route.tab}`
    case 'stack':
      return `/stack/${encodeURIComponent(route.name === '' ? '~' : route.name)}`
    case 'editor':
      if (route.template !== undefined) return `/editor/new/${encodeURIComponent(route.template)}${route.about === undefined ? '' : `/${encodeRef(route.about)}`}`
      return route.ref === undefined ? '/editor' : `/editor/${encodeRef(route.ref)}`
    case 'lost':
      return route.path
    default:
      return `/${route.page}`
  }
}

/** The route that a hash stands for; an empty one is the overview, an unknown one `lost`. */
export function parsePath(hash: string): Route {
  const path = hash.replace(/^#/, '')
  const [page = '', ...rest] = path.split('/').filter((part) => part !== '')
  try {
    if (page === '') return { page: 'overview' }
    const list = LISTS.find((name) => name === page)
    if (list !== undefined && rest.length === 0) return { page: list }
    if (page === 'resources') {
      const [apiVersion, kind] = rest.map(decodeURIComponent)
      return apiVersion === undefined || kind === undefined ? { page } : { page, kind: { apiVersion, kind } }
    }
    if ((page === 'jobs' || page === 'stacks') && rest.length <= 1) return { page, tab: rest[0] ?? '' }
    if (page === 'stack' && rest.length === 1) return { page, name: rest[0] === '~' ? '' : decodeURIComponent(rest[0] ?? '') }
    if (page === 'editor') {
      if (rest[0] === 'new' && rest[1] !== undefined && rest.length === 2) return { page, template: decodeURIComponent(rest[1]) }
      const about = rest[0] === 'new' && rest.length === 6 ? decodeRef(rest.slice(2)) : undefined
      if (about !== undefined) return { page, template: decodeURIComponent(rest[1] ?? ''), about }
      const ref = decodeRef(rest)
      return ref === undefined ? { page } : { page, ref }
    }
    if (page in OBJECTS) {
      const ref = decodeRef(rest)
      if (ref !== undefined) return { page: page as keyof typeof OBJECTS, ref, tab: rest[4] ?? '' }
    }
  } catch {
    // A malformed escape: as unknown as any other.
  }
  return { page: 'lost', path }
}

/** The page that shows an object best, as an `href`. */
export function hrefOf(ref: ObjectRef, tab = ''): string {
  if (ref.kind === 'Pod' || ref.kind === 'Task') return `#${pathOf({ page: 'pod', ref, tab })}`
  if (ref.apiVersion === 'v1' && ref.kind === 'PersistentVolumeClaim') return `#${pathOf({ page: 'volume', ref, tab })}`
  if (ref.kind === 'Node') return `#${pathOf({ page: 'node', ref, tab })}`
  if (ref.apiVersion === 'swarm' && ref.kind === 'Stack') return `#${pathOf({ page: 'stack', name: ref.name })}`
  if (ref.apiVersion === 'swarm' && (ref.kind === 'Secret' || ref.kind === 'Config')) return '#/files'
  if (ref.apiVersion === 'swarm' && ref.kind === 'Network') return '#/stacks/networks'
  if ((ref.apiVersion === 'apps/v1' && APPS.includes(ref.kind)) || ref.apiVersion === 'swarm') return appHref(ref, tab)
  if (ref.apiVersion === 'batch/v1' && ref.kind === 'Job') return `#${pathOf({ page: 'job', ref, tab })}`
  if (ref.apiVersion === 'batch/v1' && ref.kind === 'CronJob') return `#${pathOf({ page: 'cronjob', ref, tab })}`
  return `#${pathOf({ page: 'resource', ref, tab })}`
}

/** The page of an app, of whatever kind. */
export function appHref(ref: ObjectRef, tab = ''): string {
  return `#${pathOf({ page: 'app', ref, tab })}`
}

/** A stack of a swarm, as the editor opens it. */
export function stackRef(name: string): ObjectRef {
  return { apiVersion: 'swarm', kind: 'Stack', namespace: '', name }
}

/** The node of this name. */
export function nodeRef(name: string): ObjectRef {
  return { apiVersion: 'v1', kind: 'Node', namespace: '', name }
}

/** One string that names an object: for keys and drafts. */
export function refKey(ref: ObjectRef): string {
  return `${ref.apiVersion}/${ref.kind}/${ref.namespace}/${ref.name}`
}
