import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lab } from '../../../../e2e/lab/lab.ts'
import { systemClock } from '../../../common/clock.ts'
import { DockerLabel } from '../../../common/docker-labels.ts'
import { openLocalHost } from '../../../hosts/local-host.ts'
import type { Host } from '../../../hosts/host.ts'
import type { SandboxNetwork } from '../container-runtime.ts'
import { loadBusybox } from '../testing/busybox-image.ts'
import { containerRuntimeConformance } from '../testing/container-runtime.conformance.ts'
import { dockerRuntime } from './docker-runtime.ts'

const IMAGE = 'test/busybox:1'
let lab: Lab
let host: Host
let sandboxImage: string
let network: SandboxNetwork
beforeAll(async () => {
  lab = await Lab.up({ hosts: 1, noImages: true })
  host = openLocalHost({ socketPath: lab.host(1).dockerSocket })
  await loadBusybox(host.docker, IMAGE)
  const { images, resources } = dockerRuntime(host, 'c', systemClock)
  sandboxImage = await images.ensureSandbox()
  const { name } = await resources.createPodNetwork('10.211.1.0/24')
  network = { type: 'pod', network: name, address: '10.211.1.9', hostname: 'h', dns: { servers: [], searches: [], options: [] }, ports: [] }
})
afterAll(() => lab.down())

containerRuntimeConformance('Docker', () => Promise.resolve({
  runtime: dockerRuntime(host, 'c', systemClock).containers,
  labels: { [DockerLabel.cluster]: 'c', [DockerLabel.podUid]: 'u' },
  steady: { image: IMAGE, command: ['sleep', '1000'] }, ends: { image: IMAGE, command: ['sh', '-c', 'sleep 0.2; exit 3'] },
  sandbox: { image: sandboxImage, network },
  pass: (ms: number) => wait(ms),
  until: async (done: () => boolean | Promise<boolean>) => {
    for (const end = performance.now() + 60_000; performance.now() < end && !(await done());) await wait(10)
    if (!(await done())) throw new Error('it never came about')
  },
}))

test('another cluster\'s containers are not seen', async () => {
  const { id } = await host.docker.createContainer({ Image: IMAGE, Cmd: ['true'], Labels: { [DockerLabel.cluster]: 'other', [DockerLabel.podUid]: 'u' } })
  expect(await dockerRuntime(host, 'c', systemClock).containers.list()).toEqual([])
  await host.docker.getContainer(id).remove()
})

test('the sandbox ends at once on SIGTERM, renames, and removes files and directories', async () => {
  const { streams } = dockerRuntime(host, 'c', systemClock)
  const { id } = await host.docker.createContainer({ Image: sandboxImage })
  const container = host.docker.getContainer(id)
  await container.start()
  const tool = async (...args: string[]): Promise<number> => {
    const session = await streams.exec(id, { command: ['/toque-sandbox', ...args], stdin: false, tty: false })
    return session.exit
  }
  expect(await tool('mv', '/termination/0', '/volumes/moved')).toBe(0)
  expect(await tool('mv', '/nothing', '/volumes/x')).toBe(2)
  expect((await streams.readFile(id, '/volumes/moved', 10)).content).toHaveLength(0)
  expect(await tool('rm', '/volumes/moved', '/nothing', '/volumes')).toBe(0)
  await expect(streams.readFile(id, '/volumes', 10)).rejects.toThrow(/volumes/)
  // One that does not heed it would be killed after a minute, with another code.
  await container.stop({ t: 60 })
  expect((await container.inspect()).State.ExitCode).toBe(0)
  await container.remove()
})

test('a Docker that is away is a sentence', async () => {
  const away = openLocalHost({ socketPath: '/nowhere/docker.sock' })
  await expect(dockerRuntime(away, 'c', systemClock).containers.list()).rejects.toThrow(/Docker is not running here: there is no socket at \/nowhere\/docker\.sock\. Start Docker/)
})
