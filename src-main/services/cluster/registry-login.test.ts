import { afterEach, beforeEach, expect, test } from 'vitest'
import { Pods, Secrets, ServiceAccounts } from '../../common/kube/kinds.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import type { Draft } from '../../common/kube/object.ts'
import { startTestApi } from '../../engine/api/testing/test-api.ts'
import type { TestApi } from '../../engine/api/testing/test-api.ts'
import { LocalClient } from '../../engine/client/local-client.ts'
import { keyringEntries, matching } from '../../engine/runtime/pod/keyring.ts'
import { registrySecret, saveRegistryLogin } from './registry-login.ts'

let test_: TestApi
let client: LocalClient
beforeEach(async () => {
  test_ = await startTestApi()
  client = new LocalClient(test_.api)
})
afterEach(() => test_.close())

const login = { namespace: 'default', server: 'ghcr.io', username: 'cook', password: 'pa:ss"word' }
const pod = (name: string, spec: object = {}): Draft<Pod> => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default' }, spec: { containers: [{ name: 'c', image: 'ghcr.io/me/app' }], ...spec } })
const pullSecretsOf = async (name: string, spec: object = {}): Promise<unknown> => (await client.create(Pods, pod(name, spec))).spec.imagePullSecrets

test('what is saved is what every new pod pulls with, unless it names secrets of its own', async () => {
  expect(await pullSecretsOf('before')).toBeUndefined()
  await saveRegistryLogin(client, login)
  expect(await pullSecretsOf('after')).toEqual([{ name: 'registry-ghcr-io' }])
  expect(await pullSecretsOf('own', { imagePullSecrets: [{ name: 'mine' }] })).toEqual([{ name: 'mine' }])
  await client.create(ServiceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'other', namespace: 'default' } })
  expect(await pullSecretsOf('other', { serviceAccountName: 'other' })).toBeUndefined()
  const { data = {}, type } = await client.get(Secrets, 'default', 'registry-ghcr-io')
  expect(type).toBe('kubernetes.io/dockerconfigjson')
  const entries = keyringEntries(new Map(Object.entries(data).map(([key, base64]) => [key, Buffer.from(base64, 'base64')]))) ?? []
  expect(matching(entries, 'ghcr.io/me/app').map(({ auth }) => auth)).toEqual([{ username: 'cook', password: 'pa:ss"word', serveraddress: 'ghcr.io' }])
})

test('saved again it replaces the password; another registry is one more', async () => {
  await client.patch(ServiceAccounts, 'default', 'default', 'application/merge-patch+json', { imagePullSecrets: [{ name: 'by-hand' }] })
  await saveRegistryLogin(client, login)
  await saveRegistryLogin(client, { ...login, password: 'new' })
  await saveRegistryLogin(client, { ...login, server: '' })
  const { imagePullSecrets } = await client.get(ServiceAccounts, 'default', 'default')
  expect(imagePullSecrets?.map(({ name }) => name)).toEqual(['by-hand', 'registry-ghcr-io', 'registry-docker-hub'])
  const { data } = await client.get(Secrets, 'default', 'registry-ghcr-io')
  expect(Buffer.from(data?.['.dockerconfigjson'] ?? '', 'base64').toString()).toContain('"password":"new"')
})

test.each([
  ['https://Registry.example.com:5000/', 'registry-registry-example-com-5000', 'Registry.example.com:5000'], ['docker.io', 'registry-docker-hub', 'https://index.docker.io/v1/'],
  ['*.example.com', 'registry-example-com', '*.example.com'], ['ghcr.io/team', 'registry-ghcr-io-team', 'ghcr.io/team'], ['[::1', undefined, undefined], ['two words', undefined, undefined],
])('the registry %s', (server, name, key) => {
  const make = (): ReturnType<typeof registrySecret> => registrySecret({ ...login, server })
  if (name === undefined) return void expect(make).toThrow(/no registry's address/)
  const secret = make()
  expect(secret.metadata.name).toBe(name)
  expect(Object.keys((JSON.parse(Buffer.from(secret.data?.['.dockerconfigjson'] ?? '', 'base64').toString()) as { auths: object }).auths)).toEqual([key])
})

test('what is missing is told', () => {
  expect(() => registrySecret({ ...login, username: ' ' })).toThrow(/which user/)
  expect(() => registrySecret({ ...login, password: '' })).toThrow(/password/)
})
