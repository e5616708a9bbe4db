import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lab } from '../../../../e2e/lab/lab.ts'
import { systemClock } from '../../../common/clock.ts'
import { openLocalHost } from '../../../hosts/local-host.ts'
import { HELPER_IMAGE } from '../../network/start-network.ts'
import { ContainerHolds } from '../../runtime/container-holds.ts'
import type { ContainerStreams } from '../../runtime/container-runtime.ts'
import { dockerRuntime } from '../../runtime/docker/docker-runtime.ts'
import { dockerVolumeFiles } from './docker-volumes.ts'
import type { VolumeFiles } from './docker-volumes.ts'

// A volume that is written to without end, copied on its server.
const never = new AbortController().signal
let lab: Lab
let files: VolumeFiles
let streams: ContainerStreams
let writer: string
const COPIES = 40
beforeAll(async () => {
  lab = await Lab.up({ hosts: 1 })
  const host = openLocalHost({ socketPath: lab.host(1).dockerSocket })
  const holds = new ContainerHolds()
  files = dockerVolumeFiles(host, 'c', systemClock, holds)
  streams = dockerRuntime(host, 'c', systemClock, holds).streams
  await docker('pull', '-q', HELPER_IMAGE)
  // A line for one file and then for another, as fast as it can: of one moment, the first is at most one ahead.
  const count = 'cd /data; mkdir -p first second; while :; do echo x >>first/n; echo x >>second/n; done'
  writer = await docker('run', '-d', '-v', 'from:/data', 'busybox', 'sh', '-c', count)
  await docker('exec', writer, 'sh', '-c', 'cd /data; for i in 1 2 3 4 5 6 7 8; do for f in first second; do head -c 10000000 /dev/urandom >$f/noise$i; done; done; mkdir -p a/b; echo x >a/b/x; ln a/b/x a/hard; ln -s ../x a/link; chown 33:44 a/b; chmod 2750 a/b; mknod a/pipe p')
})
afterAll(() => lab?.down())

const docker = async (...words: string[]): Promise<string> => (await lab.host(1).exec(['docker', ...words])).stdout.trim()
const isPaused = async (): Promise<boolean> => (await docker('inspect', '--format', '{{.State.Paused}}', writer)) === 'true'
async function copied(to: string, hold: string[], limitSeconds = 60): Promise<void> {
  await files.create(to, {})
  await files.copy({ from: 'from', to, hold, limitSeconds }, never)
}
/** How many lines the first file is ahead of the second. */
async function ahead(volume: string): Promise<number> {
  const [first = '', second = ''] = (await docker('run', '--rm', '-v', `${volume}:/data`, 'busybox', 'sh', '-c', 'wc -l </data/first/n; wc -l </data/second/n')).split('\n')
  return Number(first) - Number(second)
}

test('is of one moment while its container is held still, which it is no longer than that; unheld it is not', async () => {
  await copied('held', [writer])
  expect([0, 1]).toContain(await ahead('held'))
  expect(await isPaused()).toBe(false)
  const lines = (): Promise<string> => docker('exec', writer, 'sh', '-c', 'wc -l </data/first/n')
  const before = Number(await lines())
  await wait(300)
  expect(Number(await lines())).toBeGreaterThan(before)
  await copied('unheld', [])
  expect([0, 1]).not.toContain(await ahead('unheld'))
  expect(await docker('ps', '-aq', '--filter', 'label=toque.dev/role=copy')).toBe('')
})

test('has the same names, kinds, links, owners, modes and bytes; two at once wait for each other', async () => {
  await docker('pause', writer)
  try {
    // What a person has paused stays so.
    await Promise.all([copied('same', [writer]), copied('same-2', [writer])])
    expect(await isPaused()).toBe(true)
    const [source, same, second] = await Promise.all(['from', 'same', 'same-2'].map((name) => files.check(name, () => undefined, never)))
    expect([same, second]).toEqual([source, source])
  } finally {
    await docker('unpause', writer)
  }
})

test('whatever ends it, the container goes on: its time is over, it is killed, it is given up', async () => {
  await docker('exec', writer, 'sh', '-c', 'mkdir /data/many; cd /data/many; seq 1 100000 | xargs touch')
  await expect(copied('slow', [writer], 1)).rejects.toThrow(/took longer than the 1 s that its containers may be held still/)
  expect(await isPaused()).toBe(false)
  const held = async (): Promise<string> => {
    for (let i = 0; i < 600; i++) {
      const id = await docker('ps', '-q', '--filter', 'label=toque.dev/role=copy')
      if (id !== '' && await isPaused()) return id
      await wait(20)
    }
    throw new Error('it was never held')
  }
  const killed = copied('killed', [writer]).catch((error: Error) => error)
  await docker('kill', await held())
  expect(await killed).toBeInstanceOf(Error)
  expect(await isPaused()).toBe(false)
  // An engine that follows one which died removes what that had begun.
  const begun = copied('begun', [writer]).catch((error: Error) => error)
  await held()
  await files.remove('begun')
  expect([await begun, await isPaused(), await files.owner('begun')]).toEqual([expect.any(Error), false, undefined])
  const giveUp = new AbortController()
  await files.create('given-up', {})
  const left = files.copy({ from: 'from', to: 'given-up', hold: [writer], limitSeconds: 60 }, giveUp.signal).catch((error: Error) => error.message)
  await held()
  giveUp.abort(new Error('given up'))
  expect([await left, await isPaused()]).toEqual(['given up', false])
})

// Without the holds, one of some dozens of copies met a program on its way into the container: Docker then waited for what was frozen, and the container stood still for ever.
test('programs that begin in it all the time: each copy ends, and the container goes on', async () => {
  const target = await docker('run', '-d', '-v', 'small:/data', 'busybox', 'sleep', '3600')
  let over = false
  const begin = async (): Promise<number> => {
    let begun = 0
    for (; !over; begun++) {
      const session = await streams.exec(target, { command: ['true'], stdin: false, tty: false })
      await session.exit
    }
    return begun
  }
  const loops = [begin(), begin(), begin()]
  for (let i = 0; i < COPIES; i++) {
    await files.create(`small-${String(i)}`, {})
    await files.copy({ from: 'small', to: `small-${String(i)}`, hold: [target], limitSeconds: 20 }, AbortSignal.timeout(30_000))
    expect(await docker('inspect', '--format', '{{.State.Paused}}', target)).toBe('false')
  }
  over = true
  // There was something to meet.
  for (const begun of await Promise.all(loops)) expect(begun).toBeGreaterThan(COPIES)
}, 240_000)
