import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from '../../../common/kube/generated/policy-v1.ts'
import { PodDisruptionBudgets, Pods } from '../../../common/kube/kinds.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

let t: TestApi
beforeEach(async () => {
  t = await startTestApi()
})
afterEach(() => t.close())

async function pod(name: string, ready = true, labels: Record<string, string> = { app: 'web' }): Promise<void> {
  await t.api.create(Pods, 'default', { metadata: { name, labels }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] } }, AS_TESTER)
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }]
  await t.api.patch(Pods, 'default', name, 'application/merge-patch+json', { status: { phase: 'Running', conditions } }, 'status', AS_TESTER)
}
/** A budget as its controller counted it. */
async function budget(status: object, spec: Partial<PodDisruptionBudgetSpec> = {}, name = 'web'): Promise<void> {
  await t.api.create(PodDisruptionBudgets, 'default', { metadata: { name }, spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } }, ...spec } }, AS_TESTER)
  const counted = { observedGeneration: 1, expectedPods: 2, currentHealthy: 2, desiredHealthy: 1, disruptionsAllowed: 1, ...status }
  await t.api.patch(PodDisruptionBudgets, 'default', name, 'application/merge-patch+json', { status: counted }, 'status', AS_TESTER)
}
const evict = (name: string, deleteOptions: object = {}, dryRun = false): Promise<unknown> => t.api.evict('default', name, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, deleteOptions }, { ...AS_TESTER, dryRun })
const stored = (): PodDisruptionBudget => t.api.get(PodDisruptionBudgets, 'default', 'web') as PodDisruptionBudget
const isGoing = (name: string): boolean => (t.api.get(Pods, 'default', name) as Pod).metadata.deletionTimestamp !== undefined

describe('an eviction of a pod with a budget', () => {
  test('takes from it, and says on the pod why it ends; the next is refused with what the budget needs', async () => {
    await pod('a')
    await pod('b')
    await budget({})
    await evict('a')
    expect([isGoing('a'), stored().status]).toMatchObject([true, { disruptionsAllowed: 0, disruptedPods: { a: expect.any(String) as string }, conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }] }])
    expect((t.api.get(Pods, 'default', 'a') as Pod).status?.conditions).toContainEqual(expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }))
    await expect(evict('b')).rejects.toMatchObject({
      reason: 'TooManyRequests', code: 429, message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: { causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget web needs 1 healthy pods and has 2 currently' }] },
    })
    expect(isGoing('b')).toBe(false)
  })

  test('of many at the same time lets go as many as it allows', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    for (const name of names) await pod(name)
    await budget({ disruptionsAllowed: 2 })
    const results = await Promise.allSettled(names.map((name) => evict(name)))
    expect(results.filter((r) => r.status === 'fulfilled')).toHaveLength(2)
    expect(names.filter(isGoing)).toHaveLength(2)
    expect(results.flatMap((r) => (r.status === 'rejected' ? [(r.reason as { reason: string }).reason] : []))).toEqual(Array(4).fill('TooManyRequests'))
  })

  test('asked to try only, says what would come of it and takes nothing', async () => {
    await pod('a')
    await budget({})
    await evict('a', {}, true)
    expect([isGoing('a'), stored().status?.disruptionsAllowed]).toEqual([false, 1])
    await expect(evict('a', { preconditions: { uid: 'other' } })).rejects.toMatchObject({ reason: 'Conflict' })
    expect(stored().status?.disruptionsAllowed).toBe(1)
  })

  test.each<[string, boolean, object, Partial<PodDisruptionBudgetSpec>, string]>([
    ['not healthy, and enough are', false, { disruptionsAllowed: 0, currentHealthy: 1 }, {}, 'goes'], ['not healthy, and too few are', false, { disruptionsAllowed: 0, currentHealthy: 0 }, {}, 'TooManyRequests'],
    ['not healthy, and always free to go', false, { disruptionsAllowed: 0, currentHealthy: 0 }, { unhealthyPodEvictionPolicy: 'AlwaysAllow' }, 'goes'],
    ['healthy, and free to go only when it is not', true, { disruptionsAllowed: 0, currentHealthy: 1 }, { unhealthyPodEvictionPolicy: 'AlwaysAllow' }, 'TooManyRequests'],
    ['of a budget that was not counted yet', true, { observedGeneration: 0 }, {}, 'TooManyRequests'], ['of a budget for others', true, { disruptionsAllowed: 0 }, { selector: { matchLabels: { app: 'db' } } }, 'goes'],
    ['of a budget without a selector', true, { disruptionsAllowed: 0 }, { selector: undefined } as never, 'goes'], ['of a budget for all', true, { disruptionsAllowed: 0 }, { selector: {} }, 'TooManyRequests'],
  ])('%s', async (_, ready, status, spec, expected) => {
    await pod('a', ready)
    await budget(status, spec)
    expect(await evict('a').then(() => 'goes', (e: unknown) => (e as { reason: string }).reason)).toBe(expected)
    expect(isGoing('a')).toBe(expected === 'goes')
    if (!ready && expected === 'goes') expect(stored().status?.disruptedPods).toBeUndefined()
  })

  test('says when to ask again where it is not counted yet, and why where it cannot be', async () => {
    await pod('a')
    await budget({ observedGeneration: 0 })
    await expect(evict('a')).rejects.toMatchObject({ details: { retryAfterSeconds: 10, causes: [{ message: 'The disruption budget web is still being processed by the server.' }] } })
    const conditions = [{ type: 'DisruptionAllowed', status: 'False', reason: 'SyncFailed', message: 'no such owner' }]
    await t.api.patch(PodDisruptionBudgets, 'default', 'web', 'application/merge-patch+json', { status: { observedGeneration: 1, disruptionsAllowed: 0, conditions } }, 'status', AS_TESTER)
    await expect(evict('a')).rejects.toMatchObject({ details: { causes: [{ message: 'The disruption budget web does not allow evicting pods currently because it failed sync: no such owner' }] } })
  })

  test('with two budgets is refused: nobody knows which counts', async () => {
    await pod('a')
    await budget({})
    await budget({}, {}, 'second')
    await expect(evict('a')).rejects.toMatchObject({ reason: 'InternalError', message: expect.stringContaining('more than one PodDisruptionBudget') as string })
  })

  test('that waits for a node, has ended or is going already asks no budget', async () => {
    await budget({ disruptionsAllowed: 0 })
    for (const phase of ['Pending', 'Succeeded', 'Failed']) {
      await pod(phase.toLowerCase())
      await t.api.patch(Pods, 'default', phase.toLowerCase(), 'application/merge-patch+json', { status: { phase } }, 'status', AS_TESTER)
      await evict(phase.toLowerCase())
    }
    expect(stored().status?.disruptedPods).toBeUndefined()
  })
})
