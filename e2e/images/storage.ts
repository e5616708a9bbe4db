import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cacheDir, repository } from '../lab/places.ts'
import { registryConfig } from '../lab/registry-config.ts'
import { run } from '../lab/run.ts'
import type { Image } from './image.ts'
import { postgres } from './postgres.ts'
import { pushImage } from './push.ts'
import { busybox, nginx, nodeHelper, PACKAGES, readHelperRecipe, testapp } from './recipes.ts'

const DIR = join(cacheDir, 'lab-images')

/** All images of the lab. */
async function allImages(): Promise<Image[]> {
  const base = await busybox()
  return [base, ...(await nginx(base)), ...(await testapp()), await postgres(base), await nodeHelper()]
}

/**
 * The folder of a registry's storage with all images of the lab, built when there is none for these recipes and these versions of Debian's
 * packages. Two who build at once do the work twice, and one result stays.
 */
export async function imageStorage(say: (line: string) => void = () => {}): Promise<string> {
  const wanted = join(DIR, await cacheKey())
  if (existsSync(wanted)) return wanted
  say("building the lab's images from Debian's packages")
  await mkdir(DIR, { recursive: true })
  for (const old of await readdir(DIR)) if (!old.includes('.')) await rm(join(DIR, old), { recursive: true, force: true })
  const building = `${wanted}.${process.pid}`
  try {
    await fill(building, await allImages())
    await rename(building, wanted).catch((error: unknown) => {
      if (!existsSync(wanted)) throw error
    })
  } finally {
    await rm(building, { recursive: true, force: true })
    await rm(`${building}.yml`, { force: true })
  }
  return wanted
}

/** Changes when a recipe or a package does. */
async function cacheKey(): Promise<string> {
  const hash = createHash('sha256')
  const dir = join(repository, 'e2e/images')
  for (const name of (await readdir(dir)).sort()) {
    if (!name.includes('.test.') && !name.includes('.itest.')) hash.update(name).update(await readFile(join(dir, name)))
  }
  const helper = await readHelperRecipe()
  hash.update(JSON.stringify(helper))
  const { stdout } = await run('dpkg-query', ['-W', ...PACKAGES, ...helper.packages], { anyCode: true })
  return hash.update(stdout).digest('hex').slice(0, 16)
}

/** Pushes images into a registry that runs for just that. */
async function fill(storage: string, images: readonly Image[]): Promise<void> {
  const address = `127.0.0.1:${await freePort()}`
  await writeFile(`${storage}.yml`, registryConfig(storage, { addr: address }))
  const registry = spawn('docker-registry', ['serve', `${storage}.yml`], { stdio: 'ignore' })
  const ended = new Promise<void>((resolve, reject) => {
    registry.once('error', reject)
    registry.once('exit', () => resolve())
  })
  try {
    await Promise.race([answers(address), ended.then(() => Promise.reject(new Error('docker-registry ended at once')))])
    for (const image of images) await pushImage(address, image)
  } finally {
    registry.kill()
    await ended.catch(() => undefined)
  }
}

async function answers(address: string): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if ((await fetch(`http://${address}/v2/`).catch(() => undefined))?.ok === true) return
    await sleep(20)
  }
  throw new Error('docker-registry does not answer')
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
