import { expect } from 'vitest'
import type { PodTemplate } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, watchUntil, type Framework } from '../framework/conformance.ts'
import type { List } from '../framework/lists.ts'

function create(f: Framework, name: string, labels: Record<string, string>): Promise<PodTemplate> {
  const template = { spec: { containers: [{ name: 'nginx', image: 'nginx' }] } }
  return f.client.create(f.core('podtemplates'), { apiVersion: 'v1', kind: 'PodTemplate', metadata: { name, labels }, template })
}

conformance('[sig-node] PodTemplates should run the lifecycle of PodTemplates', async (f) => {
  const labelSelector = 'podtemplate-static=true'
  const path = f.core('podtemplates', 'nginx-pod-template')
  expect((await f.client.get<List<PodTemplate>>('/api/v1/podtemplates', { labelSelector, fieldSelector: `metadata.namespace=${f.namespace}` })).items).toEqual([])
  await create(f, 'nginx-pod-template', { 'podtemplate-static': 'true' })
  const read = await f.client.get<PodTemplate>(path)
  expect(read.template?.spec?.containers[0]).toMatchObject({ name: 'nginx', image: 'nginx', imagePullPolicy: 'Always', terminationMessagePath: '/dev/termination-log' })
  await f.client.patch(path, 'strategic', { metadata: { labels: { podtemplate: 'patched' } } })
  expect((await f.client.get<PodTemplate>(path)).metadata.labels).toEqual({ 'podtemplate-static': 'true', podtemplate: 'patched' })
  await f.client.delete(path)
  expect((await f.client.get<List<PodTemplate>>(f.core('podtemplates'), { labelSelector })).items).toEqual([])
})

conformance('[sig-node] PodTemplates should delete a collection of pod templates', async (f) => {
  const labelSelector = 'podtemplate-set=true'
  for (const name of ['test-podtemplate-1', 'test-podtemplate-2', 'test-podtemplate-3']) await create(f, name, { 'podtemplate-set': 'true' })
  expect((await f.client.get<List<PodTemplate>>(f.core('podtemplates'), { labelSelector })).items).toHaveLength(3)
  await f.client.delete(f.core('podtemplates'), {}, { labelSelector })
  expect((await f.client.get<List<PodTemplate>>(f.core('podtemplates'), { labelSelector })).items).toEqual([])
})

conformance('[sig-node] PodTemplates should replace a pod template', async (f) => {
  const created = await create(f, 'podtemplate', { 'podtemplate-test': 'e2e' })
  const replaced = await f.client.replace<PodTemplate>(f.core('podtemplates', 'podtemplate'), { ...created, metadata: { ...created.metadata, annotations: { updated: 'true' } } })
  expect(replaced.metadata.annotations).toEqual({ updated: 'true' })
  const seen = await watchUntil<PodTemplate>(f, f.core('podtemplates'), { resourceVersion: created.metadata.resourceVersion ?? '' }, ({ type }) => type === 'MODIFIED', 'the replaced template')
  expect(seen.metadata.annotations).toEqual({ updated: 'true' })
})
