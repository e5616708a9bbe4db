import { afterAll, beforeAll, expect, test } from 'vitest'
import { Pods, RuntimeClasses } from '../../../common/kube/kinds.ts'
import { AS_TESTER, type TestApi, startTestApi } from '../testing/test-api.ts'

let t: TestApi
beforeAll(async () => {
  t = await startTestApi()
  await t.api.create(RuntimeClasses, '', {
    metadata: { name: 'heavy' }, handler: 'vm', overhead: { podFixed: { cpu: '250m' } }, scheduling: { nodeSelector: { vm: 'yes' }, tolerations: [{ key: 'vm', operator: 'Exists' }] },
  }, AS_TESTER)
  await t.api.create(RuntimeClasses, '', { metadata: { name: 'plain' }, handler: 'runc' }, AS_TESTER)
})
afterAll(() => t.close())

let serial = 0
const create = (spec: object): Promise<unknown> => t.api.create(Pods, 'default', { metadata: { name: `p${String(++serial)}` }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } }, AS_TESTER)

test('a pod of a class costs what the class says and runs where it says', async () => {
  expect(await create({ runtimeClassName: 'heavy', nodeSelector: { disk: 'ssd' } })).toMatchObject({
    spec: { overhead: { cpu: '250m' }, nodeSelector: { disk: 'ssd', vm: 'yes' }, tolerations: expect.arrayContaining([{ key: 'vm', operator: 'Exists' }]) as unknown },
  })
  expect(await create({ runtimeClassName: 'plain' })).not.toHaveProperty('spec.overhead')
})

test.each([
  ['of no such class', { runtimeClassName: 'none' }, 'pod rejected: RuntimeClass "none" not found'],
  ['with a cost of its own', { overhead: { cpu: '1' } }, 'Pod Overhead set without corresponding RuntimeClass'],
  ['with another cost', { runtimeClassName: 'heavy', overhead: { cpu: '1' } }, "doesn't match RuntimeClass's defined Overhead"],
  ['that wants to be elsewhere', { runtimeClassName: 'heavy', nodeSelector: { vm: 'no' } }, 'conflict: runtimeClass.Scheduling.NodeSelector[vm]'],
])('a pod %s is refused', async (_, spec, says) => {
  await expect(create(spec)).rejects.toMatchObject({ reason: 'Forbidden', message: expect.stringContaining(says) as unknown })
})
