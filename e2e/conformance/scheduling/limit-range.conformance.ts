import { expect } from 'vitest'
import type { LimitRange, Pod, ResourceRequirements } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, watchUntil } from '../framework/conformance.ts'
import { gone, updated } from '../framework/objects.ts'
import { createPod, podOf } from '../framework/pods.ts'

type Amounts = Record<string, string>

function amounts(cpu: string, memory: string, storage: string): Amounts {
  return { cpu, memory, 'ephemeral-storage': storage }
}

const MIN = amounts('50m', '100Mi', '100Gi')
const MAX = amounts('500m', '500Mi', '500Gi')

function rangeOf(name: string, labels: Record<string, string> = {}): unknown {
  return {
    apiVersion: 'v1', kind: 'LimitRange', metadata: { name, labels },
    spec: { limits: [{ type: 'Container', min: MIN, max: MAX, default: amounts('500m', '500Mi', '500Gi'), defaultRequest: amounts('100m', '200Mi', '200Gi') }] },
  }
}

function withResources(name: string, resources?: ResourceRequirements): ReturnType<typeof podOf> {
  return podOf(name, { containers: [{ command: ['sleep', '3600'], ...(resources === undefined ? {} : { resources }) }] })
}

conformance('[sig-scheduling] LimitRange should create a LimitRange with defaults and ensure pod has those defaults applied.', async (f) => {
  const seen = watchUntil<LimitRange>(f, f.core('limitranges'), {}, ({ type, object }) => type === 'ADDED' && object.metadata.name === 'limit-range', 'the creation')
  await f.client.create(f.core('limitranges'), rangeOf('limit-range'))
  const range = await seen
  const read = await f.client.get<LimitRange>(f.core('limitranges', 'limit-range'))
  expect(read.spec).toEqual(range.spec)
  expect(read.spec?.limits[0]).toMatchObject({ min: MIN, max: MAX, default: amounts('500m', '500Mi', '500Gi'), defaultRequest: amounts('100m', '200Mi', '200Gi') })

  const none = await createPod(f, withResources('pod-no-resources'))
  expect(none.spec?.containers[0]?.resources).toEqual({ requests: amounts('100m', '200Mi', '200Gi'), limits: amounts('500m', '500Mi', '500Gi') })
  const partial = await createPod(f, withResources('pod-partial-resources', { requests: { cpu: '150m', memory: '150Mi', 'ephemeral-storage': '150Gi' }, limits: { cpu: '300m' } }))
  expect(partial.spec?.containers[0]?.resources).toEqual({ requests: amounts('150m', '150Mi', '150Gi'), limits: amounts('300m', '500Mi', '500Gi') })
  // A limit alone is the request, too.
  const limitOnly = await createPod(f, withResources('pod-limit-only', { limits: { cpu: '300m' } }))
  expect(limitOnly.spec?.containers[0]?.resources?.requests).toEqual(amounts('300m', '200Mi', '200Gi'))

  const refused = async (name: string, resources: ResourceRequirements): Promise<void> => {
    const { code, body } = await f.client.ask<{ reason?: string }>('POST', f.core('pods'), { body: withResources(name, resources) })
    expect([code, body.reason]).toEqual([403, 'Forbidden'])
  }
  await refused('pod-too-little', { requests: amounts('10m', '50Mi', '50Gi') })
  await refused('pod-too-much', { requests: amounts('600m', '600Mi', '600Gi'), limits: amounts('600m', '600Mi', '600Gi') })

  // Smaller minima are for pods from now on.
  const next = amounts('9m', '49Mi', '49Gi')
  await updated<LimitRange>(f, f.core('limitranges', 'limit-range'), ({ spec }) => void spec?.limits.forEach((limit) => void (limit.min = next)))
  expect((await f.client.get<LimitRange>(f.core('limitranges', 'limit-range'))).spec?.limits[0]?.min).toEqual(next)
  await createPod(f, withResources('pod-little', { requests: amounts('10m', '50Mi', '50Gi') }))
  await refused('pod-too-much', { requests: amounts('600m', '600Mi', '600Gi'), limits: amounts('600m', '600Mi', '600Gi') })

  await f.client.delete(f.core('limitranges', 'limit-range'), { gracePeriodSeconds: 30 })
  await gone(f, f.core('limitranges', 'limit-range'))
  await createPod(f, withResources('pod-much', { requests: amounts('600m', '600Mi', '600Gi'), limits: amounts('600m', '600Mi', '600Gi') }))
  expect((await f.client.get<{ items: Pod[] }>(f.core('pods'))).items).toHaveLength(5)
})

conformance('[sig-scheduling] LimitRange should list, patch and delete a LimitRange by collection', async (f) => {
  const name = f.unique('e2e-limitrange')
  const other = f.unique('other')
  await f.client.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } })
  f.after(() => f.client.delete(`/api/v1/namespaces/${other}`))
  const elsewhere = `/api/v1/namespaces/${other}/limitranges`
  const labels = { [name]: 'created' }
  for (const list of [f.core('limitranges'), elsewhere]) await f.client.create(list, rangeOf(name, labels))
  const all = async (): Promise<LimitRange[]> => (await f.client.get<{ items: LimitRange[] }>('/api/v1/limitranges', { labelSelector: `${name}=created` })).items
  expect(await all()).toHaveLength(2)

  await f.client.patch(f.core('limitranges', name), 'strategic', { metadata: { labels: { [name]: 'patched' } }, spec: { limits: [{ type: 'Container', min: { cpu: '40m', memory: '1Mi' } }] } })
  const { metadata, spec } = await f.client.get<LimitRange>(f.core('limitranges', name))
  expect(metadata.labels).toEqual({ [name]: 'patched' })
  expect(spec?.limits[0]?.min).toMatchObject({ cpu: '40m', memory: '1Mi' })
  await f.client.delete(f.core('limitranges'), undefined, { labelSelector: `${name}=patched` })
  await gone(f, f.core('limitranges', name))
  expect((await all()).map(({ metadata: { namespace } }) => namespace)).toEqual([other])
})
