import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { RegistryAuth } from '../container-runtime.ts'
import { keyringEntries, matching } from './keyring.ts'
import { secretData } from './sources.ts'
import type { Sources } from './sources.ts'

/** What a registry may be told, and out of which secret it comes. */
export interface PullCredential {
  auth: RegistryAuth
  secret: { name: string; uid: string }
}

/** A pod's pull secrets, as far as they concern one image. */
export interface PullSecrets {
  /** To be tried in order; none: pull without. */
  credentials: PullCredential[]
  /** Names of secrets that the pod refers to and that do not exist. */
  missing: string[]
  /** Names of secrets that hold no registry credentials. */
  unreadable: string[]
}

/** Looks through the pod's pull secrets (its service account's were added to it when it was made) for an image. Pure. */
export function pullSecrets(pod: Frozen<Pod>, image: string, sources: Sources): PullSecrets {
  const found: PullSecrets = { credentials: [], missing: [], unreadable: [] }
  const entries: (PullCredential & { key: string })[] = []
  for (const { name = '' } of pod.spec.imagePullSecrets ?? []) {
    const secret = sources.secret(pod.metadata.namespace ?? '', name)
    const read = secret === undefined ? undefined : keyringEntries(secretData(secret))
    if (secret === undefined) found.missing.push(name)
    else if (read === undefined) found.unreadable.push(name)
    else entries.push(...read.map((entry) => ({ ...entry, secret: { name, uid: secret.metadata.uid } })))
  }
  found.credentials = matching(entries, image).map(({ auth, secret }) => ({ auth, secret }))
  return found
}
