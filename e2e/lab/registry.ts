import { mkdir, open, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LabPlan } from './host-machine.ts'
import { registryConfig } from './registry-config.ts'
import { run } from './run.ts'
import type { Switch } from './switch.ts'

/** The lab's image registry: Debian's docker-registry on the switch, which servers use as Docker Hub's mirror. */
export class Registry {
  /** `10.88.0.2:5000`; servers also know it as `registry.lab:5000`. */
  readonly address: string

  private constructor(address: string) {
    this.address = address
  }

  /** `images`: a registry's storage folder. The lab works on a copy (blobs, which never change, are linked), so pushes stay its own. */
  static async start(net: Switch, lab: LabPlan, images: string, signal: AbortSignal): Promise<Registry> {
    const address = `${lab.net}.2:5000`
    const storage = join(lab.dir, 'registry')
    await copyStorage(images, storage)
    const config = join(lab.dir, 'registry.yml')
    await writeFile(config, registryConfig(storage, { addr: '0.0.0.0:5000' }))
    const log = await open(join(lab.dir, 'registry.log'), 'a')
    const child = spawn(...net.enter('docker-registry', 'serve', config), { stdio: ['ignore', log.fd, log.fd], detached: true, cwd: '/' })
    await log.close()
    const ended = new Promise<never>((_, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => reject(new Error(`the lab's registry ended with ${code}; see ${lab.dir}/registry.log`)))
    })
    ended.catch(() => undefined)
    await Promise.race([ended, answers(address, signal)])
    return new Registry(address)
  }
}

async function copyStorage(from: string, to: string): Promise<void> {
  const base = 'docker/registry/v2'
  await mkdir(join(to, base), { recursive: true })
  await run('cp', ['-a', '--link', join(from, base, 'blobs'), join(to, base)])
  await run('cp', ['-a', join(from, base, 'repositories'), join(to, base)])
}

async function answers(address: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted()
    const response = await fetch(`http://${address}/v2/`, { signal }).catch(() => undefined)
    if (response?.ok === true) return
    await sleep(20, undefined, { signal })
  }
}
