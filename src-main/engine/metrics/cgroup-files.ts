/** How a server's Docker keeps its cgroups, as `docker info` says. */
export interface CgroupLayout {
  version: 1 | 2
  driver: 'cgroupfs' | 'systemd'
}

/** The files that tell what one cgroup uses. */
export interface UsageFiles {
  cpu: string
  memory: string
  memoryStat: string
}

/** Where the node helper sees the node's cgroups. */
const ROOT = '/host/cgroup'

/** A container's files. `parent` is its HostConfig.CgroupParent; '' for Docker's default. */
export function containerFiles({ version, driver }: CgroupLayout, id: string, parent = ''): UsageFiles {
  const path = driver === 'systemd' ? `${sliceDir(parent || 'system.slice')}/docker-${id}.scope` : `${(parent || '/docker').replace(/^\/*/, '/')}/${id}`
  return filesAt(version, path)
}

/** The whole node's files. */
export function nodeFiles(version: 1 | 2): UsageFiles {
  if (version === 1) return filesAt(1, '')
  // Version 2's root counts no memory.
  return { ...filesAt(2, ''), memory: '/proc/meminfo', memoryStat: '/proc/meminfo' }
}

function filesAt(version: 1 | 2, path: string): UsageFiles {
  if (version === 2) return { cpu: `${ROOT}${path}/cpu.stat`, memory: `${ROOT}${path}/memory.current`, memoryStat: `${ROOT}${path}/memory.stat` }
  return { cpu: `${ROOT}/cpuacct${path}/cpuacct.usage`, memory: `${ROOT}/memory${path}/memory.usage_in_bytes`, memoryStat: `${ROOT}/memory${path}/memory.stat` }
}

/** systemd's rule: `a-b.slice` lies in `a.slice`. */
function sliceDir(slice: string): string {
  const parts = slice.replace(/\.slice$/, '').split('-')
  return parts.map((_, i) => `/${parts.slice(0, i + 1).join('-')}.slice`).join('')
}
