import type { Container, PodSpec } from '../../common/kube/generated/core-v1.ts'
import { ALLOWED_SYSCTLS_ANNOTATION, sysctlRefusal } from '../../common/kube/sysctls.ts'
import type { ServiceContext } from './context.ts'
import { defined } from './context.ts'

/** Whom the container runs as and what it may. */
export function securityOf({ service, note }: ServiceContext): Partial<Container> {
  const [uid, gid] = userOf(service.user, note)
  for (const key of ['privileged', 'read_only'] as const) note.same(key)
  const capabilities = (key: 'cap_add' | 'cap_drop'): string[] | undefined => service[key]?.map((name, i) => {
    const short = name.toUpperCase().replace(/^CAP_/, '')
    if (short === name) note.same(key, i)
    else note.changed([key, i], `Written ${short} here.`)
    return short
  })
  const options = securityOptions(service.security_opt ?? [], note)
  const securityContext = defined({
    runAsUser: uid, runAsGroup: gid, privileged: service.privileged, readOnlyRootFilesystem: service.read_only, ...options,
    capabilities: defined({ add: capabilities('cap_add'), drop: capabilities('cap_drop') }),
  })
  return Object.keys(securityContext).length === 0 ? {} : { securityContext }
}

function userOf(user: string | undefined, note: ServiceContext['note']): [number | undefined, number | undefined] {
  if (user === undefined) return [undefined, undefined]
  const m = /^(0|[1-9]\d{0,9})(?::(0|[1-9]\d{0,9}))?$/.exec(user)
  if (m === null) {
    note.lost('user', `Kubernetes takes numbers, not names: look up the number of "${user}" in the image (id -u) and write that.`)
    return [undefined, undefined]
  }
  note.same('user')
  return [Number(m[1]), m[2] === undefined ? undefined : Number(m[2])]
}

function securityOptions(options: readonly string[], note: ServiceContext['note']): { allowPrivilegeEscalation?: boolean; seccompProfile?: { type: string } } {
  const found: { allowPrivilegeEscalation?: boolean; seccompProfile?: { type: string } } = {}
  options.forEach((option, i) => {
    if (option === 'no-new-privileges:true') note.same('security_opt', i)
    else if (option === 'seccomp:unconfined' || option === 'seccomp=unconfined') note.changed(['security_opt', i], 'A seccompProfile of type Unconfined.')
    else if (/^no-new-privileges([:=]true)?$/.test(option)) note.changed(['security_opt', i], 'allowPrivilegeEscalation: false.')
    else return note.lost(['security_opt', i], 'Profiles of AppArmor, SELinux and seccomp are fields of their own in Kubernetes: set them in securityContext.')
    if (option.startsWith('no-new')) found.allowPrivilegeEscalation = false
    else found.seccompProfile = { type: 'Unconfined' }
  })
  return found
}

/** What is the pod's and not the container's: groups, kernel parameters, the host's own namespaces. */
export function podSecurityOf({ service, note }: ServiceContext): Partial<PodSpec> {
  const groups = (service.group_add ?? []).flatMap((group, i) => {
    if (!/^(0|[1-9]\d{0,9})$/.test(group)) note.lost(['group_add', i], `Kubernetes takes numbers, not names: look up the number of "${group}" in the image.`)
    else {
      note.same('group_add', i)
      return [Number(group)]
    }
    return []
  })
  const sysctls = Object.entries(service.sysctls ?? {}).map(([name, value]) => ({ name, value }))
  note.same('sysctls')
  for (const { name } of sysctls) if (sysctlRefusal(name, {}) !== undefined) note.changed(['sysctls', name], `A node takes it only where it is allowed: kubectl annotate node NAME ${ALLOWED_SYSCTLS_ANNOTATION}=${name}, or the kubelet's --allowed-unsafe-sysctls.`)
  const own = (key: 'pid' | 'ipc' | 'network_mode', value: string): true | undefined => {
    if (service[key] === undefined) return undefined
    if (service[key] !== value) return void note.lost(key, `Only the host's own can be shared here, or that of the containers of one pod: put what belongs together into one pod.`)
    note.same(key)
    return true
  }
  const hostNetwork = own('network_mode', 'host')
  const securityContext = defined({ supplementalGroups: groups, sysctls })
  return defined({
    hostNetwork, hostPID: own('pid', 'host'), hostIPC: own('ipc', 'host'), ...(hostNetwork ? { dnsPolicy: 'ClusterFirstWithHostNet' } : {}),
    securityContext: Object.keys(securityContext).length > 0 ? securityContext : undefined,
  })
}
