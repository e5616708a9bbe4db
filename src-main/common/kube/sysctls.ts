/** An annotation of a Node: which further kernel parameters its pods may set, parted by commas; a `*` at the end means all that begin so. What `--allowed-unsafe-sysctls` is to a kubelet. */
export const ALLOWED_SYSCTLS_ANNOTATION = 'toque.dev/allowed-unsafe-sysctls'

/** The reason of a pod that was refused for one. */
export const SYSCTL_FORBIDDEN = 'SysctlForbidden'

/** Kubernetes' safe set, 1.32: what any pod may set, for no other pod and nothing of the node can come to harm; each from a release of the kernel on. */
const SAFE: Readonly<Record<string, string>> = {
  'kernel.shm_rmid_forced': '0',
  'net.ipv4.ip_local_port_range': '0',
  'net.ipv4.tcp_syncookies': '0',
  'net.ipv4.ping_group_range': '0',
  'net.ipv4.ip_unprivileged_port_start': '0',
  'net.ipv4.ip_local_reserved_ports': '3.16',
  'net.ipv4.tcp_keepalive_time': '4.5',
  'net.ipv4.tcp_keepalive_intvl': '4.5',
  'net.ipv4.tcp_keepalive_probes': '4.5',
  'net.ipv4.tcp_fin_timeout': '4.6',
  'net.ipv4.tcp_rmem': '4.15',
  'net.ipv4.tcp_wmem': '4.15',
}

/**
 * What a node allows whose annotation says nothing: the pod's own network, which is its namespace's and nobody else's. Compose files set such ones often (`net.core.somaxconn`), and an app that moves here is to run;
 * what a kubelet counts against them is only that no cgroup bounds the memory that they may take.
 */
const ALLOWED_BY_DEFAULT = 'net.*'

/** Which namespace of the kernel keeps a parameter; one of none would be the whole node's. */
const NAMESPACES: readonly (readonly [prefix: string, namespace: 'ipc' | 'net'])[] = [['kernel.sem', 'ipc'], ['kernel.shm', 'ipc'], ['kernel.msg', 'ipc'], ['fs.mqueue.', 'ipc'], ['net.', 'net']]

/** What counts on the node where a pod asks for kernel parameters. */
export interface SysctlNode {
  /** As the kernel says its release: `5.15.0-91-generic`; undefined: new enough for all. */
  kernel?: string | undefined
  /** The node's `ALLOWED_SYSCTLS_ANNOTATION`; it stands in the place of what is allowed by default. */
  allowed?: string | undefined
}

/** A name with its parts parted by dots: `net/ipv4/conf/eth0.1/x` is `net.ipv4.conf.eth0/1.x`, as sysctl(8) reads it. */
export function dottedSysctl(name: string): string {
  const first = /[./]/.exec(name)?.[0]
  return first === '/' ? name.replace(/[./]/g, (c) => (c === '/' ? '.' : '/')) : name
}

/** Why a pod may not set a kernel parameter, in upstream's kubelet's words; undefined: it may. Pure. */
export function sysctlRefusal(name: string, pod: { hostNetwork?: boolean | undefined; hostIPC?: boolean | undefined }, node: SysctlNode = {}): string | undefined {
  const dotted = dottedSysctl(name)
  const namespace = NAMESPACES.find(([prefix]) => dotted.startsWith(prefix))?.[1]
  if (namespace === undefined) return `"${name}" not allowlisted`
  if (!isSafe(dotted, node.kernel) && !isAllowed(dotted, node.allowed)) return `"${name}" not allowlisted (the node's annotation ${ALLOWED_SYSCTLS_ANNOTATION} can allow it)`
  if (namespace === 'ipc' && pod.hostIPC === true) return `"${name}" not allowed with host ipc enabled`
  if (namespace === 'net' && pod.hostNetwork === true) return `"${name}" not allowed with host net enabled`
  return undefined
}

function isSafe(dotted: string, kernel: string | undefined): boolean {
  const since = Object.hasOwn(SAFE, dotted) ? SAFE[dotted] : undefined
  return since !== undefined && (kernel === undefined || isAtLeast(kernel, since))
}

function isAllowed(dotted: string, allowed = ALLOWED_BY_DEFAULT): boolean {
  return allowed.split(',').map((pattern) => dottedSysctl(pattern.trim())).some((pattern) => pattern !== '' && (pattern.endsWith('*') ? dotted.startsWith(pattern.slice(0, -1)) : pattern === dotted))
}

function isAtLeast(kernel: string, since: string): boolean {
  const [has, wants] = [kernel, since].map((release) => release.split(/[.-]/, 2).map((part) => Number.parseInt(part, 10) || 0))
  const [major = 0, minor = 0] = has ?? []
  const [sinceMajor = 0, sinceMinor = 0] = wants ?? []
  return major > sinceMajor || (major === sinceMajor && minor >= sinceMinor)
}
