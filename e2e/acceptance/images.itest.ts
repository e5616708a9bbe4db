import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Event, Node, Pod } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { privateRegistry } from '../harness/private-registry.ts'
import { Team } from '../harness/team.ts'
import type { LabHost } from '../lab/lab-host.ts'
import { run } from '../lab/run.ts'

// Images that no registry has: from a server or from the desk to where they are needed. And those that a registry gives only to some.
const MB = 1e6
let team: Team
beforeAll(async () => { team = await Team.up(3, { deskDocker: true }) })
afterAll(() => team?.down())

/** As a developer builds one: a layer of so many random bytes on top of `from`. */
async function build(host: LabHost, name: string, from: string, bytes: number): Promise<string> {
  await host.exec(`mkdir -p /root/build && cd /root/build && head -c ${String(bytes)} /dev/urandom >blob && printf 'FROM ${from}\\nCOPY blob /${name.replace(/\W/g, '-')}\\nCMD ["sleep", "100000"]\\n' >Dockerfile && docker build -q -t ${name} .`)
  return imageId(host, name)
}

async function imageId(host: LabHost, name: string): Promise<string> {
  return (await host.exec(['docker', 'image', 'inspect', '--format', '{{.Id}}', name])).stdout.trim()
}

/** `on`: all replicas on this server; else one on each. */
function deployment(name: string, image: string, options: { replicas?: number; on?: LabHost; namespace?: string; policy?: string; secrets?: string[] } = {}): object {
  const { replicas = 1, on, namespace = 'default', policy, secrets = [] } = options
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace },
    spec: {
      replicas, selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image, command: ['sleep', '100000'], ...(policy === undefined ? {} : { imagePullPolicy: policy }) }],
          ...(secrets.length === 0 ? {} : { imagePullSecrets: secrets.map((secret) => ({ name: secret })) }),
          ...(on === undefined
            ? { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'DoNotSchedule', labelSelector: { matchLabels: { app: name } } }] }
            : { nodeSelector: { 'kubernetes.io/hostname': on.name } }),
        },
      },
    },
  }
}

async function podsOf(name: string, namespace = 'default'): Promise<Pod[]> {
  return (await team.get<{ items: Pod[] }>('pods', '-n', namespace, '-l', `app=${name}`)).items
}

async function eventsOf(name: string, reason: string, namespace = 'default'): Promise<string[]> {
  const { items } = await team.get<{ items: Event[] }>('events', '-n', namespace)
  return items.filter((e) => e.reason === reason && e.involvedObject.name?.startsWith(name) === true).map((e) => e.message ?? '')
}

/** What a `Copied` event says, in bytes. */
function figures(message: string): { sent: number; spared: number } {
  return { sent: Number(/\((\d+) bytes\) sent/.exec(message)?.[1] ?? NaN), spared: Number(/\((\d+) bytes\) of layers/.exec(message)?.[1] ?? 0) }
}

function waitingOf(pod: Pod | undefined): { reason: string; message: string } {
  const waiting = pod?.status?.containerStatuses?.[0]?.state?.waiting
  return { reason: waiting?.reason ?? '', message: waiting?.message ?? '' }
}

/** Slows what a server sends; undo with `fast`. */
const slow = (host: LabHost, rate: string): Promise<unknown> => host.exec(`tc qdisc replace dev eth0 root tbf rate ${rate} burst 64k latency 200ms`)
const fast = (host: LabHost): Promise<unknown> => host.exec('tc qdisc del dev eth0 root', { anyCode: true })

test('an image that only one server has runs on all three, the same there as here', async () => {
  const [a] = team.hosts
  if (a === undefined) throw new Error('no server')
  const id = await build(a, 'only-here:1', 'busybox', 8 * MB)
  await team.apply(deployment('everywhere', 'only-here:1', { replicas: 3 }))
  await team.rolloutDone('everywhere')
  expect(new Set((await podsOf('everywhere')).map((p) => p.spec.nodeName)).size).toBe(3)
  for (const host of team.hosts) expect(await imageId(host, 'only-here:1')).toBe(id)
  const copied = await eventsOf('everywhere', 'Copied')
  console.log(copied.join('\n'))
  expect(copied.length).toBe(2)
  for (const message of copied) expect(figures(message).sent).toBeGreaterThan(8 * MB)
})

test('a second image on top of it sends only the difference', async () => {
  const [a] = team.hosts
  if (a === undefined) throw new Error('no server')
  const id = await build(a, 'only-here:2', 'only-here:1', 100_000)
  await team.apply(deployment('second', 'only-here:2', { replicas: 3 }))
  await team.rolloutDone('second')
  for (const host of team.hosts) expect(await imageId(host, 'only-here:2')).toBe(id)
  const copied = await eventsOf('second', 'Copied')
  console.log(copied.join('\n'))
  expect(copied.length).toBe(2)
  for (const message of copied) {
    expect(figures(message).sent).toBeLessThan(200_000)
    expect(figures(message).spared).toBeGreaterThan(8 * MB)
  }
})

test('every Node tells its images, the new ones, too', async () => {
  await eventually('the images in the nodes\' status', async () => {
    const { items } = await team.get<{ items: Node[] }>('nodes')
    return items.length === 3 && items.every((node) => node.status?.images?.some((i) => i.names?.includes('only-here:2') === true && (i.sizeBytes ?? 0) > 8 * MB) === true)
  }, 30_000)
})

test('what was just built on the desk runs on every server, and the next build of the same name does, too', async () => {
  const { deskDocker } = team
  if (deskDocker === undefined) throw new Error('no desk')
  const first = await build(deskDocker, 'myapp', 'busybox', 1 * MB)
  await team.apply(deployment('mine', 'myapp', { replicas: 3 }))
  await team.rolloutDone('mine')
  for (const host of team.hosts) expect(await imageId(host, 'myapp')).toBe(first)
  for (const message of await eventsOf('mine', 'Copied')) expect(message).toContain('this computer\'s Docker')
  const second = await build(deskDocker, 'myapp', 'busybox', 1 * MB)
  expect(second).not.toBe(first)
  await team.kubectl(['rollout', 'restart', 'deployment/mine'])
  await team.rolloutDone('mine')
  for (const host of team.hosts) expect(await imageId(host, 'myapp')).toBe(second)
})

test('an image that is asked for by its digest comes, too, by its ID', async () => {
  const [a, b] = team.hosts
  if (a === undefined || b === undefined || team.lab.registry === undefined) throw new Error('no server')
  // A registry that only one server can reach.
  const registry = await privateRegistry(a, team.lab.registry, 'cook:salt')
  await a.exec(`docker login -u cook --password-stdin ${registry.address} && docker pull -q ${registry.address}/library/nginx:1.22 && docker logout ${registry.address}`, { input: 'salt' })
  registry.stop()
  const digest = (await a.exec(['docker', 'image', 'inspect', '--format', '{{range .RepoDigests}}{{println .}}{{end}}', `${registry.address}/library/nginx:1.22`])).stdout.split('\n').find((line) => line.startsWith(registry.address)) ?? ''
  await team.apply(deployment('pinned', digest, { on: b }))
  await team.rolloutDone('pinned')
  expect((await podsOf('pinned'))[0]?.status?.containerStatuses?.[0]?.imageID).toBe(await imageId(a, digest))
  await team.kubectl(['delete', 'deployment/pinned'])
})

test('a policy of Never copies nothing, and says so', async () => {
  const [, , c] = team.hosts
  if (c === undefined || team.deskDocker === undefined) throw new Error('no server')
  await build(team.deskDocker, 'never:1', 'busybox', 1000)
  await team.apply(deployment('never', 'never:1', { on: c, policy: 'Never' }))
  await eventually('the refusal', async () => waitingOf((await podsOf('never'))[0]).reason === 'ErrImageNeverPull')
  expect((await c.exec('docker image inspect never:1', { anyCode: true })).code).not.toBe(0)
  await team.kubectl(['delete', 'deployment/never'])
})

test('a slow copy tells how far it is, keeps its server trusted, and a cut in the middle leaves nothing behind', async () => {
  const [a, b] = team.hosts
  if (a === undefined || b === undefined) throw new Error('no server')
  const id = await build(a, 'big:1', 'busybox', 50 * MB)
  // What is left of an archive is in Docker's folder for such, or is an image without a name.
  const leftOn = (host: LabHost): Promise<string> => host.exec('ls /var/lib/docker/tmp; docker images -q --filter dangling=true').then(({ stdout }) => stdout)
  const before = await Promise.all([a, b].map(leftOn))
  await slow(a, '80mbit')
  await team.apply(deployment('big', 'big:1', { on: b }))
  const messages = new Set<string>()
  const silent = new Set<string>()
  const watch = async (what: string, until: (waiting: { reason: string; message: string }) => boolean): Promise<void> => {
    await eventually(what, async () => {
      const waiting = waitingOf((await podsOf('big'))[0])
      messages.add(`${waiting.reason} ${waiting.message}`)
      for (const node of (await team.get<{ items: Node[] }>('nodes')).items) if (node.status?.conditions?.some((c) => c.type === 'toque.dev/Responding' && c.status === 'False') === true) silent.add(node.metadata.name)
      return until(waiting)
    }, 60_000)
  }
  const half = ({ reason, message }: { reason: string; message: string }): boolean => reason === 'Pulling' && Number(/: (\d+)/.exec(message)?.[1] ?? 0) >= 10
  await watch('a copy to be under way', half)
  console.log([...messages].join('\n'))
  expect([...messages].filter((m) => /^Pulling copying big:1 from server \S+: [\d.]+ of \d\d MB$/.test(m)).length).toBeGreaterThan(1)
  expect([...silent]).toEqual([])
  // The source goes away: the pod says so, and waits.
  await a.cut()
  await watch('the pod to tell that the copy broke off', ({ reason }) => reason === 'ErrImagePull' || reason === 'ImagePullBackOff')
  console.log(waitingOf((await podsOf('big'))[0]).message)
  expect((await b.exec('docker image inspect big:1', { anyCode: true })).code).not.toBe(0)
  await a.heal()
  await team.nodesReady(3)
  await watch('a second copy to be under way', half)
  // The target goes away, for longer than it is kept for alive.
  await b.cut()
  await eventually('the server to be given up', async () => (await team.get<Node>('node', b.name)).status?.conditions?.some((c) => c.type === 'Ready' && c.status !== 'True') === true, 60_000)
  await b.heal()
  await fast(a)
  await team.nodesReady(3)
  await team.rolloutDone('big')
  expect(await imageId(b, 'big:1')).toBe(id)
  await eventually('no half archive on any server', async () => {
    const left = await Promise.all([a, b].map(leftOn))
    return left.every((text, i) => text === before[i])
  }, 120_000)
}, 300_000)

test('a large image from the desk over a thin uplink stays in nobody\'s memory, and makes no server look silent', async () => {
  const [, b] = team.hosts
  if (b === undefined || team.deskDocker === undefined) throw new Error('no server')
  await build(team.deskDocker, 'large:1', 'busybox', 100 * MB)
  const memory = async (): Promise<number> => Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${String(team.toque.pid)}/status`, 'utf8'))?.[1]) * 1024
  const responding = async (): Promise<unknown> => (await team.get<{ items: Node[] }>('nodes')).items.map((node) => node.status?.conditions?.find((c) => c.type === 'toque.dev/Responding'))
  const { stdout } = await run('ip', ['-o', '-4', 'addr', 'show', 'to', team.lab.machineAddress])
  const uplink = stdout.split(/\s+/)[1] ?? ''
  const [memoryBefore, respondingBefore] = [await memory(), await responding()]
  await run('tc', ['qdisc', 'add', 'dev', uplink, 'root', 'tbf', 'rate', '80mbit', 'burst', '64k', 'latency', '200ms'])
  let most = 0
  try {
    await team.apply(deployment('large', 'large:1', { on: b }))
    await eventually('the image to be there', async () => {
      most = Math.max(most, await memory())
      return (await podsOf('large'))[0]?.status?.containerStatuses?.[0]?.ready === true
    }, 150_000)
  } finally {
    await run('tc', ['qdisc', 'del', 'dev', uplink, 'root'])
  }
  console.log(`the engine's memory grew by ${((most - memoryBefore) / MB).toFixed(0)} MB; ${(await eventsOf('large', 'Copied')).join()}`)
  expect(most - memoryBefore).toBeLessThan(75 * MB)
  // A condition that fell and rose again would have another time.
  expect(await responding()).toEqual(respondingBefore)
  await team.kubectl(['delete', 'deployment/large'])
}, 240_000)

test('a pod that is deleted in the middle of a copy does not wait for its end', async () => {
  const [a, b] = team.hosts
  if (a === undefined || b === undefined) throw new Error('no server')
  await build(a, 'big:2', 'busybox', 50 * MB)
  await slow(a, '8mbit')
  await team.apply(deployment('left', 'big:2', { on: b }))
  await eventually('the copy to be under way', async () => waitingOf((await podsOf('left'))[0]).message.startsWith('copying'))
  await team.kubectl(['delete', 'deployment/left'])
  await eventually('the pod to be gone', async () => (await podsOf('left')).length === 0, 20_000)
  await fast(a)
  expect((await b.exec('docker image inspect big:2', { anyCode: true })).code).not.toBe(0)
})

test('a private image: a wrong password is told, the right one opens it, and nobody else gets at it', async () => {
  const [a, b] = team.hosts
  if (a === undefined || b === undefined) throw new Error('no server')
  const registry = await privateRegistry(a, team.lab.registry ?? '', 'cook:salt')
  try {
    const image = `${registry.address}/library/nginx:1.22`
    const secret = async (name: string, password: string): Promise<unknown> => team.kubectl(['create', 'secret', 'docker-registry', name, `--docker-server=${registry.address}`, '--docker-username=cook', `--docker-password=${password}`])
    await secret('wrong', 'pepper-7431')
    await team.apply(deployment('closed', image, { on: a, policy: 'Always', secrets: ['wrong'] }))
    await eventually('the refusal', async () => /ErrImagePull|ImagePullBackOff/.test(waitingOf((await podsOf('closed'))[0]).reason))
    const { message } = waitingOf((await podsOf('closed'))[0])
    console.log(message)
    expect(message).toContain(`The registry ${registry.address} refuses the credentials in Secret "wrong"`)
    // The service account's secret is every pod's that names none; of several the right one is found.
    await secret('right', 'salt')
    await team.kubectl(['patch', 'serviceaccount', 'default', '-p', JSON.stringify({ imagePullSecrets: [{ name: 'wrong' }, { name: 'right' }] })])
    await team.apply(deployment('open', image, { on: a, policy: 'Always' }))
    await team.rolloutDone('open')
    // On the other server nothing listens at this address: the registry cannot be reached. The same secret opens the copy.
    await team.apply(deployment('copied', image, { on: b }))
    await team.rolloutDone('copied')
    expect(await imageId(b, image)).toBe(await imageId(a, image))
    // Another namespace has no secret, on either server, whether the registry refuses it or cannot be reached.
    await team.kubectl(['create', 'namespace', 'other'])
    for (const host of [a, b]) {
      await team.apply(deployment(`thief-${host.name}`, image, { on: host, namespace: 'other', policy: 'Always' }))
      await eventually('the refusal', async () => /ErrImagePull|ImagePullBackOff/.test(waitingOf((await podsOf(`thief-${host.name}`, 'other'))[0]).reason))
      console.log(waitingOf((await podsOf(`thief-${host.name}`, 'other'))[0]).message)
    }
    // No password where people and programs look.
    const seen = [team.toque.log, await team.kubectl(['get', 'events,pods,nodes', '-A', '-o', 'yaml'])].join('\n')
    expect(seen).not.toContain('pepper-7431')
  } finally {
    registry.stop()
  }
}, 240_000)
