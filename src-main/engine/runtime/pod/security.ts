import type { Container, Pod, SeccompProfile } from '../../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import type { ContainerSecurity } from '../container-runtime.ts'

/** A container's rights: its own wishes first, then the pod's. Pure. */
export function securityOf(pod: Frozen<Pod>, container: Container): ContainerSecurity {
  const common = pod.spec.securityContext ?? {}
  const own = container.securityContext ?? {}
  const uid = own.runAsUser ?? common.runAsUser
  const gid = own.runAsGroup ?? common.runAsGroup
  const groups = [...(common.supplementalGroups ?? []), ...(common.fsGroup === undefined ? [] : [common.fsGroup])]
  return {
    // A group without a user: the image's user is unknown here, and Docker wants both; root is what an image without USER runs as.
    ...(uid === undefined && gid === undefined ? {} : { user: gid === undefined ? String(uid) : `${String(uid ?? 0)}:${String(gid)}` }),
    groups: groups.map(String),
    privileged: own.privileged === true,
    readOnlyRoot: own.readOnlyRootFilesystem === true,
    capAdd: capabilities(own.capabilities?.add),
    capDrop: capabilities(own.capabilities?.drop),
    options: [
      ...(own.allowPrivilegeEscalation === false ? ['no-new-privileges:true'] : []),
      ...seccomp(own.seccompProfile ?? common.seccompProfile),
      ...((own.appArmorProfile ?? common.appArmorProfile)?.type === 'Unconfined' ? ['apparmor=unconfined'] : []),
    ],
  }
}

/** The one user that all of a pod's containers run as, where the pod says so. Pure. */
export function fsUserOf({ spec }: Frozen<Pod>): number | undefined {
  const users = new Set([...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])].map((c) => c.securityContext?.runAsUser ?? spec.securityContext?.runAsUser))
  const [user] = users
  return users.size === 1 ? user : undefined
}

/** A sandbox runs as root with no capability at all. */
export const SANDBOX_SECURITY: ContainerSecurity = {
  groups: [], privileged: false, readOnlyRoot: false, capAdd: [], capDrop: [], options: ['no-new-privileges:true'],
}

/** Why `runAsNonRoot` forbids this container, or undefined. `imageUser` is what the image says; '' is root. Pure. */
export function nonRootViolation(pod: Frozen<Pod>, container: Container, imageUser: string): string | undefined {
  const wanted = container.securityContext?.runAsNonRoot ?? pod.spec.securityContext?.runAsNonRoot
  if (wanted !== true) return undefined
  const uid = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser
  if (uid !== undefined) return uid === 0 ? 'container has runAsNonRoot and runAsUser 0 (root)' : undefined
  const user = imageUser.split(':')[0] ?? ''
  if (user === '' || user === 'root' || user === '0') return 'container has runAsNonRoot and image will run as root: set runAsUser, or use an image with another USER'
  return /^\d+$/.test(user) ? undefined : `container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root: set runAsUser`
}

function capabilities(names: readonly string[] | undefined): string[] {
  return (names ?? []).map((name) => name.toUpperCase().replace(/^CAP_/, ''))
}

function seccomp(profile: SeccompProfile | undefined): string[] {
  return profile?.type === 'Unconfined' ? ['seccomp=unconfined'] : []
}
