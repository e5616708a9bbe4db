import type { KubeObject } from './object.ts'

/** Names a kind in the API and, in `T`, the type of its objects. */
export interface Resource<T extends KubeObject = KubeObject> {
  /** '' for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  /** The name in URLs: lower case, plural. */
  readonly plural: string
  readonly namespaced: boolean
  /** Never set: carries the type only. */
  readonly type?: T
}

/** `group/version`, or `version` for the core group. */
export function apiVersionOf(resource: Pick<Resource, 'group' | 'version'>): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}

/** The way back: `apps/v1` is group `apps`, version `v1`; the core group is ''. */
export function groupVersionOf(apiVersion: string): { group: string; version: string } {
  const [version = '', group = ''] = apiVersion.split('/').reverse()
  return { group, version }
}

/** `plural.group`, or `plural` for the core group: unique in a cluster, and how messages name a resource. */
export function groupResourceOf(resource: Pick<Resource, 'group' | 'plural'>): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`
}

/** The URL path of a collection (no `name`) or of one object. */
export function pathOf(resource: Resource, namespace: string, name?: string, subresource?: string): string {
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`
  const scope = resource.namespaced && namespace !== '' ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return `${root}${scope}/${resource.plural}${object}${subresource === undefined ? '' : `/${subresource}`}`
}
