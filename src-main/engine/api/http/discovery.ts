import type { APIResource } from '../../../common/kube/generated/meta-v1.ts'
import { byVersion } from '../../../common/kube/custom-resources.ts'
import { type Kind, type Subresource, singularOf } from '../registry/kind.ts'
import type { Registry } from '../registry/registry.ts'
import type { DiscoveredGroup } from '../aggregation/discovery.ts'

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const LIVE_VERBS = ['get', 'list']
const STATUS_VERBS = ['get', 'patch', 'update']

/** The Kubernetes release whose API is served. */
export const KUBERNETES_VERSION = { major: '1', minor: '32', patch: '0' } as const

/** `/version`. */
export function versionInfo(): object {
  const { major, minor, patch } = KUBERNETES_VERSION
  return {
    major, minor, gitVersion: `v${major}.${minor}.${patch}+toque`, gitCommit: '', gitTreeState: 'clean', buildDate: '1970-01-01T00:00:00Z',
    goVersion: 'none', compiler: 'none', platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
  }
}

/** Groups with their versions, in the order of the registry. The core group is ''. */
function groupsOf(registry: Registry): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const { resource: { group, version } } of registry.served()) {
    const versions = groups.get(group) ?? []
    if (!versions.includes(version)) versions.push(version)
    groups.set(group, versions)
  }
  // Custom kinds come in the order in which they were defined; which version is preferred is Kubernetes' to say.
  for (const group of new Set(registry.served().filter((kind) => kind.schema !== undefined).map((kind) => kind.resource.group))) groups.get(group)?.sort(byVersion)
  return groups
}

function verbsOf(kind: Kind): string[] {
  return kind.answer !== undefined ? ['create'] : kind.live === undefined ? VERBS : LIVE_VERBS
}

function subresourcesOf(kind: Kind): Subresource[] {
  const { resource: { kind: own } } = kind
  return [
    ...(kind.subresources ?? []),
    ...(kind.scale === undefined ? [] : [{ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs: STATUS_VERBS }]),
    ...(kind.hasStatus === true ? [{ name: 'status', kind: own, verbs: STATUS_VERBS }] : []),
  ]
}

/** `/api`. */
export function coreVersions(): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }
}

/** A group as clients see it. */
export interface ApiGroup {
  readonly kind: 'APIGroup'
  readonly apiVersion: 'v1'
  readonly name: string
  readonly versions: readonly { readonly groupVersion: string; readonly version: string }[]
  readonly preferredVersion: { readonly groupVersion: string; readonly version: string } | undefined
}

/** `/apis`. */
export function groupList(registry: Registry): { kind: string; apiVersion: string; groups: ApiGroup[] } {
  const groups = [...groupsOf(registry).keys()].filter((group) => group !== '').flatMap((group) => groupOf(registry, group) ?? [])
  return { kind: 'APIGroupList', apiVersion: 'v1', groups }
}

/** `/apis/<group>`; undefined for a group that is not served. */
export function groupOf(registry: Registry, name: string): ApiGroup | undefined {
  const versions = groupsOf(registry).get(name)?.map((version) => ({ groupVersion: `${name}/${version}`, version }))
  return versions === undefined ? undefined : { kind: 'APIGroup', apiVersion: 'v1', name, versions, preferredVersion: versions[0] }
}

/** `/apis/<group>/<version>`; undefined for what is not served. */
export function resourceList(registry: Registry, group: string, version: string): object | undefined {
  const kinds = registry.served().filter(({ resource: r }) => r.group === group && r.version === version)
  if (groupsOf(registry).get(group)?.includes(version) !== true) return undefined
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: group === '' ? version : `${group}/${version}`, resources: kinds.flatMap(apiResourcesOf) }
}

/** A kind's resource, and its subresources, as lists of resources show them. */
export function apiResourcesOf(kind: Kind): [APIResource, ...APIResource[]] {
  const { plural: name, namespaced, kind: kindName } = kind.resource
  const own: APIResource = {
    name, singularName: singularOf(kind), namespaced, kind: kindName, verbs: verbsOf(kind),
    ...(kind.shortNames === undefined ? {} : { shortNames: [...kind.shortNames] }), ...(kind.categories === undefined ? {} : { categories: [...kind.categories] }),
  }
  const sub = subresourcesOf(kind).map((s): APIResource => ({
    name: `${name}/${s.name}`, singularName: '', namespaced, kind: s.kind, verbs: [...s.verbs],
    ...(s.group === undefined ? {} : { group: s.group }), ...(s.version === undefined ? {} : { version: s.version }),
  }))
  return [own, ...sub]
}

/** Aggregated discovery, of the core group (`/api`) or of all others (`/apis`). `version`: of apidiscovery.k8s.io. */
export function aggregated(registry: Registry, core: boolean, version: string): { kind: string; apiVersion: string; metadata: object; items: DiscoveredGroup[] } {
  const groups = [...groupsOf(registry)].filter(([group]) => (group === '') === core)
  const items = groups.map(([group, versions]): DiscoveredGroup => ({
    metadata: { name: group, creationTimestamp: null },
    versions: versions.map((v) => ({ version: v, freshness: 'Current', resources: registry.served().filter((k) => k.resource.group === group && k.resource.version === v).map(aggregatedResource) })),
  }))
  return { kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${version}`, metadata: {}, items }
}

function aggregatedResource(kind: Kind): object {
  const { group, version, plural, namespaced, kind: kindName } = kind.resource
  const subresources = subresourcesOf(kind).map((s) => ({ subresource: s.name, responseKind: { group: s.group ?? group, version: s.version ?? version, kind: s.kind }, verbs: s.verbs }))
  return {
    resource: plural, responseKind: { group, version, kind: kindName }, scope: namespaced ? 'Namespaced' : 'Cluster', singularResource: singularOf(kind), verbs: verbsOf(kind),
    ...(kind.shortNames === undefined ? {} : { shortNames: kind.shortNames }), ...(kind.categories === undefined ? {} : { categories: kind.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  }
}
