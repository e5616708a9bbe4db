import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lab } from '../../../e2e/lab/lab.ts'
import { systemClock } from '../../common/clock.ts'
import { Pods } from '../../common/kube/kinds.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import { isPodReady } from '../../common/kube/pods.ts'
import { SharedInformers } from '../../engine/client/informers.ts'
import { MemoryClient } from '../../engine/client/testing/memory-client.ts'
import { startNodeAgent } from '../../engine/runtime/node/node-agent.ts'
import type { NodeAgent } from '../../engine/runtime/node/node-agent.ts'
import { loadBusybox } from '../../engine/runtime/testing/busybox-image.ts'
import type { SshHost } from './ssh-host.ts'
import { SshLab } from './testing/ssh-lab.ts'

const IMAGE = 'test/busybox:1'
let lab: Lab
let ssh: SshLab
let host: SshHost
let agent: NodeAgent
let informers: SharedInformers
const client = new MemoryClient(systemClock)
beforeAll(async () => {
  lab = await Lab.up({ hosts: 1, noImages: true })
  ssh = await SshLab.on(lab)
  await ssh.user(lab.host(1), 'deploy', 'pass word 1', ['docker'])
  host = ssh.open(ssh.target(lab.host(1), { user: 'deploy' }))
  await loadBusybox(host.docker, IMAGE)
  const onError = (error: unknown): void => console.error(error)
  informers = new SharedInformers({ client, clock: systemClock, onError })
  agent = startNodeAgent({
    client, informers, host, clock: systemClock, nodeName: 'node-1', clusterId: crypto.randomUUID(), onError, recorder: { event: () => undefined },
    place: () => Promise.resolve({ address: lab.host(1).address, networks: ['10.244.0.0/16'] }),
  })
  await agent.ready
})
afterAll(async () => {
  await agent?.stop()
  await informers?.stop()
  await ssh?.down()
  await lab?.down()
})

const pod = (): Promise<Frozen<Pod>> => client.get(Pods, 'default', 'web')

test('a pod on a server: probed and reached through the connection, run into, and healed', async () => {
  const container = {
    name: 'app', image: IMAGE, imagePullPolicy: 'Never', command: ['sh', '-c', 'echo over ssh > /tmp/index.html; httpd -p 8080 -h /tmp; while :; do sleep 0.1; done'],
    readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 }, volumeMounts: [{ name: 'api', mountPath: '/api' }],
  }
  const volumes = [{ name: 'api', projected: { sources: [{ serviceAccountToken: { path: 'token', expirationSeconds: 10 } }] } }]
  await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web', namespace: 'default' }, spec: { nodeName: 'node-1', terminationGracePeriodSeconds: 1, containers: [container], volumes } })
  await expect.poll(async () => isPodReady(await pod()), { timeout: 60_000 }).toBe(true)
  const stream = await host.dial((await pod()).status?.podIP ?? '', 8080)
  stream.end('GET / HTTP/1.0\r\n\r\n')
  expect(await text(stream)).toContain('over ssh')
  const session = await agent.nodeAccess.exec({ namespace: 'default', pod: 'web', container: 'app' }, { command: ['sh', '-c', 'cat; exit 4'], stdin: true, tty: false })
  await session.writeStdin(Buffer.from('typed'))
  session.endStdin() // half-closes the stream: the answer still comes
  let output = ''
  for await (const chunk of session.stdout) output += Buffer.from(chunk).toString()
  expect([output, await session.exit]).toEqual(['typed', 4])
  // Its token is replaced over the connection, while it runs.
  const token = async (): Promise<string> => {
    const reading = await agent.nodeAccess.exec({ namespace: 'default', pod: 'web', container: 'app' }, { command: ['cat', '/api/token'], stdin: false, tty: false })
    let read = ''
    for await (const chunk of reading.stdout) read += Buffer.from(chunk).toString()
    return read
  }
  const before = await token()
  expect(before).toMatch(/^token \d+ of default for $/)
  await expect.poll(token, { timeout: 60_000 }).not.toBe(before)
  expect((await pod()).status?.containerStatuses?.[0]?.restartCount).toBe(0)
  await host.docker.getContainer((await pod()).status?.containerStatuses?.[0]?.containerID?.replace(/^.*:\/\//, '') ?? '').kill()
  await expect.poll(async () => (await pod()).status?.containerStatuses?.[0]?.restartCount, { timeout: 60_000 }).toBe(1)
  await expect.poll(async () => isPodReady(await pod()), { timeout: 60_000 }).toBe(true)
})
