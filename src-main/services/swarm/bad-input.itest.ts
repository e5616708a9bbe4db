import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { docker } from '../../../e2e/harness/floors.ts'
import { Lab } from '../../../e2e/lab/lab.ts'
import type { LabHost } from '../../../e2e/lab/lab-host.ts'
import { repository } from '../../../e2e/lab/places.ts'
import { systemClock } from '../../common/clock.ts'
import type { ObjectRef, Plan } from '../../common/contract/index.ts'
import type { Draft } from '../../common/kube/object.ts'
import type { Server } from '../../common/kube/server.ts'
import { Servers } from '../../common/kube/server.ts'
import { SharedInformers } from '../../engine/client/informers.ts'
import { MemoryClient } from '../../engine/client/testing/memory-client.ts'
import { HELPER_IMAGE } from '../../hosts/helper-image.ts'
import { openLocalHost } from '../../hosts/local-host.ts'
import { UnlockKeysInMemory } from '../../swarm/setup/testing/unlock-keys-in-memory.ts'
import { firstWhere } from '../../swarm/testing/first-where.ts'
import type { ServerReach } from './known-servers.ts'
import { SwarmDesk } from './swarm-desk.ts'

// What a person types that cannot be, and what cannot be done now, on a real swarm through the desk's own service: a sentence with its place, and nothing half done.

let lab: Lab
let one: LabHost
let desk: SwarmDesk
let informers: SharedInformers
let client: MemoryClient
const errors: unknown[] = []

const TAKEN = 'services: {web: {image: nginx, ports: [{target: 80, published: 8088, mode: host}], deploy: {replicas: 1, endpoint_mode: dnsrr}}}\n'
const web: ObjectRef = { apiVersion: 'swarm', kind: 'Service', namespace: 'taken', name: 'taken_web' }
const know = (host: LabHost): Promise<unknown> => client.create(Servers, { apiVersion: 'toque.dev/v1', kind: 'Server', metadata: { name: host.name }, spec: { host: host.address } } as Draft<Server>)
const forget = (host: LabHost): Promise<void> => client.delete(Servers, '', host.name)
const said = ({ problems }: Plan): string[] => problems.filter(({ severity }) => severity === 'error').map(({ line, column, message }) => `${String(line)}:${String(column)} ${message}`)
const everything = async (): Promise<string> => (await Promise.all((['service', 'network', 'secret', 'config'] as const).map((kind) => docker(one, kind, 'ls', '--quiet')))).join()

beforeAll(async () => {
  lab = await Lab.up({ hosts: 3 })
  const [first, second, third] = lab.hosts as [LabHost, LabHost, LabHost]
  one = first
  client = new MemoryClient(systemClock)
  informers = new SharedInformers({ client, clock: systemClock, onError: (error) => void errors.push(error) })
  const open = ({ metadata: { name } }: { metadata: { name: string } }): ServerReach => ({ host: openLocalHost({ socketPath: lab.hosts.find((host) => host.name === name)?.dockerSocket ?? '', description: name }), place: () => Promise.reject(new Error('not asked here')) })
  desk = new SwarmDesk({ informers, clock: systemClock, open, logins: { load: () => [], save: () => undefined },
    unlockKeys: new UnlockKeysInMemory(), helper: { image: HELPER_IMAGE, recipe: join(repository, 'resources/node-helper') }, name: 'team', version: '0', onError: (error) => void errors.push(error) })
  await docker(one, 'swarm', 'init', '--advertise-addr', one.address)
  const token = await docker(one, 'swarm', 'join-token', '--quiet', 'worker')
  await Promise.all([second, third].map((host) => docker(host, 'swarm', 'join', '--advertise-addr', host.address, '--token', token, `${one.address}:2377`)))
})
afterAll(async () => {
  await desk?.stop()
  await informers?.stop()
  await lab?.down()
})

test('only a worker is known: it says that it takes a manager, and does nothing', async () => {
  const [, worker] = lab.hosts as [LabHost, LabHost]
  await know(worker)
  const overview = await firstWhere('the sentence', desk.cluster.watchOverview(), ({ problems }) => problems.find(({ message }) => message.includes('is a worker')))
  expect(overview.message).toBe(`${worker.name} is a worker of a swarm, and only a manager can tell of it. Add one of its managers.`)
  const refusal = await desk.cluster.apply(`name: taken\n${TAKEN}`).then((plan) => said(plan).join(), (error: unknown) => (error as Error).message)
  expect(refusal).toContain('is a worker of a swarm, and only a manager can tell of it')
  await expect(desk.cluster.scale(web, 2)).rejects.toThrow(/is a worker of a swarm/)
  await forget(worker)
})

describe('with its manager', () => {
  beforeAll(async () => {
    for (const host of lab.hosts) await know(host)
    await firstWhere('three nodes', desk.cluster.watchOverview(), ({ nodes }) => nodes.total === 3)
    expect(said(await desk.cluster.apply(`name: taken\n${TAKEN}`))).toEqual([])
    await firstWhere('the app', desk.cluster.watchApp(web), ({ replicas }) => replicas.ready === 1)
  })

  test.each([
    ['no YAML', 'name: bad\nservices:\n  a: {image: nginx\n', /^\d:\d+ .{20}/],
    ['no text at all', '', /services/],
    ['a key that does not exist', 'name: bad\nservices:\n  a: {image: nginx, imagee: x}\n', /^3:21 services\.a has no key "imagee"\. Did you mean image\?|^3:21 services\.a has no key "imagee"/],
    ['an unsupported version', 'version: "2"\nname: bad\nservices: {a: {image: nginx}}\n', /^1:10 Version 2 of the Compose format is not supported/],
    ['an external network that is not there', 'name: bad\nservices: {a: {image: nginx, networks: [gone]}}\nnetworks:\n  gone: {external: true}\n', /^4:3 The network "gone" is declared as external, and the swarm has none/],
    ['an external secret that is not there', 'name: bad\nservices: {a: {image: nginx, secrets: [gone]}}\nsecrets:\n  gone: {external: true}\n', /^4:3 The secret "gone" is declared as external, and the swarm has none/],
    ['one port twice', 'name: bad\nservices:\n  a: {image: nginx, ports: ["80:1"]}\n  b: {image: nginx, ports: ["80:2"]}\n', /^4:29 The port 80 is published by a and by b/],
    ['a file that nobody gave', 'name: bad\nservices: {a: {image: nginx, secrets: [s]}}\nsecrets:\n  s: {file: ./nowhere.txt}\n', /^4:\d+ The file "\.\/nowhere\.txt" was not given/],
    ['a bomb of aliases', `name: bad\nx-0: &a0 [1,1]\n${Array.from({ length: 30 }, (_, i) => `x-${String(i + 1)}: &a${String(i + 1)} [*a${String(i)},*a${String(i)}]\n`).join('')}services: {a: {image: nginx}}\n`, /alias/i],
  ])('%s: planned or deployed, the same sentence at its place, and nothing is made', async (_, text, sentence) => {
    const before = await everything()
    const [planned, applied] = [said(await desk.cluster.plan(text)), said(await desk.cluster.apply(text))]
    expect(planned.join('\n')).toMatch(sentence)
    expect(applied).toEqual(planned)
    expect(await everything()).toBe(before)
  })

  test('a port that a service of another stack has: it says whose, and how far it came', async () => {
    await docker(one, 'service', 'create', '--detach', '--name', 'taker', '--replicas', '0', '--publish', '9090:80', 'nginx')
    const problems = said(await desk.cluster.apply('name: bad\nservices: {b: {image: nginx, ports: ["9090:80"], deploy: {replicas: 0}}}\n'))
    expect(problems.join()).toMatch(/port '9090' is already in use by service 'taker'/)
    expect(await docker(one, 'service', 'ls', '--format', '{{.Name}}')).not.toContain('bad_b')
  })
})
