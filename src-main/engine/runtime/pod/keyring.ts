import { registryHostOf } from '../../../common/kube/image-name.ts'
import type { RegistryAuth } from '../container-runtime.ts'

/** One entry of a Docker configuration: a registry's name, maybe with a path and `*`, and what to say to it. */
export interface KeyringEntry {
  /** Without scheme and API version: `ghcr.io/team`, `*.example.com`. */
  key: string
  auth: RegistryAuth
}

/** Docker Hub under any of its names. */
const HUB = 'index.docker.io'
const HUB_NAMES = new Set([HUB, 'docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'])

interface Entry { username?: string; password?: string; auth?: string }

/** The registry's name in an image reference: `nginx` is on `docker.io`. Pure. */
export function registryOf(image: string): string {
  return registryHostOf(image) ?? 'docker.io'
}

/** The entries of a secret of type `kubernetes.io/dockerconfigjson` or `dockercfg`; undefined: it is neither, or no JSON. Pure. */
export function keyringEntries(data: ReadonlyMap<string, Uint8Array>): KeyringEntry[] | undefined {
  try {
    const modern = data.get('.dockerconfigjson')
    const old = data.get('.dockercfg')
    if (modern === undefined && old === undefined) return undefined
    const auths = modern !== undefined ? (JSON.parse(Buffer.from(modern).toString()) as { auths?: Record<string, Entry> } | null)?.auths : JSON.parse(Buffer.from(old ?? []).toString()) as Record<string, Entry> | null
    return Object.entries(auths ?? {}).map(([server, entry]) => ({ key: keyOf(server), auth: authOf(entry, server) }))
  } catch {
    return undefined
  }
}

/**
 * The entries that may open an image's registry, in the order to try them: upstream's, the keys backwards by alphabet, so that a longer path comes
 * before a shorter one; Docker Hub's own entry last. Pure.
 */
export function matching<T extends { key: string }>(entries: readonly T[], image: string): T[] {
  const found = entries.filter(({ key }) => !HUB_NAMES.has(key) && urlsMatch(key, image)).sort((a, b) => (a.key < b.key ? 1 : a.key > b.key ? -1 : 0))
  if (found.length > 0 || !isOnHub(image)) return found
  return entries.filter(({ key }) => HUB_NAMES.has(key))
}

function isOnHub(image: string): boolean {
  return HUB_NAMES.has(registryOf(image))
}

/** `https://index.docker.io/v1/` is `index.docker.io`. */
function keyOf(server: string): string {
  return server.replace(/^https?:\/\//, '').replace(/^([^/]+)\/v[12](\/|$)/, '$1/').replace(/\/$/, '')
}

/** As upstream: the host's parts one by one, each with `*` and `?`; the same port; and the image's path begins with the key's. */
function urlsMatch(key: string, image: string): boolean {
  const [wanted, asked] = [split(key), split(image)]
  const [parts, hostParts] = [wanted.host.split('.'), asked.host.split('.')]
  return parts.length === hostParts.length && wanted.port === asked.port && asked.path.startsWith(wanted.path) && parts.every((part, i) => globMatches(part, hostParts[i] ?? ''))
}

function split(url: string): { host: string; port: string; path: string } {
  const slash = url.indexOf('/')
  const authority = slash === -1 ? url : url.slice(0, slash)
  const [host = '', port = ''] = authority.split(':')
  return { host, port, path: slash === -1 ? '' : url.slice(slash) }
}

function globMatches(glob: string, text: string): boolean {
  const pattern = glob.replace(/[\\^$+.()|{}[\]]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.')
  return new RegExp(`^${pattern}$`).test(text)
}

function authOf({ username, password, auth }: Entry, serveraddress: string): RegistryAuth {
  const [user = '', ...rest] = Buffer.from(auth ?? '', 'base64').toString().split(':')
  return { username: username ?? user, password: password ?? rest.join(':').replace(/\0+$/, ''), serveraddress }
}
