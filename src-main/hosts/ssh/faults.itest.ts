import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lab } from '../../../e2e/lab/lab.ts'
import type { LabHost } from '../../../e2e/lab/lab-host.ts'
import { systemClock } from '../../common/clock.ts'
import { followDockerEvents } from '../docker-events.ts'
import { DockerUnreachableError } from '../host.ts'
import { loadBusybox } from '../../engine/runtime/testing/busybox-image.ts'
import type { SshHost } from './ssh-host.ts'
import type { SshState } from './ssh-link.ts'
import { SshLab } from './testing/ssh-lab.ts'

const IMAGE = 'test/busybox:1'
let lab: Lab
let ssh: SshLab
let server: LabHost
let host: SshHost
const phases: string[] = []
const connects: number[] = []
const events: string[] = []
const abort = new AbortController()
beforeAll(async () => {
  lab = await Lab.up({ hosts: 1, noImages: true })
  ssh = await SshLab.on(lab)
  server = lab.host(1)
  host = ssh.open(ssh.target(server))
  await loadBusybox(host.docker, IMAGE)
  void (async () => {
    for await (const state of host.states()) phases.push(state.phase)
  })()
  void followDockerEvents(host.docker, { type: ['container'] }, {
    onConnected: () => void connects.push(Date.now()), onDisconnected: () => undefined, onEvent: (event) => void events.push(event.Action),
  }, systemClock, abort.signal)
})
afterAll(async () => {
  abort.abort()
  await ssh?.down()
  await lab?.down()
})

const state = (): SshState['phase'] => host.state.phase

async function eventsFlow(): Promise<void> {
  events.length = 0
  const { id } = await host.docker.createContainer({ Image: IMAGE, Cmd: ['true'] })
  await host.docker.getContainer(id).remove()
  await expect.poll(() => events).toEqual(['create', 'destroy'])
}

test('events come over the connection', async () => {
  await expect.poll(() => connects.length).toBe(1)
  await eventsFlow()
})

test('a frozen server that thaws after 3 s keeps its connection', async () => {
  const before = connects.length
  await server.freeze()
  const slow = host.docker.info()
  await wait(3000)
  await server.thaw()
  expect(await slow).toHaveProperty('Name')
  expect([state(), connects.length]).toEqual(['connected', before])
})

test('while the server is cut off calls and streams fail, with a sentence; when it is healed all comes back by itself', async () => {
  const before = connects.length
  const shell = await host.shell({ columns: 80, rows: 24 })
  shell.stream.resume()
  phases.length = 0
  await server.cut()
  const start = performance.now()
  await expect(host.docker.listContainers()).rejects.toMatchObject({ code: 'lost', message: expect.stringMatching(/the server was silent for 6 s/) as unknown })
  expect(await shell.exit).toBe(null)
  expect(performance.now() - start).toBeLessThan(20_000)
  await expect.poll(state, { timeout: 60_000 }).toBe('unreachable')
  const quick = performance.now()
  await expect(host.docker.listContainers()).rejects.toThrow(/does not answer|cannot be reached/)
  await expect(host.dial('127.0.0.1', 22)).rejects.toBeInstanceOf(DockerUnreachableError)
  expect(performance.now() - quick).toBeLessThan(5_000)
  await server.heal()
  await expect.poll(state, { timeout: 60_000 }).toBe('connected')
  await expect.poll(() => connects.length, { timeout: 60_000 }).toBe(before + 1)
  await eventsFlow()
  expect(phases).toEqual(expect.arrayContaining(['connecting', 'unreachable', 'connected']))
})

test('a power cut and a boot', async () => {
  const before = connects.length
  await server.kill()
  await expect(host.docker.ping()).rejects.toBeInstanceOf(DockerUnreachableError)
  await expect.poll(state, { timeout: 60_000 }).toBe('unreachable')
  await server.start()
  await expect.poll(state, { timeout: 60_000 }).toBe('connected')
  await expect.poll(() => connects.length, { timeout: 60_000 }).toBe(before + 1)
  await eventsFlow()
})

test('sshd\'s own restart of a session is a short gap: a call right after waits for the new connection', async () => {
  // The session's process only: the one that listens stays.
  const { stdout } = await host.run('echo $PPID')
  await server.exec(['kill', '-KILL', stdout.trim()])
  await expect.poll(() => host.docker.ping().then(String, String)).toBe('OK')
  expect(state()).toBe('connected')
})
