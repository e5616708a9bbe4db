import { expect } from 'vitest'
import type { ControllerRevision } from '../../../src-main/common/kube/generated/apps-v1.ts'
import { conformance } from '../framework/conformance.ts'
import { listUntil, updated } from '../framework/objects.ts'
import { createDaemonSet, daemonSet, daemonsOn, nodeNames } from './daemon-set.ts'
import { selectorText } from './workloads.ts'

conformance('[sig-apps] ControllerRevision [Serial] should manage the lifecycle of a ControllerRevision', async (f) => {
  const labels = { 'daemonset-name': f.unique('e2e') }
  const query = { labelSelector: selectorText(labels) }
  const set = await createDaemonSet(f, { updateStrategy: { type: 'RollingUpdate' } }, labels)
  await daemonsOn(f, await nodeNames(f), labels)
  const path = (name = ''): string => f.group('apps/v1', 'controllerrevisions', name)
  const count = (n: number): Promise<ControllerRevision[]> => listUntil<ControllerRevision>(f, '/apis/apps/v1/controllerrevisions', query, `${String(n)} revisions`, (items) => items.length === n)

  const [first] = await count(1)
  expect(first?.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'DaemonSet', uid: set.metadata.uid })
  const initial = await f.client.get<ControllerRevision>(path(first?.metadata.name))
  const { name = '' } = initial.metadata
  const patched = await f.client.patch<ControllerRevision>(path(name), 'strategic', { metadata: { labels: { [name]: 'patched' } } })
  expect(patched.metadata.labels?.[name]).toBe('patched')

  // One more of the same template, of a later number: nothing forbids it.
  const other = `${name}-other`
  const { labels: own, annotations, ownerReferences } = initial.metadata
  const made = await f.client.create<ControllerRevision>(f.group('apps/v1', 'controllerrevisions'), {
    apiVersion: 'apps/v1', kind: 'ControllerRevision', metadata: { name: other, labels: own, annotations, ownerReferences }, data: initial.data, revision: initial.revision + 1,
  })
  expect(made.metadata.name).toBe(other)
  await count(2)
  await f.client.delete(path(name))
  const [current] = await count(1)
  const { name: currentName = '' } = current?.metadata ?? {}
  const withLabel = await updated<ControllerRevision>(f, path(currentName), ({ metadata }) => void (metadata.labels = { ...metadata.labels, [currentName]: 'updated' }))
  expect(withLabel.metadata.labels?.[currentName]).toBe('updated')

  await f.client.patch(daemonSet(f), 'strategic', { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } }, updateStrategy: { type: 'RollingUpdate' } })
  await count(2)
  await f.client.delete(f.group('apps/v1', 'controllerrevisions'), undefined, { labelSelector: `${currentName}=updated` })
  const [last] = await count(1)
  expect(last?.revision).toBe(initial.revision + 2)
})
