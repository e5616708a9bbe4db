import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll } from 'vitest'
import { Lab } from '../../../e2e/lab/lab.ts'
import { systemClock } from '../../common/clock.ts'
import { DockerLabel } from '../../common/docker-labels.ts'
import { dockerRuntime } from '../../engine/runtime/docker/docker-runtime.ts'
import type { SandboxNetwork } from '../../engine/runtime/container-runtime.ts'
import { loadBusybox } from '../../engine/runtime/testing/busybox-image.ts'
import { containerRuntimeConformance } from '../../engine/runtime/testing/container-runtime.conformance.ts'
import type { SshHost } from './ssh-host.ts'
import { SshLab } from './testing/ssh-lab.ts'

const IMAGE = 'test/busybox:1'
let lab: Lab
let ssh: SshLab
let streamlocal: SshHost
let dialStdio: SshHost
let sandboxImage: string
let network: SandboxNetwork
beforeAll(async () => {
  lab = await Lab.up({ hosts: 1, noImages: true })
  ssh = await SshLab.on(lab)
  const server = lab.host(1)
  await ssh.user(server, 'deploy', 'pass word 1', ['docker'])
  await ssh.sshd(server, 2201, ['AllowStreamLocalForwarding no'])
  streamlocal = ssh.open(ssh.target(server))
  dialStdio = ssh.open(ssh.target(server, { port: 2201, user: 'deploy' }))
  await loadBusybox(streamlocal.docker, IMAGE)
  const { images, resources } = dockerRuntime(streamlocal, 'c', systemClock)
  sandboxImage = await images.ensureSandbox()
  const { name } = await resources.createPodNetwork('10.211.2.0/24')
  network = { type: 'pod', network: name, address: '10.211.2.9', hostname: 'h', dns: { servers: [], searches: [], options: [] }, ports: [] }
})
afterAll(async () => {
  await ssh?.down()
  await lab?.down()
})

const ways: [string, () => SshHost][] = [['over a forwarded socket, as root', () => streamlocal], ['through dial-stdio, as a user of the docker group', () => dialStdio]]
for (const [way, host] of ways) {
  containerRuntimeConformance(`Docker over SSH ${way}`, () => Promise.resolve({
    runtime: dockerRuntime(host(), 'c', systemClock).containers,
    labels: { [DockerLabel.cluster]: 'c', [DockerLabel.podUid]: 'u' },
    steady: { image: IMAGE, command: ['sleep', '1000'] }, ends: { image: IMAGE, command: ['sh', '-c', 'sleep 0.2; exit 3'] },
    sandbox: { image: sandboxImage, network },
    pass: (ms: number) => wait(ms),
    until: async (done: () => boolean | Promise<boolean>) => {
      for (const end = performance.now() + 60_000; performance.now() < end && !(await done());) await wait(10)
      if (!(await done())) throw new Error('it never came about')
    },
  }))
}
