import { expect } from 'vitest'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from '../../../src-main/common/kube/generated/policy-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { gone, listUntil, objectUntil, updated } from '../framework/objects.ts'
import { forever, podOf, runningPod } from '../framework/pods.ts'

const LABELS = { foo: 'bar' }
const budgets = (f: Framework): string => f.group('policy/v1', 'poddisruptionbudgets')
const budgetOf = (f: Framework, name = 'foo'): string => f.group('policy/v1', 'poddisruptionbudgets', name)

function create(f: Framework, spec: Partial<PodDisruptionBudgetSpec>, name = 'foo', labels: Record<string, string> = {}): Promise<PodDisruptionBudget> {
  return f.client.create<PodDisruptionBudget>(budgets(f), { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name, labels }, spec: { selector: { matchLabels: LABELS }, ...spec } })
}

/** Waits until the controller has looked at the budget as it is, and it is as wanted. */
function seen(f: Framework, what = 'looked at', wanted: (budget: PodDisruptionBudget) => boolean = () => true, name = 'foo'): Promise<PodDisruptionBudget> {
  return objectUntil<PodDisruptionBudget>(f, budgets(f), name, what, (budget) => (budget.status?.observedGeneration ?? 0) >= (budget.metadata.generation ?? 1) && wanted(budget))
}

async function pods(f: Framework, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await f.client.create(f.core('pods'), podOf(`pod-${String(i)}`, { labels: LABELS, containers: [forever()] }))
  await listUntil<Pod>(f, f.core('pods'), {}, `${String(count)} ready`, (items) => items.filter(isPodReady).length === count)
}

conformance('[sig-apps] DisruptionController should create a PodDisruptionBudget', async (f) => {
  await create(f, { minAvailable: 1 })
  await seen(f)
  expect((await updated<PodDisruptionBudget>(f, budgetOf(f), ({ spec }) => { if (spec !== undefined) spec.minAvailable = 2 })).spec?.minAvailable).toBe(2)
  await seen(f)
  const patched = await f.client.patch<PodDisruptionBudget>(budgetOf(f), 'strategic', { spec: { minAvailable: '3%' } })
  expect(patched.spec?.minAvailable).toBe('3%')
  await seen(f)
  await f.client.delete(budgetOf(f))
  await gone(f, budgetOf(f))
})

conformance('[sig-apps] DisruptionController should observe PodDisruptionBudget status updated', async (f) => {
  await create(f, { minAvailable: 1 })
  await pods(f, 3)
  const { status } = await seen(f, 'allows two', (budget) => budget.status?.disruptionsAllowed === 2)
  expect([status?.currentHealthy, status?.desiredHealthy, status?.expectedPods]).toEqual([3, 1, 3])
  expect(status?.conditions).toContainEqual(expect.objectContaining({ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }))
})

conformance('[sig-apps] DisruptionController should update/patch PodDisruptionBudget status', async (f) => {
  await create(f, { minAvailable: 1 })
  await runningPod(f, podOf('pod', { labels: LABELS }))
  await seen(f)
  await updated<PodDisruptionBudget>(f, budgetOf(f), ({ status }) => { if (status !== undefined) status.disruptedPods = { pod: new Date().toISOString().replace(/\.\d+/, '') } }, `${budgetOf(f)}/status`)
  // The pod is there, so the controller leaves it.
  expect(Object.keys((await seen(f)).status?.disruptedPods ?? {})).toEqual(['pod'])
  const patched = await f.client.patch<PodDisruptionBudget>(`${budgetOf(f)}/status`, 'merge', { status: { disruptedPods: null } })
  expect(patched.status?.disruptedPods ?? {}).toEqual({})
})

conformance('[sig-apps] DisruptionController should block an eviction until the PDB is updated to allow it', async (f) => {
  await create(f, { minAvailable: 3 })
  await pods(f, 3)
  await seen(f, 'counts 3', ({ status }) => status?.currentHealthy === 3)
  const evict = (): Promise<{ code: number; body: { reason?: string; details?: { causes?: { reason?: string }[] } } }> => f.client.ask('POST', f.core('pods', 'pod-0/eviction'), { body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'pod-0', namespace: f.namespace } } })
  const refused = await evict()
  expect([refused.code, refused.body.reason, refused.body.details?.causes?.[0]?.reason]).toEqual([429, 'TooManyRequests', 'DisruptionBudget'])
  await updated<PodDisruptionBudget>(f, budgetOf(f), ({ spec }) => { if (spec !== undefined) spec.minAvailable = 2 })
  await seen(f, 'allows one', ({ status }) => (status?.disruptionsAllowed ?? 0) > 0)
  expect((await evict()).code).toBe(201)
  await gone(f, f.core('pods', 'pod-0'))
  await f.client.create(f.core('pods'), podOf('pod-3', { labels: LABELS }))
  await listUntil<Pod>(f, f.core('pods'), {}, '3 ready', (items) => items.filter(isPodReady).length === 3)
  // A patch that asks for more blocks again, one that takes the budget away lets everything go.
  await f.client.patch(budgetOf(f), 'strategic', { spec: { minAvailable: 3 } })
  await seen(f, 'allows none', ({ status }) => status?.disruptionsAllowed === 0 && status.desiredHealthy === 3)
  const again = await f.client.ask<unknown>('POST', f.core('pods', 'pod-1/eviction'), { body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'pod-1' } } })
  expect(again.code).toBe(429)
  await f.client.delete(budgetOf(f))
  await gone(f, budgetOf(f))
  expect((await f.client.ask('POST', f.core('pods', 'pod-1/eviction'), { body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'pod-1' } } })).code).toBe(201)
  await gone(f, f.core('pods', 'pod-1'))
})

conformance('[sig-apps] DisruptionController Listing PodDisruptionBudgets for all namespaces should list and delete a collection of PodDisruptionBudgets', async (f) => {
  const labels = { 'e2e-pdb': f.unique('pdb') }
  const query = { labelSelector: `e2e-pdb=${labels['e2e-pdb']}` }
  const other = f.unique('other')
  await f.client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } })
  f.after(() => f.client.delete(`/api/v1/namespaces/${other}`))
  await f.client.create(`/apis/policy/v1/namespaces/${other}/poddisruptionbudgets`, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'foo', labels }, spec: { selector: { matchLabels: LABELS }, minAvailable: 1 } })
  await create(f, { minAvailable: 1 }, 'foo', labels)
  await create(f, { minAvailable: '50%' }, 'foo2', labels)
  for (const name of ['foo', 'foo2']) await seen(f, 'looked at', undefined, name)
  const names = async (list: string): Promise<(string | undefined)[]> => (await f.client.get<{ items: PodDisruptionBudget[] }>(list, query)).items.map(({ metadata: { name } }) => name).sort()
  expect(await names('/apis/policy/v1/poddisruptionbudgets')).toEqual(['foo', 'foo', 'foo2'])
  expect(await names(budgets(f))).toEqual(['foo', 'foo2'])
  await f.client.delete(budgets(f), undefined, query)
  await listUntil<PodDisruptionBudget>(f, budgets(f), query, 'none here', (items) => items.length === 0)
  expect(await names('/apis/policy/v1/poddisruptionbudgets')).toEqual(['foo'])
})
