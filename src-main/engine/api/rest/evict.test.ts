import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import { aggregated, groupList, groupOf, resourceList } from '../http/discovery.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

let t: TestApi
beforeAll(async () => {
  t = await startTestApi()
})
afterAll(() => t.close())

/** A pod on a node: it ends when its node says so. */
async function running(name: string): Promise<Pod> {
  await t.api.create(Pods, 'default', { metadata: { name }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } }, AS_TESTER)
  return (await t.api.patch(Pods, 'default', name, 'application/merge-patch+json', { status: { phase: 'Running' } }, 'status', AS_TESTER)) as Pod
}
const eviction = (name: string, more: object = {}): object => ({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' }, ...more })
const stored = (name: string): Pod => t.api.get(Pods, 'default', name) as Pod

describe('an eviction', () => {
  test.each(['policy/v1', 'policy/v1beta1'])('of %s deletes the pod gracefully', async (apiVersion) => {
    const name = `graceful-${apiVersion.slice(7)}`
    await running(name)
    await t.api.evict('default', name, { ...eviction(name), apiVersion }, AS_TESTER)
    expect(stored(name).metadata).toMatchObject({ deletionGracePeriodSeconds: 30, deletionTimestamp: expect.any(String) as string })
  })

  test('takes the grace period it is told', async () => {
    await running('hasty')
    await t.api.evict('default', 'hasty', eviction('hasty', { deleteOptions: { gracePeriodSeconds: 3 } }), AS_TESTER)
    expect(stored('hasty').metadata.deletionGracePeriodSeconds).toBe(3)
  })

  test('asked to try only, leaves the pod as it is', async () => {
    const before = await running('dry')
    await t.api.evict('default', 'dry', eviction('dry'), { ...AS_TESTER, dryRun: true })
    expect(stored('dry')).toBe(before)
  })

  test('of another pod of that name is refused', async () => {
    await running('other')
    await expect(t.api.evict('default', 'other', eviction('other', { deleteOptions: { preconditions: { uid: 'x' } } }), AS_TESTER)).rejects.toMatchObject({ reason: 'Conflict' })
    expect(stored('other').metadata.deletionTimestamp).toBeUndefined()
  })

  test('of a pod that is gone is NotFound', async () => {
    await expect(t.api.evict('default', 'gone', eviction('gone'), AS_TESTER)).rejects.toMatchObject({ reason: 'NotFound', message: 'pods "gone" not found' })
  })

  test.each<[string, unknown, RegExp]>([
    ['nothing', undefined, /must be an Eviction/], ['another kind', { kind: 'Binding' }, /not a Binding/], ['an unknown version', eviction('told', { apiVersion: 'policy/v7' }), /policy\/v7/],
    ['another name', eviction('else'), /name in URL does not match/], ['a wrong type', eviction('told', { deleteOptions: { gracePeriodSeconds: 'soon' } }), /gracePeriodSeconds/],
  ])('with %s for a body is refused', async (_, body, why) => {
    await expect(t.api.evict('default', 'told', body, AS_TESTER)).rejects.toMatchObject({ reason: 'BadRequest', message: expect.stringMatching(why) as string })
  })
})

test('discovery says what kubectl looks for: the group, and the subresource with it', () => {
  const { registry } = t.api
  expect(groupOf(registry, 'policy')).toMatchObject({ preferredVersion: { groupVersion: 'policy/v1' } })
  expect(groupList(registry)).toMatchObject({ groups: expect.arrayContaining([expect.objectContaining({ name: 'policy' })]) as object[] })
  expect(resourceList(registry, 'policy', 'v1')).toMatchObject({ resources: [{ name: 'poddisruptionbudgets', kind: 'PodDisruptionBudget', shortNames: ['pdb'] }, { name: 'poddisruptionbudgets/status' }] })
  expect(aggregated(registry, false, 'v2')).toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ metadata: { name: 'policy', creationTimestamp: null } })]) as object[] })
  expect(resourceList(registry, '', 'v1')).toMatchObject({
    resources: expect.arrayContaining([{ name: 'pods/eviction', singularName: '', namespaced: true, group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] }]) as object[],
  })
})
