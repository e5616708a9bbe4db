import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { imageStorage } from '../images/storage.ts'
import { firstLine } from './first-line.ts'
import { Lab } from './lab.ts'
import { labsDir, repository } from './places.ts'
import { cleanRemains } from './remains.ts'
import { networksOf, tracesOf } from './traces.ts'

const PATIENCE = { timeout: 20_000, interval: 20 }
let creator: ChildProcess | undefined

afterEach(async () => {
  creator?.kill('SIGKILL')
  await cleanRemains(labsDir())
})

/** Starts a process that makes a lab of two servers. */
function create(id: string): { process: ChildProcess; up: Promise<string> } {
  const made = spawn(process.execPath, ['--import', 'tsx', 'e2e/lab/creator.fixture.ts', id], { cwd: repository, stdio: ['ignore', 'pipe', 'inherit'] })
  creator = made
  const up = firstLine(made.stdout)
  up.catch(() => undefined)
  return { process: made, up }
}

async function keeperOf(id: string): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (words.includes('keeper.ts') && words.includes(`"id":"${id}"`)) return Number(pid)
  }
  throw new Error(`no keeper of ${id}`)
}

describe('a creator that is killed (SIGKILL) takes its lab along', () => {
  test.each([
    ['when the folder is there', 'crasha', ''],
    ['when the first server is being made', 'crashb', 'h1'],
    ['when its PID 1 runs', 'crashc', 'h1/init.pid'],
    ['when its dockerd starts', 'crashd', 'h1/var/up/log/docker.log'],
    ['when its Docker listens', 'crashe', 'h1/run/docker.sock'],
  ])('%s', async (_, id, sign) => {
    await imageStorage()
    const { process: made } = create(id)
    await vi.waitUntil(() => existsSync(join(labsDir(), id, sign)), { timeout: 20_000, interval: 1 })
    const networks = await networksOf(id)
    made.kill('SIGKILL')
    await vi.waitFor(async () => expect(await tracesOf(id, networks)).toEqual([]), PATIENCE)
  })

  test('when all runs, a container included', async () => {
    const { process: made, up } = create('crashf')
    expect(await up).toBe('up')
    const networks = await networksOf('crashf')
    expect(networks.size).toBe(4) // the switch, two servers and a container
    made.kill('SIGKILL')
    await vi.waitFor(async () => expect(await tracesOf('crashf', networks)).toEqual([]), PATIENCE)
  })
})

test.each(['the keeper', 'the keeper and the creator'])('when %s is killed everything that runs ends, and the rest goes with the next clean', async (who) => {
  const id = who === 'the keeper' ? 'crashg' : 'crashh'
  const { process: made, up } = create(id)
  await up
  const networks = await networksOf(id)
  process.kill(await keeperOf(id), 'SIGKILL')
  if (who !== 'the keeper') made.kill('SIGKILL')
  await vi.waitFor(async () => expect((await tracesOf(id, networks)).filter((trace) => !/^(folder|cgroups)/.test(trace))).toEqual([]), PATIENCE)
  await cleanRemains(labsDir())
  // Another lab that begins meanwhile cleans, too: it may be it that is just at this one.
  await vi.waitFor(async () => expect(await tracesOf(id, networks)).toEqual([]), PATIENCE)
})

test('a detached lab outlives its creator and ends with down', async () => {
  const { process: made, up } = create('crashi')
  await up
  const lab = await Lab.find('crashi')
  await lab.ask({ do: 'detach' })
  const networks = await networksOf('crashi')
  made.kill('SIGKILL')
  await new Promise((resolve) => made.once('exit', resolve))
  expect((await lab.host(1).exec('docker ps --format {{.Names}}')).stdout).toBe('web\n')
  await lab.down()
  await vi.waitFor(async () => expect(await tracesOf('crashi', networks)).toEqual([]), PATIENCE)
})
