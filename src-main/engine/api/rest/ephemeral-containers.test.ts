import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EphemeralContainer, Pod } from '../../../common/kube/generated/core-v1.ts'
import { Pods } from '../../../common/kube/kinds.ts'
import { applyPatch } from '../patch/patch.ts'
import { AS_TESTER, startTestApi } from '../testing/test-api.ts'
import type { TestApi } from '../testing/test-api.ts'

let api: TestApi
beforeEach(async () => {
  api = await startTestApi()
  await api.api.create(Pods, 'default', { metadata: { name: 'p' }, spec: { containers: [{ name: 'app', image: 'i' }], volumes: [{ name: 'v', emptyDir: {} }] } }, AS_TESTER)
})
afterEach(() => api.close())

const put = async (...ephemeralContainers: Partial<EphemeralContainer>[]): Promise<Pod> =>
  (await api.api.changeEphemeralContainers('default', 'p', (pod) => ({ ...pod, spec: { ...(pod as Pod).spec, containers: [], ephemeralContainers } }), AS_TESTER)) as Pod

test('one is put in, filled in, and nothing else of the pod is changed; a second by a patch, as kubectl debug sends it', async () => {
  const pod = await put({ name: 'look', image: 'busybox', targetContainerName: 'app' })
  expect(pod.spec.containers).toHaveLength(1)
  expect(pod.spec.ephemeralContainers).toEqual([expect.objectContaining({ name: 'look', imagePullPolicy: 'Always', terminationMessagePolicy: 'File', targetContainerName: 'app' })])
  const patch = { spec: { ephemeralContainers: [{ name: 'again', image: 'busybox:1', stdin: true, tty: true }] } }
  const after = (await api.api.changeEphemeralContainers('default', 'p', (current) => applyPatch('application/strategic-merge-patch+json', current, patch, api.api.core.schemas.node(Pods)), AS_TESTER)) as Pod
  expect(after.spec.ephemeralContainers?.map((c) => c.name).sort()).toEqual(['again', 'look'])
})

describe('is refused', () => {
  test.each<[string, Partial<EphemeralContainer>[], string]>([
    ['without an image', [{ name: 'x' }], 'spec.ephemeralContainers[0].image: Required value'],
    ['the name of another', [{ name: 'app', image: 'i' }], 'spec.ephemeralContainers[0].name: Duplicate value: "app"'],
    ['of nobody', [{ name: 'x', image: 'i', targetContainerName: 'gone' }], 'spec.ephemeralContainers[0].targetContainerName: Not found: "gone"'],
    ['what serves', [{ name: 'x', image: 'i', ports: [{ containerPort: 1 }] }], 'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container'],
    ['with a volume of nobody', [{ name: 'x', image: 'i', volumeMounts: [{ name: 'w', mountPath: '/w' }] }], 'spec.ephemeralContainers[0].volumeMounts[0].name: Not found: "w"'],
  ])('%s', async (_, containers, why) => expect(put(...containers)).rejects.toThrow(why))

  test('taking one out, or changing it, or giving one at creation or by the pod itself', async () => {
    const pod = await put({ name: 'look', image: 'busybox:1' })
    await expect(put()).rejects.toThrow('existing ephemeral containers "look" may not be removed')
    await expect(put({ name: 'look', image: 'busybox:2' })).rejects.toThrow('existing ephemeral containers "look" may not be changed')
    await expect(api.api.update(Pods, 'default', 'p', { ...pod, spec: { ...pod.spec, ephemeralContainers: [] } }, AS_TESTER)).rejects.toThrow('pod updates may not change fields other than')
    const spec = { containers: [{ name: 'app', image: 'i' }], ephemeralContainers: [{ name: 'x', image: 'i' }] }
    await expect(api.api.create(Pods, 'default', { metadata: { name: 'q' }, spec }, AS_TESTER)).rejects.toThrow('spec.ephemeralContainers: Forbidden: cannot be set on create')
  })
})
