import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { RegistryAuth } from '../container-runtime.ts'
import { secretData } from './sources.ts'
import type { Sources } from './sources.ts'

interface Entry { username?: string; password?: string; auth?: string }

/** The registry's name in an image reference: `nginx` is on `docker.io`. Pure. */
export function registryOf(image: string): string {
  const first = image.split('/')[0] ?? ''
  const isHost = image.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost')
  return isHost ? first : 'docker.io'
}

/** The credentials that a pod's pull secrets hold for an image, longest match first; undefined: pull without. Pure. */
export function pullCredentials(pod: Frozen<Pod>, image: string, sources: Sources): RegistryAuth | undefined {
  const registry = registryOf(image)
  const candidates: { key: string; auth: RegistryAuth }[] = []
  for (const { name = '' } of pod.spec.imagePullSecrets ?? []) {
    const secret = sources.secret(pod.metadata.namespace ?? '', name)
    if (secret === undefined) continue
    for (const [key, entry] of Object.entries(entriesOf(secretData(secret)))) {
      const host = key.replace(/^https?:\/\//, '').replace(/\/(v1|v2)?\/?$/, '')
      const isHub = host === 'index.docker.io' || host === 'docker.io' || host === 'registry-1.docker.io'
      if (host === registry || (isHub && registry === 'docker.io') || image.startsWith(`${host}/`)) candidates.push({ key: host, auth: authOf(entry, key) })
    }
  }
  return candidates.sort((a, b) => b.key.length - a.key.length)[0]?.auth
}

function entriesOf(data: Map<string, Uint8Array>): Record<string, Entry> {
  try {
    const modern = data.get('.dockerconfigjson')
    if (modern !== undefined) return (JSON.parse(Buffer.from(modern).toString()) as { auths?: Record<string, Entry> }).auths ?? {}
    const old = data.get('.dockercfg')
    return old === undefined ? {} : JSON.parse(Buffer.from(old).toString()) as Record<string, Entry>
  } catch {
    // A secret that is not JSON holds no credentials; the pull's own failure will say so.
    return {}
  }
}

function authOf({ username, password, auth }: Entry, serveraddress: string): RegistryAuth {
  const [user = '', ...rest] = Buffer.from(auth ?? '', 'base64').toString().split(':')
  return { username: username ?? user, password: password ?? rest.join(':'), serveraddress }
}
