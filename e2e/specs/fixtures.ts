import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base } from '@playwright/test'
import type { LabHost } from '../lab/lab-host.ts'
import { Lab } from '../lab/lab.ts'

interface Story {
  lab: Lab
  /** The server whose Docker the app drives. */
  host: LabHost
  /** The app's data directory, for as long as the story lasts. */
  data: string
}

/** A server and a data directory for all tests of a file. */
export const test = base.extend<object, Story>({
  lab: [async ({}, use) => {
    await using lab = await Lab.up({ hosts: 1 })
    await use(lab)
  }, { scope: 'worker', timeout: 300_000 }],
  host: [({ lab }, use) => use(lab.host(1)), { scope: 'worker' }],
  data: [async ({}, use) => {
    const dir = await mkdtemp(join(tmpdir(), 'toque-e2e-'))
    await use(dir)
    await rm(dir, { recursive: true, force: true })
  }, { scope: 'worker' }],
})
export { expect } from '@playwright/test'
