import { readFile, readdir, mkdir, writeFile } from 'node:fs/promises'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from './run.ts'

const PREFIX = 'toque-lab.'

interface Hierarchy {
  mount: string
  version: 1 | 2
  /** v1: the controllers of this hierarchy. */
  options: readonly string[]
}

/** Every cgroup hierarchy of this machine: v1, v2 or both side by side. */
function hierarchies(): Hierarchy[] {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, mount, type]) => mount?.startsWith('/sys/fs/cgroup') === true && (type === 'cgroup' || type === 'cgroup2'))
    .map(([, mount, type, options]) => ({ mount: mount ?? '', version: type === 'cgroup2' ? 2 : 1, options: (options ?? '').split(',') }))
}

/** The name of a lab's cgroup. A lab's servers are `<this>/h1`, `<this>/h2`, ... */
export function cgroupOf(labId: string): string {
  return PREFIX + labId
}

/** Makes a server's cgroup in every hierarchy and returns the `cgroup.procs` files a process has to join. */
export async function makeCgroup(labId: string, host: number): Promise<string[]> {
  const joins: string[] = []
  for (const { mount, version, options } of hierarchies()) {
    const lab = join(mount, cgroupOf(labId))
    const own = join(lab, `h${host}`)
    await mkdir(own, { recursive: true })
    if (version === 2) {
      await enableControllers(mount)
      await enableControllers(lab)
    } else if (options.includes('cpuset')) {
      // Children of a v1 cpuset start empty and refuse processes until filled, from the top down.
      for (const dir of [lab, own]) {
        for (const file of ['cpuset.cpus', 'cpuset.mems']) {
          await writeFile(join(dir, file), await readFile(join(dirname(dir), file), 'utf8'))
        }
      }
    }
    joins.push(join(own, 'cgroup.procs'))
  }
  return joins
}

/** v2 only: lets children of `dir` have the controllers that `dir` has. Those in use for real-time or taken by v1 may refuse. */
async function enableControllers(dir: string): Promise<void> {
  const controllers = (await readFile(join(dir, 'cgroup.controllers'), 'utf8')).trim().split(' ').filter(Boolean)
  for (const name of controllers) await writeFile(join(dir, 'cgroup.subtree_control'), `+${name}`).catch(() => undefined)
}

/** Stops or resumes every process of a server at once, as a hung machine would look. */
export async function setFrozen(labId: string, host: number, frozen: boolean): Promise<void> {
  for (const { mount, version } of hierarchies()) {
    const own = join(mount, cgroupOf(labId), `h${host}`)
    const v1 = join(own, 'freezer.state')
    if (existsSync(v1)) return writeFile(v1, frozen ? 'FROZEN' : 'THAWED')
    if (version === 2 && existsSync(join(own, 'cgroup.freeze'))) await writeFile(join(own, 'cgroup.freeze'), frozen ? '1' : '0')
  }
}

/**
 * Processor time that all processes of a lab have used so far, milliseconds: user, system, and the kernel's network work that they set off (it is
 * charged to whoever sends, unless the kernel counts interrupts apart). What else runs on this machine has no part in it.
 */
export async function cpuUsedMs(labId: string): Promise<number> {
  for (const { mount, version, options } of hierarchies()) {
    const own = join(mount, cgroupOf(labId))
    if (version === 1 && options.includes('cpuacct')) return Number(await readFile(join(own, 'cpuacct.usage'), 'utf8')) / 1e6
    if (version !== 2 || !existsSync(join(own, 'cpu.stat'))) continue
    const usage = /^usage_usec (\d+)$/m.exec(await readFile(join(own, 'cpu.stat'), 'utf8'))?.[1]
    if (usage !== undefined && hierarchies().every((h) => !h.options.includes('cpuacct'))) return Number(usage) / 1e3
  }
  throw new Error('no cgroup counts processor time on this machine')
}

/** IDs of the labs that have cgroups on this machine, living or dead. */
export async function labsWithCgroups(): Promise<string[]> {
  const found = new Set<string>()
  for (const { mount } of hierarchies()) {
    for (const name of await readdir(mount)) if (name.startsWith(PREFIX)) found.add(name.slice(PREFIX.length))
  }
  return [...found]
}

/** Every process in a lab's cgroups, as seen from outside. */
export async function processesOf(labId: string): Promise<number[]> {
  const pids = new Set<number>()
  for (const { mount } of hierarchies()) {
    const found = await run('find', [join(mount, cgroupOf(labId)), '-name', 'cgroup.procs', '-exec', 'cat', '{}', '+'], { anyCode: true })
    for (const line of found.stdout.split('\n')) if (line !== '') pids.add(Number(line))
  }
  return [...pids]
}

/** Removes a cgroup (`toque-lab.x` or `toque-lab.x/h1`) in every hierarchy. The kernel lets go of dead processes a little late, hence the patience. */
export async function removeCgroup(path: string): Promise<void> {
  if (!path.startsWith(PREFIX)) throw new Error(`not a lab's cgroup: ${path}`)
  for (let attempt = 0; ; attempt++) {
    const left = hierarchies().map(({ mount }) => join(mount, path)).filter((dir) => existsSync(dir))
    if (left.length === 0) return
    if (attempt === 100) throw new Error(`cgroups cannot be removed, something still runs in them: ${left.join(', ')}`)
    if (attempt > 0) await sleep(50)
    await run('find', [...left, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', '+'], { anyCode: true })
  }
}
