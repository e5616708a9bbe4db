import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CSINode } from '../../../../common/kube/generated/storage-v1.ts'
import { CSINodes } from '../../../../common/kube/kinds.ts'
import { readObject } from '../../http/field-validation.ts'
import { AS_TESTER, startTestApi } from '../../testing/test-api.ts'
import type { TestApi } from '../../testing/test-api.ts'

let t: TestApi
beforeAll(async () => {
  t = await startTestApi()
})
afterAll(() => t.close())

test.each<[string, object]>([['null, as a typed program writes it', { spec: { drivers: null } }], ['an empty list', { spec: { drivers: [] } }], ['no list', { spec: {} }], ['no spec', {}]])('a node without drivers: %s', async (_, body) => {
  const whole = { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', metadata: { generateName: 'n-' }, ...body }
  const made = await t.api.create(CSINodes, '', readObject(t.api.core.schemas, CSINodes, whole, 'Strict', () => undefined), AS_TESTER)
  expect((made as CSINode).spec).toEqual({ drivers: [] })
})
