import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { Deployment } from '../../../common/kube/generated/apps-v1.ts'
import type { ConfigMap } from '../../../common/kube/generated/core-v1.ts'
import { ConfigMaps, Deployments } from '../../../common/kube/kinds.ts'
import type { Resource } from '../../../common/kube/resource.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

interface Config {
  metadata: { name: string }
  [field: string]: unknown
}

let t: TestApi
beforeAll(async () => {
  t = await startTestApi(new FakeClock())
})
afterAll(() => t.close())

async function apply(resource: Resource, manager: string, config: Config, force = false, part: 'main' | 'status' = 'main'): Promise<KubeObject> {
  const body = { apiVersion: resource.group === '' ? 'v1' : `${resource.group}/v1`, kind: resource.kind, ...config }
  return (await t.api.apply(resource, 'default', config.metadata.name, body, force, { ...AS_TESTER, fieldManager: manager }, part)).object
}
const map = (name: string, data: Record<string, string>): Config => ({ metadata: { name }, data })
const dataOf = (name: string): unknown => (t.api.get(ConfigMaps, 'default', name) as ConfigMap).data
const web = (containers: object[], more: object = {}): Config => ({
  metadata: { name: 'web' }, spec: { selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers } }, ...more },
})

describe('server-side apply', () => {
  test('creates, owns what it set, and removes what it no longer sets', async () => {
    const made = await apply(ConfigMaps, 'me', map('own', { a: '1', b: '2' }))
    expect(made.metadata.managedFields).toEqual([{ manager: 'me', operation: 'Apply', apiVersion: 'v1', time: '2026-01-01T00:00:00Z', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': { 'f:a': {}, 'f:b': {} } } }])
    await apply(ConfigMaps, 'me', map('own', { a: '1' }))
    expect(dataOf('own')).toEqual({ a: '1' })
  })

  test('the same again writes nothing', async () => {
    const first = await apply(ConfigMaps, 'me', map('again', { a: '1' }))
    expect((await apply(ConfigMaps, 'me', map('again', { a: '1' }))).metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  })

  test('another manager\'s value is a conflict that names it; force takes it over', async () => {
    await apply(ConfigMaps, 'me', map('both', { a: '1', b: '1' }))
    await expect(apply(ConfigMaps, 'you', map('both', { a: '2' }))).rejects.toMatchObject({ code: 409, message: 'Apply failed with 1 conflict: conflict with "me": .data.a' })
    await apply(ConfigMaps, 'you', map('both', { a: '2' }), true)
    expect(dataOf('both')).toEqual({ a: '2', b: '1' })
    // Mine no longer: leaving it out takes nothing away.
    await apply(ConfigMaps, 'me', map('both', { b: '1' }))
    expect(dataOf('both')).toEqual({ a: '2', b: '1' })
  })

  test('agreeing is sharing: it goes when the last owner lets go', async () => {
    await apply(ConfigMaps, 'me', map('shared', { a: '1', mine: 'x' }))
    await apply(ConfigMaps, 'you', map('shared', { a: '1' }))
    await apply(ConfigMaps, 'me', map('shared', { mine: 'x' }))
    expect(dataOf('shared')).toEqual({ a: '1', mine: 'x' })
    await apply(ConfigMaps, 'you', map('shared', {}))
    expect(dataOf('shared')).toEqual({ mine: 'x' })
  })

  test('a plain write takes over what it changes', async () => {
    await apply(ConfigMaps, 'me', map('plain', { a: '1' }))
    await t.api.patch(ConfigMaps, 'default', 'plain', 'application/merge-patch+json', { data: { a: '2' } }, 'main', { ...AS_TESTER, fieldManager: 'editor' })
    await expect(apply(ConfigMaps, 'me', map('plain', { a: '1' }))).rejects.toMatchObject({ message: 'Apply failed with 1 conflict: conflict with "editor" using v1 at 2026-01-01T00:00:00Z: .data.a' })
  })

  test('what somebody created is theirs; what nobody recorded belongs to one who was there before', async () => {
    await t.api.create(ConfigMaps, 'default', map('old', { a: '1', b: '1' }), { ...AS_TESTER, fieldManager: 'kubectl-create' })
    const by = (manager: string): object => ({ message: `Apply failed with 1 conflict: conflict with "${manager}" using v1 at 2026-01-01T00:00:00Z: .data.a` })
    await expect(apply(ConfigMaps, 'me', map('old', { a: '2' }))).rejects.toMatchObject(by('kubectl-create'))
    await t.api.patch(ConfigMaps, 'default', 'old', 'application/merge-patch+json', { metadata: { managedFields: [{}] } }, 'main', AS_TESTER)
    expect(t.api.get(ConfigMaps, 'default', 'old').metadata.managedFields).toBeUndefined()
    await expect(apply(ConfigMaps, 'me', map('old', { a: '2' }))).rejects.toMatchObject(by('before-first-apply'))
    await apply(ConfigMaps, 'me', map('old', { a: '1', c: '1' }))
    expect(dataOf('old')).toEqual({ a: '1', b: '1', c: '1' })
  })

  test('several conflicts are listed by their managers', async () => {
    await apply(ConfigMaps, 'me', map('many', { a: '1', b: '1' }))
    await apply(ConfigMaps, 'you', map('many', { c: '1' }))
    await expect(apply(ConfigMaps, 'they', map('many', { a: '2', b: '2', c: '2' }))).rejects.toMatchObject({
      message: 'Apply failed with 3 conflicts: conflicts with "me":\n- .data.a\n- .data.b\nconflicts with "you":\n- .data.c',
    })
  })

  test('kubectl goes on from client-side apply; what others changed since is a conflict, and so is all to other managers', async () => {
    const before = { a: '1', b: '1' }
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'handed' }, data: before }) }
    await t.api.create(ConfigMaps, 'default', { metadata: { name: 'handed', annotations }, data: before }, AS_TESTER)
    await expect(apply(ConfigMaps, 'argo', map('handed', { a: '2' }))).rejects.toMatchObject({ code: 409 })
    await t.api.patch(ConfigMaps, 'default', 'handed', 'application/merge-patch+json', { data: { b: '7' } }, 'main', AS_TESTER)
    await expect(apply(ConfigMaps, 'kubectl', map('handed', { a: '2', b: '2' }))).rejects.toMatchObject({ message: expect.stringMatching(/^Apply failed with 1 conflict: .*: \.data\.b$/) as string })
    await apply(ConfigMaps, 'kubectl', map('handed', { a: '2' }))
    expect(dataOf('handed')).toEqual({ a: '2', b: '7' })
  })

  test('containers merge by name, ports by their keys; defaults stay and are nobody\'s', async () => {
    await apply(Deployments, 'me', web([{ name: 'a', image: 'a:1', ports: [{ containerPort: 80 }] }]))
    await apply(Deployments, 'you', web([{ name: 'a', env: [{ name: 'X', value: '1' }] }, { name: 'side', image: 's' }]))
    const both = (await apply(Deployments, 'me', web([{ name: 'a', image: 'a:2', ports: [{ containerPort: 81, protocol: 'TCP' }] }], { replicas: 3 }))) as Deployment
    expect(both.spec.replicas).toBe(3)
    expect(both.spec.template.spec?.containers).toMatchObject([{ name: 'a', image: 'a:2', ports: [{ containerPort: 81, protocol: 'TCP' }], env: [{ name: 'X', value: '1' }], terminationMessagePolicy: 'File' }, { name: 'side' }])
    const left = (await apply(Deployments, 'you', web([{ name: 'a' }]))) as Deployment
    expect(left.spec.template.spec?.containers.map((c) => [c.name, c.env])).toEqual([['a', undefined]])
  })

  test('a status is applied through its subresource, apart from the rest', async () => {
    const status = (conditions: object[]): Config => ({ metadata: { name: 'told' }, spec: { replicas: 9 }, status: { conditions } })
    const ready = (value: string): object => ({ type: 'example.com/Ready', status: value })
    await apply(Deployments, 'me', { ...web([{ name: 'a', image: 'a' }]), metadata: { name: 'told' } })
    const told = (await apply(Deployments, 'operator', status([ready('True')]), false, 'status')) as Deployment
    expect([told.spec.replicas, told.status?.conditions]).toEqual([1, [ready('True')]])
    expect(told.metadata.managedFields?.map((e) => [e.manager, e.subresource])).toEqual([['me', undefined], ['operator', 'status']])
    await expect(apply(Deployments, 'other', status([ready('False')]), false, 'status')).rejects.toMatchObject({ message: expect.stringMatching(/^Apply failed with 1 conflict: conflict with "operator" with subresource "status": \.status\.conditions/) as string })
    // What the main resource is applied with says nothing of the status.
    expect((await apply(Deployments, 'me', { ...web([{ name: 'a', image: 'b' }]), metadata: { name: 'told' }, status: {} }) as Deployment).status?.conditions).toEqual([ready('True')])
    // Once somebody wrote over it, it is theirs.
    await t.api.updateStatus(Deployments, 'default', 'told', { ...t.api.get(Deployments, 'default', 'told'), status: { conditions: [ready('False')] } }, AS_TESTER)
    await expect(apply(Deployments, 'other', status([ready('Unknown')]), false, 'status')).rejects.toMatchObject({ message: expect.stringMatching(/conflict with "tester" with subresource "status" using apps\/v1 at /) as string })
    await expect(apply(Deployments, 'me', { ...status([]), metadata: { name: 'nobody' } }, false, 'status')).rejects.toMatchObject({ code: 404 })
  })

  test('what one applied and nobody else holds goes whole, with what was filled in below it', async () => {
    const probe = { livenessProbe: { httpGet: { path: '/', port: 80 } } }
    const named = (container: object): Config => ({ ...web([container]), metadata: { name: 'probed' } })
    await apply(Deployments, 'me', named({ name: 'a', image: 'a', ...probe }))
    const left = (await apply(Deployments, 'me', named({ name: 'a', image: 'a' }))) as Deployment
    expect(left.spec.template.spec?.containers[0]).not.toHaveProperty('livenessProbe')
  })

  test('what hands over all of its metadata leaves the object its name', async () => {
    await apply(ConfigMaps, 'me', { metadata: { name: 'named', labels: { a: '1' } } as { name: string }, data: { a: '1' } })
    expect((await apply(ConfigMaps, 'me', map('named', { a: '1' }))).metadata).toMatchObject({ name: 'named', uid: expect.any(String) as string })
    expect(t.api.get(ConfigMaps, 'default', 'named').metadata.labels).toBeUndefined()
  })

  test('kubectl keeps the annotation of client-side apply true', async () => {
    const LAST = 'kubectl.kubernetes.io/last-applied-configuration'
    await t.api.create(ConfigMaps, 'default', { metadata: { name: 'kept', annotations: { [LAST]: '{"data":{"a":"1"}}' } }, data: { a: '1' } }, AS_TESTER)
    const annotation = async (manager: string, a: string): Promise<unknown> => JSON.parse((await apply(ConfigMaps, manager, map('kept', { a }), true)).metadata.annotations?.[LAST] ?? '')
    expect(await annotation('argo', '2')).toEqual({ data: { a: '1' } })
    expect(await annotation('kubectl', '3')).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kept' }, data: { a: '3' } })
  })

  test('a manager must be named', async () => {
    await expect(t.api.apply(ConfigMaps, 'default', 'x', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }, false, AS_TESTER)).rejects.toMatchObject({ code: 422, message: expect.stringContaining('fieldManager: Required value') as string })
  })
})
