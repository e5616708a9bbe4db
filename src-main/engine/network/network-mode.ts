import type { ConfigMap } from '../../common/kube/generated/core-v1.ts'
import { ConfigMaps } from '../../common/kube/kinds.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { LAST_MODE_ANNOTATION, NETWORK_CONFIG, NETWORK_MODES, networkMode } from '../../common/kube/pod-network.ts'
import type { NetworkMode } from '../../common/kube/pod-network.ts'
import type { Informers } from '../client/informer.ts'

/** What the cluster asks for, and what is wrong with how it asks, a sentence. */
export interface ModeChoice {
  mode: NetworkMode
  problem?: string
}

/** Follows the choice. */
export interface ModeFollower {
  choice(): ModeChoice
  readonly synced: Promise<unknown>
  stop(): void
}

/** Reads the choice from its ConfigMap. One that makes no sense changes nothing: the last good one is kept, for a typing error must not end encryption. Pure. */
export function readMode(map: Frozen<ConfigMap> | undefined): ModeChoice {
  const text = map?.data?.[NETWORK_CONFIG.key]
  if (text === undefined) return { mode: 'auto' }
  const mode = networkMode(text)
  if (mode !== undefined) return { mode }
  const kept = networkMode(map?.metadata.annotations?.[LAST_MODE_ANNOTATION] ?? '') ?? 'auto'
  return { mode: kept, problem: `ConfigMap ${NETWORK_CONFIG.namespace}/${NETWORK_CONFIG.name}: "${text.slice(0, 40)}" is no way for pods' traffic between nodes. Set ${NETWORK_CONFIG.key} to one of ${NETWORK_MODES.join(', ')}. Until then it stays "${kept}".` }
}

/** Follows the ConfigMap: `changed` at each new choice, `good` with one to remember, `bad` with one that makes no sense. */
export function followMode(informers: Informers, tell: { changed(): void; good(mode: NetworkMode): void; bad(map: Frozen<ConfigMap>, problem: string): void }): ModeFollower {
  const maps = informers.for(ConfigMaps)
  const find = (): Frozen<ConfigMap> | undefined => maps.lister.get(NETWORK_CONFIG.namespace, NETWORK_CONFIG.name)
  const look = ({ metadata: { namespace, name } }: Frozen<ConfigMap>): void => {
    if (namespace !== NETWORK_CONFIG.namespace || name !== NETWORK_CONFIG.name) return
    const map = find()
    const { mode, problem } = readMode(map)
    if (map !== undefined && problem !== undefined) tell.bad(map, problem)
    else if (map !== undefined && map.metadata.annotations?.[LAST_MODE_ANNOTATION] !== mode) tell.good(mode)
    tell.changed()
  }
  const remove = maps.addHandler({ onAdd: look, onUpdate: look, onDelete: look })
  return { choice: () => readMode(find()), synced: maps.synced, stop: remove }
}
