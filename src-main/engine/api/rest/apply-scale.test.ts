import { afterAll, beforeAll, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import { CustomResourceDefinitions, Deployments } from '../../../common/kube/kinds.ts'
import type { KubeObject } from '../../../common/kube/object.ts'
import { CronTabs, cronTab, cronTabDefinition } from '../custom/testing/crontab.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

const MERGE = 'application/merge-patch+json'
const as = (fieldManager: string): typeof AS_TESTER => ({ ...AS_TESTER, fieldManager })
const owners = ({ metadata: { managedFields = [] } }: KubeObject): string[] => managedFields.filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes('"f:replicas":{}')).map(({ manager = '', operation = '', apiVersion = '', subresource = '' }) => `${manager} ${operation} ${apiVersion} ${subresource}`)
const scale = (replicas?: number): Record<string, unknown> => ({ apiVersion: 'autoscaling/v1', kind: 'Scale', spec: replicas === undefined ? {} : { replicas } })

let t: TestApi
beforeAll(async () => {
  t = await startTestApi(new FakeClock())
})
afterAll(() => t.close())

const web = (name: string): KubeObject & { spec?: unknown } => t.api.get(Deployments, 'default', name)
async function create(name: string): Promise<void> {
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'web', image: 'a' }] } }
  await t.api.create(Deployments, 'default', { metadata: { name }, spec: { replicas: 2, selector: { matchLabels: { a: 'b' } }, template } }, as('maker'))
}

test('who applies a scale owns the replicas: against another\'s will by force only; the owner before keeps the rest', async () => {
  await create('a')
  const refused = await t.api.applyScale(Deployments, 'default', 'a', scale(5), false, as('scaler')).catch((error: unknown) => error)
  expect(refused).toMatchObject({ reason: 'Conflict', message: 'Apply failed with 1 conflict: conflict with "maker" using autoscaling/v1 at 2026-01-01T00:00:00Z: .spec.replicas' })
  expect(await t.api.applyScale(Deployments, 'default', 'a', scale(5), true, as('scaler'))).toMatchObject({ kind: 'Scale', spec: { replicas: 5 } })
  expect(web('a').spec).toMatchObject({ replicas: 5 })
  expect(owners(web('a'))).toEqual(['scaler Apply apps/v1 scale'])
  expect(web('a').metadata.managedFields?.find(({ manager }) => manager === 'maker')?.fieldsV1).toHaveProperty(['f:spec', 'f:template'])
})

test('applied again, with the same it changes nothing, with another number its owner needs no force', async () => {
  await create('b')
  await t.api.applyScale(Deployments, 'default', 'b', scale(2), false, as('scaler'))
  expect(owners(web('b'))).toEqual(['scaler Apply apps/v1 scale', 'maker Update apps/v1 '])
  const { resourceVersion } = web('b').metadata
  await t.api.applyScale(Deployments, 'default', 'b', scale(2), false, as('scaler'))
  expect(web('b').metadata.resourceVersion).toBe(resourceVersion)
  await t.api.patch(Deployments, 'default', 'b', MERGE, { spec: { replicas: 3 } }, 'main', as('other'))
  expect(owners(web('b'))).toEqual(['other Update apps/v1 '])
  await t.api.applyScale(Deployments, 'default', 'b', scale(4), true, as('scaler'))
  await t.api.applyScale(Deployments, 'default', 'b', scale(6), false, as('scaler'))
  expect([web('b').spec, owners(web('b'))]).toMatchObject([{ replicas: 6 }, ['scaler Apply apps/v1 scale']])
})

test('replicas that are not applied any more are given up; what is malformed or not there is refused', async () => {
  await create('c')
  await t.api.applyScale(Deployments, 'default', 'c', scale(5), true, as('scaler'))
  await t.api.applyScale(Deployments, 'default', 'c', scale(), false, as('scaler'))
  expect([web('c').spec, owners(web('c'))]).toMatchObject([{ replicas: 0 }, []])
  await expect(t.api.applyScale(Deployments, 'default', 'c', scale(-1), true, as('scaler'))).rejects.toMatchObject({ reason: 'Invalid' })
  await expect(t.api.applyScale(Deployments, 'default', 'c', scale(1), true, AS_TESTER)).rejects.toMatchObject({ reason: 'Invalid', message: expect.stringContaining('fieldManager: Required value: is required for apply patch') as string })
  await expect(t.api.applyScale(Deployments, 'default', 'nobody', scale(1), true, as('scaler'))).rejects.toMatchObject({ reason: 'NotFound' })
})

test('of a custom kind, where its definition says that the replicas are', async () => {
  await t.api.create(CustomResourceDefinitions, '', cronTabDefinition(), AS_TESTER)
  await t.api.create(CronTabs, 'default', cronTab('a', { replicas: 2 }), as('maker'))
  await t.api.applyScale(CronTabs, 'default', 'a', scale(7), true, as('scaler'))
  const made: KubeObject & { spec?: unknown } = t.api.get(CronTabs, 'default', 'a')
  expect([made.spec, owners(made)]).toMatchObject([{ replicas: 7 }, ['scaler Apply stable.example.com/v1 scale']])
})
