import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Deployment } from '../../../common/kube/generated/apps-v1.ts'
import type { PodSpec } from '../../../common/kube/generated/core-v1.ts'
import { ConfigMaps, DaemonSets, Deployments, Secrets, StatefulSets } from '../../../common/kube/kinds.ts'
import type { Frozen, KubeObject } from '../../../common/kube/object.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { CONFIG_HASH, ConfigRestartController, RESTART_ON_CHANGE } from './controller.ts'
import { decide, digestOf, rememberedText } from './decide.ts'
import { referencesOf } from './references.ts'

const spec: PodSpec = {
  initContainers: [{ name: 'i', env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'init', key: 'a' } } }] }],
  containers: [{
    name: 'c', env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'db', key: 'password', optional: true } } }, { name: 'X', value: 'y' }, { name: 'N', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
    envFrom: [{ configMapRef: { name: 'all' } }, { secretRef: { name: 'keys', optional: true } }],
  }],
  volumes: [
    { name: 'v', configMap: { name: 'files', items: [{ key: 'one', path: '1' }] } }, { name: 's', secret: { secretName: 'tls' } }, { name: 'e', emptyDir: {} },
    { name: 'p', projected: { sources: [{ configMap: { name: 'all' } }, { secret: { name: 'db', items: [{ key: 'user', path: 'u' }] } }, { serviceAccountToken: { path: 't' } }] } },
  ],
}

describe('what is decided', () => {
  test('all that a template uses is found, each once', () => {
    expect(referencesOf(spec).map(({ kind, name, key, optional }) => `${kind} ${name} ${key ?? '*'}${optional ? ' optional' : ''}`)).toEqual([
      'ConfigMap all *', 'ConfigMap files one', 'ConfigMap init a', 'Secret db password optional', 'Secret db user', 'Secret keys * optional', 'Secret tls *',
    ])
    expect(referencesOf({ containers: [] })).toEqual([])
  })

  test('only what is in them counts, in whatever order; what is missing means to wait, unless pods start without it', () => {
    const references = referencesOf({ containers: [{ name: 'c', envFrom: [{ configMapRef: { name: 'a' } }, { secretRef: { name: 'b', optional: true } }] }] })
    const digest = (a: Record<string, string> | undefined, b?: Record<string, string>, key = 'k'): string | undefined => digestOf(key, references, ({ name }) => (name === 'a' ? a : b))?.content
    const now = digest({ x: '1', y: '2' })
    expect(digest({ y: '2', x: '1' })).toBe(now)
    const others = [digest({ x: '1', y: '3' }), digest({ x: '1' }), digest({ x: '1', y: '2' }, { p: 'w' }), digest({ x: '1', y: '2' }, undefined, 'other')]
    expect(new Set([now, ...others]).size).toBe(5)
    expect(digest(undefined)).toBeUndefined()
  })

  test.each([
    [undefined, 'r1', 'c1', 'remember'], ['r1.c1', 'r1', 'c1', 'nothing'], ['r1.c1', 'r1', 'c2', 'restart'], ['r1.c1', 'r2', 'c1', 'remember'], ['r1.c1', 'r2', 'c2', 'remember'], ['nonsense', 'r1', 'c1', 'remember'],
  ])('%s, now %s.%s: %s', (remembered, references, content, wanted) => expect(decide(remembered, { references, content })).toBe(wanted))

  test('the digest is all that is kept, and tells nothing of a secret', () => {
    const digest = digestOf('k', referencesOf({ containers: [{ name: 'c', envFrom: [{ secretRef: { name: 'b' } }] }] }), () => ({ password: 'hunter2' }))
    expect(rememberedText(digest ?? { references: '', content: '' })).toMatch(/^[0-9a-f]{32}\.[0-9a-f]{32}$/)
  })
})

describe.each<[string, Resource<KubeObject & { spec: Deployment['spec'] }>]>([['a Deployment', Deployments as never], ['a StatefulSet', StatefulSets as never], ['a DaemonSet', DaemonSets as never]])('%s', (_, resource) => {
  let cluster: TestCluster
  let controller: ConfigRestartController
  beforeEach(async () => {
    cluster = new TestCluster()
    controller = new ConfigRestartController(cluster.context)
    await cluster.informers.synced()
    controller.start()
  })
  afterEach(async () => {
    await controller.stop()
    expect(cluster.failures).toEqual([])
    await cluster.stop()
  })
  const at = { name: 'web', namespace: 'default' }
  const make = (annotations: Record<string, string>, name = 'conf'): Promise<unknown> => cluster.client.create(resource, {
    apiVersion: 'apps/v1', kind: resource.kind, metadata: { ...at, annotations }, spec: { template: { spec: { containers: [{ name: 'c', envFrom: [{ configMapRef: { name } }] }] } } },
  } as never)
  const asked = { [RESTART_ON_CHANGE]: 'true' }
  const put = async (data: Record<string, string>): Promise<void> => {
    const known = (await cluster.client.list(ConfigMaps)).items.find((o) => o.metadata.name === 'conf')
    if (known === undefined) await cluster.client.create(ConfigMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf', namespace: 'default' }, data })
    else await cluster.client.update(ConfigMaps, { ...known, data })
  }
  const wait = async (): Promise<void> => {
    await cluster.clock.advance(2000)
    await cluster.settle()
  }
  const get = (): Promise<Frozen<KubeObject & { spec: Deployment['spec'] }>> => cluster.client.get(resource, 'default', 'web')
  const templateHash = async (): Promise<string | undefined> => (await get()).spec.template.metadata?.annotations?.[CONFIG_HASH]

  test('is rolled out when what its pods use changes: not before, not twice, and once for many changes', async () => {
    await put({ a: '1' })
    await make(asked)
    await wait()
    expect([await templateHash(), (await get()).metadata.annotations?.[CONFIG_HASH] !== undefined]).toEqual([undefined, true])
    const { resourceVersion } = (await get()).metadata
    for (const a of ['2', '3', '4']) await put({ a })
    await wait()
    expect(await templateHash()).toBe((await get()).metadata.annotations?.[CONFIG_HASH])
    expect(cluster.events).toEqual([`${resource.kind}/web Normal ConfigChanged: A ConfigMap or Secret that its pods use has changed: they are replaced, as the workload asks for.`])
    const after = (await get()).metadata.resourceVersion
    expect(after).not.toBe(resourceVersion)
    await cluster.clock.advance(3_600_000)
    expect((await get()).metadata.resourceVersion).toBe(after)
  })

  test('is left alone without the annotation', async () => {
    await put({ a: '1' })
    await make({})
    await put({ a: '2' })
    await wait()
    expect([(await get()).metadata.annotations, await templateHash(), (await cluster.client.list(Secrets)).items]).toEqual([{}, undefined, []])
  })

  test('whose ConfigMap comes later, or goes for a while, is not restarted for that', async () => {
    await make(asked)
    await wait()
    expect((await get()).metadata.annotations).toEqual(asked)
    await put({ a: '1' })
    await wait()
    expect(await templateHash()).toBeUndefined()
    await cluster.client.delete(ConfigMaps, 'default', 'conf')
    await wait()
    await put({ a: '1' })
    await wait()
    expect([await templateHash(), cluster.events]).toEqual([undefined, []])
  })

  test('an engine that begins sees what changed while none ran', async () => {
    await put({ a: '1' })
    await make(asked)
    await wait()
    await controller.stop()
    await put({ a: '2' })
    controller = new ConfigRestartController(cluster.context)
    controller.start()
    await wait()
    expect(await templateHash()).toBeDefined()
  })
})
