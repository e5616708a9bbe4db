import { readFile, readdir, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { claim, release } from './claim.ts'
import { cgroupOf, labsWithCgroups, removeCgroup } from './cgroups.ts'
import { run } from './run.ts'

/** The claim that a lab's keeper holds for as long as it lives. */
export function labClaim(id: string): string {
  return `id/${id}`
}

/** IDs of all labs with anything on this machine, living or dead. */
export async function labIds(labs: string): Promise<string[]> {
  const folders = await readdir(labs).catch(() => [])
  return [...new Set([...folders.filter((name) => !name.startsWith('.')), ...(await labsWithCgroups())])].sort()
}

/** Removes what labs have left behind whose keeper is dead: links, cgroups and folders (processes and mounts died with it). Returns their IDs. */
export async function cleanRemains(labs: string): Promise<string[]> {
  const cleaned: string[] = []
  for (const id of await labIds(labs)) {
    const held = await claim(labClaim(id))
    if (held === undefined) continue // its keeper lives
    try {
      await removeLab(labs, id)
      cleaned.push(id)
    } catch (error) {
      // One lab's remains must not stand in the way of all others.
      console.error(`lab '${id}' is dead and cannot be removed: ${error instanceof Error ? error.message : String(error)}`)
    } finally {
      await release(held)
    }
  }
  return cleaned
}

/** Removes a lab whose processes are gone or going. The caller holds its claim. */
export async function removeLab(labs: string, id: string): Promise<void> {
  await run('ip', ['link', 'del', `tl-${id}`], { anyCode: true })
  await removeCgroup(cgroupOf(id))
  const dir = join(labs, id)
  const mounts = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n').filter((line) => line.split(' ')[4]?.startsWith(`${dir}/`))
  if (mounts.length > 0) throw new Error(`not deleting ${dir}: something is mounted below it`)
  await rm(dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  await rmdir(labs).catch(() => undefined) // the last one turns off the light
}
