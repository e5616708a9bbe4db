import { expect, test } from 'vitest'
import type { TaskSpec } from '../docker/specs.ts'
import type { SwarmFile, SwarmNetwork } from '../docker/types.ts'
import type { SwarmPicture } from '../state/picture.ts'
import { EMPTY_PICTURE } from '../state/picture.ts'
import { aNode, aService, aTask } from '../testing/objects.ts'
import { SwarmSnapshot } from './snapshot.ts'
import { fileSummaries, networkSummaries } from './stack-parts.ts'
import { stackDetail, stackSummaries } from './stacks.ts'

const LABEL = 'com.docker.stack.namespace'
const file = (name: string, day: number, labels: Record<string, string> = {}): SwarmFile => ({ ID: `id-${name}`, Version: { Index: 1 }, CreatedAt: `2026-01-0${String(day)}T00:00:00.000000001Z`, UpdatedAt: '', Spec: { Name: name, Labels: labels } })
const network = (name: string, more: Partial<SwarmNetwork> = {}): SwarmNetwork => ({ Id: `id-${name}`, Name: name, Created: '2026-01-02T00:00:00Z', Scope: 'swarm', Driver: 'overlay', ...more })

function picture(): SwarmPicture {
  const spec = (secrets: string[], networks: string[]): TaskSpec => ({
    ContainerSpec: { Image: 'nginx:1', Secrets: secrets.map((name) => ({ SecretID: `id-${name}`, SecretName: name, File: { Name: name, UID: '0', GID: '0', Mode: 0o444 } })) }, Networks: networks.map((name) => ({ Target: `id-${name}` })),
  })
  const web = aService('shop_web', {}, { Labels: { [LABEL]: 'shop' }, TaskTemplate: spec(['shop_key_0123456789', 'lone'], ['shop_default', 'outside']), Mode: { Replicated: { Replicas: 1 } } })
  const api = aService('shop_api', {}, { Labels: { [LABEL]: 'shop' }, TaskTemplate: spec(['shop_key'], ['shop_default']), Mode: { Replicated: { Replicas: 2 } } })
  const loose = aService('loose', {}, { Mode: { Replicated: { Replicas: 0 } } })
  return {
    ...EMPTY_PICTURE, source: { state: 'live', manager: 'one' }, services: [web, api, loose], nodes: [{ ...aNode('one'), ID: 'node-1' }], tasks: [aTask(web, 1, 'running'), aTask(api, 1, 'running'), aTask(api, 2, 'failed', {}, { Err: 'task: non-zero exit (1)' })],
    secrets: [file('shop_key', 1, { [LABEL]: 'shop', team: 'kitchen' }), file('shop_key_0123456789', 3, { [LABEL]: 'shop', team: 'kitchen', 'toque.dev/version-of': 'shop_key' }), file('lone', 2)], configs: [file('empty_conf', 2, { [LABEL]: 'empty' })],
    networks: [network('shop_default', { Labels: { [LABEL]: 'shop' }, Options: { encrypted: '' }, IPAM: { Config: [{ Subnet: '10.0.1.0/24' }] } }), network('outside', { Attachable: true, Options: { encrypted: 'false' } }), network('ingress', { Ingress: true })],
    volumes: [{ nodeId: 'node-1', name: 'shop_data', driver: 'local', labels: { [LABEL]: 'shop' } }, { nodeId: 'node-1', name: 'other', driver: 'local', labels: {} }],
  }
}

test('stacks, with what is worst in them; one that has lost its services; what is in none', () => {
  const stacks = stackSummaries(new SwarmSnapshot(picture()))
  expect(stacks.map(({ name, health, services, tasks, networks, secrets, configs }) => ({ name, health, services, tasks, networks, secrets, configs }))).toEqual([
    { name: '', health: 'stopped', services: 1, tasks: { ready: 0, desired: 0 }, networks: 0, secrets: 0, configs: 0 }, { name: 'empty', health: 'stopped', services: 0, tasks: { ready: 0, desired: 0 }, networks: 0, secrets: 0, configs: 1 },
    { name: 'shop', health: 'degraded', services: 2, tasks: { ready: 2, desired: 3 }, networks: 1, secrets: 1, configs: 0 },
  ])
  expect(stacks.at(-1)?.why?.message).toContain('exit code 1')
})

test('one stack, with what its services use of others, and its volumes', () => {
  const shop = stackDetail(new SwarmSnapshot(picture()), 'shop')
  expect(shop?.apps.map(({ ref }) => ref.name)).toEqual(['shop_web', 'shop_api'])
  expect(shop?.fileList.map(({ id }) => id)).toEqual(['secret shop_key', 'secret lone'])
  expect(shop?.networkList.map(({ name }) => name)).toEqual(['shop_default', 'outside'])
  expect(shop?.volumes).toEqual([{ name: 'shop_data', nodes: ['one'] }])
  expect(stackDetail(new SwarmSnapshot(picture()), 'gone')).toBeUndefined()
  expect(stackDetail(new SwarmSnapshot(picture()), '')).toMatchObject({ fileList: [], networkList: [], volumes: [] })
})

test('a secret with its versions, the newest first, and who has which', () => {
  const [key, lone] = fileSummaries(picture())
  expect(key).toMatchObject({ kind: 'secret', name: 'shop_key', stack: 'shop', labels: { team: 'kitchen' } })
  expect(key?.users.map(({ name }) => name)).toEqual(['shop_web', 'shop_api'])
  expect(key?.versions.map(({ name, users }) => [name, users.map((user) => user.name)])).toEqual([['shop_key_0123456789', ['shop_web']], ['shop_key', ['shop_api']]])
  expect(lone).toMatchObject({ name: 'lone', stack: '', versions: [{ name: 'lone' }] })
})

test('networks with their properties', () => {
  expect(networkSummaries(picture()).map(({ name, encrypted, attachable, ingress, subnets, users }) => [name, encrypted, attachable, ingress, subnets, users.map((user) => user.name)])).toEqual([
    ['shop_default', true, false, false, ['10.0.1.0/24'], ['shop_web', 'shop_api']], ['outside', false, true, false, [], ['shop_web']], ['ingress', false, false, true, [], []],
  ])
})
