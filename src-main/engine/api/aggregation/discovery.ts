import type { APIResource } from '../../../common/kube/generated/meta-v1.ts'
import type { ApiGroup } from '../http/discovery.ts'

/** A group and version that another API server serves. */
export interface RemoteVersion {
  readonly group: string
  readonly version: string
  readonly groupPriority: number
  readonly versionPriority: number
  readonly available: boolean
  readonly resources: readonly APIResource[]
}

/** A group as aggregated discovery shows it. */
export interface DiscoveredGroup {
  readonly metadata: { readonly name: string; readonly creationTimestamp: null }
  readonly versions: readonly { readonly version: string; readonly freshness: string; readonly resources: readonly object[] }[]
}

/** Groups with those of others: new ones behind the server's own, by their priorities; new versions of a known group behind its others. */
export function withRemoteGroups(own: readonly ApiGroup[], remotes: readonly RemoteVersion[]): ApiGroup[] {
  const groups = new Map<string, ApiGroup>(own.map((group) => [group.name, group]))
  for (const { group, version } of inOrder(remotes)) {
    const entry = { groupVersion: `${group}/${version}`, version }
    const known = groups.get(group)
    if (known === undefined) groups.set(group, { kind: 'APIGroup', apiVersion: 'v1', name: group, versions: [entry], preferredVersion: entry })
    else if (!known.versions.some((one) => one.version === version)) groups.set(group, { ...known, versions: [...known.versions, entry] })
  }
  return [...groups.values()]
}

/** The same for aggregated discovery. What others serve takes the place of what this server would. */
export function withRemoteItems(own: readonly DiscoveredGroup[], remotes: readonly RemoteVersion[]): DiscoveredGroup[] {
  const items = new Map(own.map((item) => [item.metadata.name, item]))
  for (const remote of inOrder(remotes)) {
    const entry = { version: remote.version, freshness: remote.available ? 'Current' : 'Stale', resources: aggregatedResources(remote) }
    const { metadata, versions } = items.get(remote.group) ?? { metadata: { name: remote.group, creationTimestamp: null }, versions: [] }
    const isKnown = versions.some(({ version }) => version === remote.version)
    items.set(remote.group, { metadata, versions: isKnown ? versions.map((one) => (one.version === remote.version ? entry : one)) : [...versions, entry] })
  }
  return [...items.values()]
}

/** By their priorities, then by their names. */
export function inOrder<T extends Pick<RemoteVersion, 'group' | 'version' | 'groupPriority' | 'versionPriority'>>(remotes: readonly T[]): T[] {
  return [...remotes].sort((a, b) => b.groupPriority - a.groupPriority || (a.group < b.group ? -1 : a.group > b.group ? 1 : b.versionPriority - a.versionPriority || (a.version < b.version ? -1 : 1)))
}

/** A list of resources, in which subresources stand beside their resources, as aggregated discovery has it. */
function aggregatedResources({ group: ofGroup, version: ofVersion, resources }: RemoteVersion): object[] {
  const responseKind = ({ group, version, kind }: APIResource): object => ({ group: group || ofGroup, version: version || ofVersion, kind })
  return resources.filter(({ name }) => !name.includes('/')).map((one) => {
    const { name, namespaced, singularName, verbs, shortNames, categories } = one
    const below = resources.filter((sub) => sub.name.startsWith(`${name}/`)).map((sub) => ({ subresource: sub.name.slice(name.length + 1), responseKind: responseKind(sub), verbs: sub.verbs }))
    return {
      resource: name, responseKind: responseKind(one), scope: namespaced ? 'Namespaced' : 'Cluster', singularResource: singularName, verbs,
      ...(shortNames === undefined ? {} : { shortNames }), ...(categories === undefined ? {} : { categories }), ...(below.length === 0 ? {} : { subresources: below }),
    }
  })
}
