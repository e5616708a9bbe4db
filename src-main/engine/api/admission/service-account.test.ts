import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Pod, PodSpec, ServiceAccount } from '../../../common/kube/generated/core-v1.ts'
import { Namespaces, Pods, ServiceAccounts } from '../../../common/kube/kinds.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'
import { TOKEN_MOUNT_PATH } from './service-account.ts'

let t: TestApi
beforeEach(async () => {
  t = await startTestApi()
})
afterEach(() => t.close())

const container = { name: 'c', image: 'nginx:1' }
const create = (name: string, spec: Partial<PodSpec> = {}, namespace = 'default'): Promise<Pod> =>
  t.api.create(Pods, namespace, { metadata: { name }, spec: { containers: [container], ...spec } }, AS_TESTER) as Promise<Pod>
const account = (name: string, more: Partial<ServiceAccount> = {}): Promise<unknown> => t.api.create(ServiceAccounts, 'default', { metadata: { name }, ...more }, AS_TESTER)
const mountsOf = ({ spec }: Pod): (string | undefined)[] => [...(spec.initContainers ?? []), ...spec.containers].map((c) => c.volumeMounts?.find((m) => m.mountPath === TOKEN_MOUNT_PATH)?.name)

describe('a new pod', () => {
  test('has a token, the CA and its namespace in every container', async () => {
    const pod = await create('p', { initContainers: [{ ...container, name: 'i' }], containers: [container, { ...container, name: 'd' }] })
    const [volume] = pod.spec.volumes ?? []
    expect(volume?.name).toMatch(/^kube-api-access-[a-z0-9]{5}$/)
    expect(volume?.projected).toEqual({
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }] } },
      ],
    })
    expect(mountsOf(pod)).toEqual([volume?.name, volume?.name, volume?.name])
    expect(pod.spec.containers[0]?.volumeMounts).toEqual([{ name: volume?.name, readOnly: true, mountPath: TOKEN_MOUNT_PATH }])
  })

  test('of another one gets other letters', async () => {
    const names = await Promise.all(['a', 'b', 'c'].map(async (name) => (await create(name)).spec.volumes?.[0]?.name))
    expect(new Set(names).size).toBe(3)
  })

  // The pod's word counts before its account's.
  test.each<[pod: boolean | undefined, account: boolean | undefined, has: boolean]>([
    [undefined, undefined, true], [undefined, true, true], [undefined, false, false], [true, undefined, true], [true, true, true], [true, false, true], [false, undefined, false], [false, true, false], [false, false, false],
  ])('that says %s where its account says %s has one: %s', async (ofPod, ofAccount, has) => {
    await account('robot', ofAccount === undefined ? {} : { automountServiceAccountToken: ofAccount })
    const pod = await create('p', { serviceAccountName: 'robot', ...(ofPod === undefined ? {} : { automountServiceAccountToken: ofPod }) })
    expect([(pod.spec.volumes ?? []).length, mountsOf(pod)[0] !== undefined]).toEqual(has ? [1, true] : [0, false])
  })

  test('that mounts something there itself keeps that, and one that brings such a volume uses it', async () => {
    const own = { ...container, volumeMounts: [{ name: 'mine', mountPath: TOKEN_MOUNT_PATH }] }
    const pod = await create('p', { containers: [own], volumes: [{ name: 'mine', emptyDir: {} }] })
    expect([pod.spec.volumes?.map((v) => v.name), mountsOf(pod)]).toEqual([['mine'], ['mine']])
    const brought = await create('q', { volumes: [{ name: 'kube-api-access-12345', emptyDir: {} }] })
    expect([brought.spec.volumes?.map((v) => v.name), mountsOf(brought)]).toEqual([['kube-api-access-12345'], ['kube-api-access-12345']])
  })

  test('of an account that is not there is refused', async () => {
    await expect(create('p', { serviceAccountName: 'gone' })).rejects.toMatchObject({
      reason: 'Forbidden', message: 'pods "p" is forbidden: error looking up service account default/gone: serviceaccount "gone" not found',
    })
    await t.api.delete(ServiceAccounts, 'default', 'default', {}, AS_TESTER)
    await expect(create('p')).rejects.toThrow('serviceaccount "default" not found')
  })

  test('of a namespace that is not there, or is going, hears that', async () => {
    await expect(create('p', {}, 'nowhere')).rejects.toThrow('namespaces "nowhere" not found')
    await t.api.create(Namespaces, '', { metadata: { name: 'going' } }, AS_TESTER)
    await t.api.delete(ServiceAccounts, 'going', 'default', {}, AS_TESTER)
    await t.api.delete(Namespaces, '', 'going', {}, AS_TESTER)
    await expect(create('p', {}, 'going')).rejects.toThrow('because it is being terminated')
  })

  test('can be made in a namespace as soon as that is there', async () => {
    await t.api.create(Namespaces, '', { metadata: { name: 'shop' } }, AS_TESTER)
    expect((await create('p', {}, 'shop')).spec).toMatchObject({ serviceAccountName: 'default', serviceAccount: 'default' })
    await expect(t.api.create(Namespaces, '', { metadata: { name: 'dry' } }, { ...AS_TESTER, dryRun: true })).resolves.toBeDefined()
    expect(() => t.api.get(ServiceAccounts, 'dry', 'default')).toThrow('not found')
  })
})

describe('a projected volume is refused', () => {
  test.each<[string, object[], RegExp]>([
    ['with a token too short', [{ serviceAccountToken: { path: 't', expirationSeconds: 599 } }], /sources\[0\]\.serviceAccountToken\.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes/],
    ['with a token too long', [{ serviceAccountToken: { path: 't', expirationSeconds: 2 ** 33 } }], /larger than 2\^32 seconds/],
    ['with a token nowhere', [{ serviceAccountToken: { path: '' } }], /serviceAccountToken\.path: Required value/],
    ['with a token outside', [{ serviceAccountToken: { path: '../t' } }], /must not contain '\.\.'/],
    ['with a name of the volume\'s own', [{ serviceAccountToken: { path: '..data' } }], /must not start with '\.\.'/],
    ['with two of one name', [{ serviceAccountToken: { path: 't' } }, { secret: { name: 's', items: [{ key: 'k', path: 't' }] } }], /conflicting duplicate paths/],
    ['with a source of two kinds', [{ configMap: { name: 'c' }, secret: { name: 's' } }], /may not specify more than 1 volume type/],
    ['with a Secret of no name', [{ secret: {} }], /secret\.name: Required value/],
    ['with a field of two kinds', [{ downwardAPI: { items: [{ path: 'p', fieldRef: { fieldPath: 'metadata.name' }, resourceFieldRef: { resource: 'limits.cpu', containerName: 'c' } }] } }], /can not be specified simultaneously/],
    ['with a trust bundle', [{ clusterTrustBundle: { name: 'b', path: 'p' } }], /clusterTrustBundle: Forbidden: .*put the certificates in a ConfigMap/],
  ])('%s', async (_, sources, says) => {
    await expect(create('p', { volumes: [{ name: 'v', projected: { sources } }] })).rejects.toThrow(says)
  })
})
