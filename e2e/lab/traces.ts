import { existsSync } from 'node:fs'
import { readFile, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { labsWithCgroups, processesOf } from './cgroups.ts'
import { labsDir } from './places.ts'
import { run } from './run.ts'

/** The network namespaces that a lab's processes are in, by inode, other than this process's own. */
export async function networksOf(labId: string): Promise<Set<string>> {
  const own = await readlink('/proc/self/ns/net')
  const found = new Set<string>()
  for (const pid of await processesOf(labId)) {
    const network = await readlink(`/proc/${pid}/ns/net`).catch(() => own)
    if (network !== own) found.add(network)
  }
  return found
}

/** Everything of a lab that is on this machine, a line each; empty when nothing is left. `networks`: namespaces known to have been its own. */
export async function tracesOf(labId: string, networks: ReadonlySet<string> = new Set()): Promise<string[]> {
  const traces: string[] = []
  const dir = join(labsDir(), labId)
  if (existsSync(dir)) traces.push(`folder ${dir}`)
  if ((await labsWithCgroups()).includes(labId)) traces.push('cgroups')
  if ((await run('ip', ['link', 'show', `tl-${labId}`], { anyCode: true })).code === 0) traces.push(`link tl-${labId}`)
  if ((await readFile('/proc/self/mountinfo', 'utf8')).includes(dir)) traces.push('mounts')
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const network = await readlink(`/proc/${pid}/ns/net`).catch(() => '')
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')
    const isKeeper = words.includes('keeper.ts') && words.includes(`"id":"${labId}"`)
    if (networks.has(network) || isKeeper || words.includes(`${dir}/`)) traces.push(`process ${pid} ${words.slice(0, 80)}`)
  }
  return traces
}
