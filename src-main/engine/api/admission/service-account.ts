import { StatusError } from '../../../common/errors.ts'
import type { Container, Pod, ServiceAccount, Volume } from '../../../common/kube/generated/core-v1.ts'
import { ServiceAccounts } from '../../../common/kube/kinds.ts'
import { AUTOMATIC_TOKEN_S } from '../authentication/service-account-tokens.ts'
import type { Lookup } from '../registry/kind.ts'

/** Where client libraries look for their token, the CA and the namespace. */
export const TOKEN_MOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount'
const VOLUME_PREFIX = 'kube-api-access-'
const DEFAULT_MODE = 0o644

/**
 * The account of a new pod: `default` where it names none, Forbidden where it is not there. The pod gets the account's pull secrets and, unless the pod or
 * else the account opts out, a token of its own for the API in every container.
 */
export function admitServiceAccount(pod: Pod, lookup: Pick<Lookup, 'get'>): void {
  const { spec, metadata: { name, namespace = '' } } = pod
  spec.serviceAccountName ||= 'default'
  spec.serviceAccount = spec.serviceAccountName
  const account = lookup.get(ServiceAccounts, namespace, spec.serviceAccountName)
  if (account === undefined) {
    throw new StatusError('Forbidden', `pods "${name}" is forbidden: error looking up service account ${namespace}/${spec.serviceAccountName}: serviceaccount "${spec.serviceAccountName}" not found`, { name, kind: 'pods' })
  }
  // A pod that names pull secrets of its own means those alone.
  const { imagePullSecrets = [] } = account
  if ((spec.imagePullSecrets ?? []).length === 0 && imagePullSecrets.length > 0) spec.imagePullSecrets = imagePullSecrets.map((reference) => ({ ...reference }))
  if (wantsToken(pod, account)) mountToken(pod)
}

function wantsToken({ spec }: Pod, account: Readonly<ServiceAccount>): boolean {
  return spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true
}

function mountToken(pod: Pod): void {
  const { spec, metadata: { uid } } = pod
  // The schema does not say that a volume has a name, or a pod a container.
  const there = spec.volumes?.find((volume) => (volume.name as string | undefined)?.startsWith(VOLUME_PREFIX) === true)
  const volume = there?.name ?? `${VOLUME_PREFIX}${uid.replace(/[^a-z0-9]/g, '').slice(-5)}`
  const containers: Container[] = [...(spec.initContainers ?? []), ...((spec.containers as Container[] | undefined) ?? [])]
  // Who mounts something there means that.
  const without = containers.filter((container) => !(container.volumeMounts ?? []).some((mount) => mount.mountPath === TOKEN_MOUNT_PATH))
  for (const container of without) container.volumeMounts = [...(container.volumeMounts ?? []), { name: volume, readOnly: true, mountPath: TOKEN_MOUNT_PATH }]
  if (there === undefined && without.length > 0) spec.volumes = [...(spec.volumes ?? []), tokenVolume(volume)]
}

function tokenVolume(name: string): Volume {
  return {
    name,
    projected: {
      defaultMode: DEFAULT_MODE,
      sources: [
        { serviceAccountToken: { expirationSeconds: AUTOMATIC_TOKEN_S, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
    },
  }
}
