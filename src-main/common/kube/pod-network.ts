import { KUBE_SYSTEM } from './well-known.ts'

/** How pods of two nodes reach each other: plain routes over a link that both share, or a tunnel. */
export type PodPath = 'routes' | 'vxlan' | 'wireguard'

/** The paths' names in the reason of the condition `PodNetwork`. */
export const PATH_REASONS: Readonly<Record<PodPath, string>> = { routes: 'Routes', vxlan: 'VXLAN', wireguard: 'WireGuard' }

/** What the cluster asks for. `auto`: plain routes where two nodes share a link, else VXLAN; WireGuard as soon as two nodes have public addresses. */
export type NetworkMode = 'auto' | PodPath

export const NETWORK_MODES: readonly NetworkMode[] = ['auto', 'routes', 'vxlan', 'wireguard']

/** Where the choice is: ConfigMap `kube-system/toque-network`, key `mode`. */
export const NETWORK_CONFIG = { namespace: KUBE_SYSTEM, name: 'toque-network', key: 'mode' } as const
/** On that ConfigMap: the last choice that made sense, which is kept while the present one does not. */
export const LAST_MODE_ANNOTATION = 'toque.dev/last-mode'

/** UDP ports between nodes. Not 4789: Swarm's own VXLAN may be there. */
export const VXLAN_PORT = 8472
export const WIREGUARD_PORT = 51871

/** The paths that such a reason names. */
export function pathsOf(reason: string): PodPath[] {
  const names = reason.split('And')
  return (['routes', 'vxlan', 'wireguard'] as const).filter((path) => names.includes(PATH_REASONS[path]))
}

/** The way a text names, or undefined. */
export function networkMode(text: string): NetworkMode | undefined {
  return NETWORK_MODES.find((mode) => mode === text.trim())
}
