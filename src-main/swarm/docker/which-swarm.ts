/** What a server says of its own place, as `docker info` has it. */
export interface OwnPlace {
  readonly NodeID: string
  readonly ControlAvailable: boolean
  /** Without a majority a manager tells of no swarm, or of one without an ID. */
  readonly Cluster?: { readonly ID: string } | null | undefined
  readonly RemoteManagers?: readonly { readonly NodeID: string }[] | null
}

/**
 * Whom to ask about the swarm, in order, where servers may be in several: managers of the swarm that was `known` before; else of the one that most of the servers
 * are in; of as many, the first's. Those that do not know their own swarm (without a majority) are perhaps of it, and come last. Pure.
 */
export function managersToAsk<T>(servers: readonly T[], placeOf: (server: T) => OwnPlace | undefined, known: string | undefined): T[] {
  const places = servers.flatMap((server) => {
    const place = placeOf(server)
    return place === undefined ? [] : [{ server, place, cluster: place.Cluster?.ID ?? '' }]
  })
  const followers = (node: string): number => places.filter(({ place }) => place.NodeID === node || (place.RemoteManagers ?? []).some(({ NodeID }) => NodeID === node)).length
  const managers = places.filter(({ place }) => place.ControlAvailable).map((manager, i) => ({ ...manager, i, followers: followers(manager.place.NodeID) }))
  managers.sort((a, b) => b.followers - a.followers || a.i - b.i)
  const isKnown = known !== undefined && managers.some(({ cluster }) => cluster === known || cluster === '')
  const wanted = isKnown ? known : managers.find(({ cluster }) => cluster !== '')?.cluster
  return [...managers.filter(({ cluster }) => cluster === wanted && cluster !== ''), ...managers.filter(({ cluster }) => cluster === '')].map(({ server }) => server)
}
