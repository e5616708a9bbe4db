import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../src-main/common/kube/generated/core-v1.ts'
import { eventually } from '../harness/containers.ts'
import { CopiedImages, figures, imageId, MB, waitingOf } from '../harness/copied-images.ts'
import { privateRegistry } from '../harness/private-registry.ts'
import { Team } from '../harness/team.ts'

// Images that no registry has: from a server or from the desk to where they are needed. And those that a registry gives only to some. What is slow or breaks off: images.long.itest.ts.
let team: Team
let images: CopiedImages
beforeAll(async () => {
  team = await Team.up(3, { deskDocker: true })
  images = new CopiedImages(team)
})
afterAll(() => team?.down())

test('an image that only one server has runs on all three, the same there as here', async () => {
  const [a] = team.hosts
  if (a === undefined) throw new Error('no server')
  const id = await images.build(a, 'only-here:1', 'busybox', 8 * MB)
  await team.apply(images.deployment('everywhere', 'only-here:1', { replicas: 3 }))
  await team.rolloutDone('everywhere')
  expect(new Set((await images.podsOf('everywhere')).map((p) => p.spec.nodeName)).size).toBe(3)
  for (const host of team.hosts) expect(await imageId(host, 'only-here:1')).toBe(id)
  const copied = await images.eventsOf('everywhere', 'Copied')
  console.log(copied.join('\n'))
  expect(copied.length).toBe(2)
  for (const message of copied) expect(figures(message).sent).toBeGreaterThan(8 * MB)
})

test('a second image on top of it sends only the difference', async () => {
  const [a] = team.hosts
  if (a === undefined) throw new Error('no server')
  const id = await images.build(a, 'only-here:2', 'only-here:1', 100_000)
  await team.apply(images.deployment('second', 'only-here:2', { replicas: 3 }))
  await team.rolloutDone('second')
  for (const host of team.hosts) expect(await imageId(host, 'only-here:2')).toBe(id)
  const copied = await images.eventsOf('second', 'Copied')
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
  })
})

test('what was just built on the desk runs on every server, and the next build of the same name does, too', async () => {
  const { deskDocker } = team
  if (deskDocker === undefined) throw new Error('no desk')
  const first = await images.build(deskDocker, 'myapp', 'busybox', 1 * MB)
  await team.apply(images.deployment('mine', 'myapp', { replicas: 3 }))
  await team.rolloutDone('mine')
  for (const host of team.hosts) expect(await imageId(host, 'myapp')).toBe(first)
  for (const message of await images.eventsOf('mine', 'Copied')) expect(message).toContain('this computer\'s Docker')
  const second = await images.build(deskDocker, 'myapp', 'busybox', 1 * MB)
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
  await team.apply(images.deployment('pinned', digest, { on: b }))
  await team.rolloutDone('pinned')
  expect((await images.podsOf('pinned'))[0]?.status?.containerStatuses?.[0]?.imageID).toBe(await imageId(a, digest))
  await team.kubectl(['delete', 'deployment/pinned'])
})

test('a policy of Never copies nothing, and says so', async () => {
  const [, , c] = team.hosts
  if (c === undefined || team.deskDocker === undefined) throw new Error('no server')
  await images.build(team.deskDocker, 'never:1', 'busybox', 1000)
  await team.apply(images.deployment('never', 'never:1', { on: c, policy: 'Never' }))
  await eventually('the refusal', async () => waitingOf((await images.podsOf('never'))[0]).reason === 'ErrImageNeverPull')
  expect((await c.exec('docker image inspect never:1', { anyCode: true })).code).not.toBe(0)
  await team.kubectl(['delete', 'deployment/never'])
})

test('a private image: a wrong password is told, the right one opens it, and nobody else gets at it', async () => {
  const [a, b] = team.hosts
  if (a === undefined || b === undefined) throw new Error('no server')
  const registry = await privateRegistry(a, team.lab.registry ?? '', 'cook:salt')
  try {
    const image = `${registry.address}/library/nginx:1.22`
    const secret = async (name: string, password: string): Promise<unknown> => team.kubectl(['create', 'secret', 'docker-registry', name, `--docker-server=${registry.address}`, '--docker-username=cook', `--docker-password=${password}`])
    await secret('wrong', 'pepper-7431')
    await team.apply(images.deployment('closed', image, { on: a, policy: 'Always', secrets: ['wrong'] }))
    const { message } = await eventually('the refusal', async () => {
      const waiting = waitingOf((await images.podsOf('closed'))[0])
      return /ErrImagePull|ImagePullBackOff/.test(waiting.reason) && waiting
    })
    console.log(message)
    expect(message).toContain(`The registry ${registry.address} refuses the credentials in Secret "wrong"`)
    // The service account's secret is every pod's that names none; of several the right one is found.
    await secret('right', 'salt')
    await team.kubectl(['patch', 'serviceaccount', 'default', '-p', JSON.stringify({ imagePullSecrets: [{ name: 'wrong' }, { name: 'right' }] })])
    await team.apply(images.deployment('open', image, { on: a, policy: 'Always' }))
    await team.rolloutDone('open')
    // On the other server nothing listens at this address: the registry cannot be reached. The same secret opens the copy.
    await team.apply(images.deployment('copied', image, { on: b }))
    await team.rolloutDone('copied')
    expect(await imageId(b, image)).toBe(await imageId(a, image))
    // Another namespace has no secret, on either server, whether the registry refuses it or cannot be reached.
    await team.kubectl(['create', 'namespace', 'other'])
    for (const host of [a, b]) {
      await team.apply(images.deployment(`thief-${host.name}`, image, { on: host, namespace: 'other', policy: 'Always' }))
      await eventually('the refusal', async () => /ErrImagePull|ImagePullBackOff/.test(waitingOf((await images.podsOf(`thief-${host.name}`, 'other'))[0]).reason))
      console.log(waitingOf((await images.podsOf(`thief-${host.name}`, 'other'))[0]).message)
    }
    // No password where people and programs look.
    const seen = [team.toque.log, await team.kubectl(['get', 'events,pods,nodes', '-A', '-o', 'yaml'])].join('\n')
    expect(seen).not.toContain('pepper-7431')
  } finally {
    registry.stop()
  }
}, 240_000)
