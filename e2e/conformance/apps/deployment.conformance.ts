import { expect } from 'vitest'
import type { Deployment, ReplicaSet } from '../../../src-main/common/kube/generated/apps-v1.ts'
import type { Scale } from '../../../src-main/common/kube/generated/autoscaling-v1.ts'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { isPodReady } from '../../../src-main/common/kube/pods.ts'
import { eventually } from '../../harness/containers.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { follow, gone, listUntil, objectUntil, updated } from '../framework/objects.ts'
import { WEB } from '../framework/pods.ts'
import { OTHER_WEB, selectorText, shellTemplate, statusEndpoints, webTemplate } from './workloads.ts'

const REVISION = 'deployment.kubernetes.io/revision'

function deployments(f: Framework): string {
  return f.group('apps/v1', 'deployments')
}

function deploymentOf(f: Framework, name: string): string {
  return f.group('apps/v1', 'deployments', name)
}

function create(f: Framework, name: string, labels: Record<string, string>, spec: Partial<Deployment['spec']> = {}): Promise<Deployment> {
  return f.client.create<Deployment>(deployments(f), { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels }, spec: { replicas: 1, selector: { matchLabels: labels }, template: webTemplate(labels), ...spec } })
}

function createSet(f: Framework, name: string, labels: Record<string, string>, annotations: Record<string, string> = {}): Promise<ReplicaSet> {
  return f.client.create<ReplicaSet>(f.group('apps/v1', 'replicasets'), { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name, labels, annotations }, spec: { replicas: 1, selector: { matchLabels: labels }, template: webTemplate(labels) } })
}

function until(f: Framework, name: string, what: string, wanted: (deployment: Deployment) => boolean, ms = 120_000): Promise<Deployment> {
  return objectUntil<Deployment>(f, deployments(f), name, what, wanted, ms)
}

/** All of the newest template, and nothing else. */
function complete(f: Framework, name: string): Promise<Deployment> {
  return until(f, name, 'complete', ({ spec, status, metadata }) => {
    const { replicas } = spec
    return status?.updatedReplicas === replicas && status?.replicas === replicas && status?.availableReplicas === replicas && (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0)
  })
}

async function setsOf(f: Framework, labels: Record<string, string>): Promise<ReplicaSet[]> {
  return (await f.client.get<{ items: ReplicaSet[] }>(f.group('apps/v1', 'replicasets'), { labelSelector: selectorText(labels) })).items
}

function withImage(f: Framework, name: string, image: string): Promise<Deployment> {
  return updated<Deployment>(f, deploymentOf(f, name), ({ spec }) => spec.template.spec?.containers.forEach((container) => void (container.image = image)))
}

conformance('[sig-apps] Deployment RollingUpdateDeployment should delete old pods and create new ones', async (f) => {
  const name = 'test-rolling-update-deployment'
  const labels = { name: 'sample-pod', pod: 'httpd' }
  await createSet(f, 'test-rolling-update-controller', labels, { [REVISION]: '3546343826724305832' })
  await listUntil<Pod>(f, f.core('pods'), { labelSelector: selectorText(labels) }, 'a pod', (pods) => pods.length === 1 && pods.every(isPodReady))
  // Takes the set over, whose template is another, and goes on from its revision, which is greater than a double counts.
  await create(f, name, { name: 'sample-pod' }, { template: webTemplate({ name: 'sample-pod' }, { image: OTHER_WEB }) })
  await until(f, name, 'of the next revision', ({ metadata }) => metadata.annotations?.[REVISION] === '3546343826724305833')
  const { metadata: { uid } } = await complete(f, name)
  const sets = await setsOf(f, { name: 'sample-pod' })
  expect(sets.map(({ metadata, spec }) => [metadata.ownerReferences?.[0]?.uid, spec.replicas]).sort()).toEqual([[uid, 0], [uid, 1]].sort())
  expect(sets.find(({ spec }) => spec.replicas === 1)?.metadata.annotations?.[REVISION]).toBe('3546343826724305833')
  await listUntil<Pod>(f, f.core('pods'), {}, 'the old pod gone', (pods) => pods.length === 1)
})

conformance('[sig-apps] Deployment RecreateDeployment should delete old pods and create new ones', async (f) => {
  const name = 'test-recreate-deployment'
  const labels = { name: 'sample-pod-3' }
  await create(f, name, labels, { strategy: { type: 'Recreate' } })
  await until(f, name, 'of revision 1', ({ metadata }) => metadata.annotations?.[REVISION] === '1')
  await complete(f, name)
  const old = new Set((await f.client.get<{ items: Pod[] }>(f.core('pods'))).items.map(({ metadata: { uid } }) => uid))
  const { events, stop } = follow<Pod>(f, f.core('pods'), {})
  f.after(() => Promise.resolve(stop()))
  await withImage(f, name, OTHER_WEB)
  await until(f, name, 'of revision 2', ({ metadata }) => metadata.annotations?.[REVISION] === '2')
  await complete(f, name)
  // No new pod was made while an old one ran.
  const ended = events.findIndex(({ type, object }) => old.has(object.metadata.uid) && (type === 'DELETED' || object.status?.phase === 'Succeeded' || object.status?.phase === 'Failed'))
  const made = events.findIndex(({ type, object }) => type === 'ADDED' && !old.has(object.metadata.uid))
  expect(ended).toBeGreaterThanOrEqual(0)
  expect(made).toBeGreaterThan(ended)
})

conformance('[sig-apps] Deployment deployment should delete old replica sets', async (f) => {
  const labels = { name: 'cleanup-pod', pod: 'httpd' }
  await createSet(f, 'test-cleanup-controller', labels)
  await listUntil<Pod>(f, f.core('pods'), { labelSelector: selectorText(labels) }, 'a pod', (pods) => pods.length === 1 && pods.every(isPodReady))
  const name = 'test-cleanup-deployment'
  const { events, stop } = follow<Pod>(f, f.core('pods'), {})
  f.after(() => Promise.resolve(stop()))
  await create(f, name, { name: 'cleanup-pod' }, { revisionHistoryLimit: 0, template: webTemplate({ name: 'cleanup-pod' }, { image: OTHER_WEB }) })
  await listUntil<ReplicaSet>(f, f.group('apps/v1', 'replicasets'), {}, 'only the new set', (sets) => sets.length === 1 && sets[0]?.metadata.name !== 'test-cleanup-controller')
  await complete(f, name)
  expect(new Set(events.filter(({ type }) => type === 'ADDED').map(({ object }) => object.metadata.uid)).size).toBe(2)
})

conformance('[sig-apps] Deployment deployment should support rollover', async (f) => {
  const name = 'test-rollover-deployment'
  const labels = { name: 'rollover-pod', pod: 'httpd' }
  await createSet(f, 'test-rollover-controller', labels)
  await listUntil<Pod>(f, f.core('pods'), { labelSelector: selectorText(labels) }, 'a pod', (pods) => pods.length === 1 && pods.every(isPodReady))
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }
  await create(f, name, { name: 'rollover-pod' }, { strategy, minReadySeconds: 10, template: webTemplate({ name: 'rollover-pod' }, { image: 'gb-redisslave:nonexistent' }) })
  await until(f, name, 'at its new set', ({ status }) => status?.updatedReplicas === 1)
  // The old pod stays: nothing of the new ones serves.
  const [adopted] = (await setsOf(f, { name: 'rollover-pod' })).filter(({ metadata }) => metadata.name === 'test-rollover-controller')
  expect([adopted?.spec.replicas, adopted?.status?.availableReplicas]).toEqual([1, 1])
  const broken = (await setsOf(f, { name: 'rollover-pod' })).find(({ metadata }) => metadata.name !== 'test-rollover-controller')
  await withImage(f, name, OTHER_WEB)
  await until(f, name, 'of the next revision', ({ metadata }) => metadata.annotations?.[REVISION] === '2')
  await complete(f, name)
  for (const old of ['test-rollover-controller', broken?.metadata.name]) expect((await f.client.get<ReplicaSet>(f.group('apps/v1', 'replicasets', old))).spec.replicas).toBe(0)
})

conformance('[sig-apps] Deployment deployment should support proportional scaling', async (f) => {
  const name = 'webserver-deployment'
  const labels = { name: 'httpd' }
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } }
  await create(f, name, labels, { replicas: 10, strategy, template: shellTemplate(labels) })
  await complete(f, name)
  const [first] = await setsOf(f, labels)
  await withImage(f, name, 'webserver:404')
  const sized = async (set: string | undefined, replicas: number): Promise<unknown> => objectUntil<ReplicaSet>(f, f.group('apps/v1', 'replicasets'), set ?? '', `asked for ${String(replicas)}`, ({ spec }) => spec.replicas === replicas)
  await sized(first?.metadata.name, 8)
  const sets = await listUntil<ReplicaSet>(f, f.group('apps/v1', 'replicasets'), { labelSelector: selectorText(labels) }, 'a second set', (items) => items.length === 2)
  const second = sets.find(({ metadata }) => metadata.name !== first?.metadata.name)
  await sized(second?.metadata.name, 5)
  await objectUntil<ReplicaSet>(f, f.group('apps/v1', 'replicasets'), first?.metadata.name ?? '', '8 available', ({ status }) => status?.availableReplicas === 8)
  // Nothing of the second is available.
  await objectUntil<ReplicaSet>(f, f.group('apps/v1', 'replicasets'), second?.metadata.name ?? '', '5 made, none available', ({ status }) => status?.replicas === 5 && (status.availableReplicas ?? 0) === 0)
  await updated<Deployment>(f, deploymentOf(f, name), ({ spec }) => void (spec.replicas = 30))
  await sized(first?.metadata.name, 20)
  await sized(second?.metadata.name, 13)
})

conformance('[sig-apps] Deployment Deployment should have a working scale subresource', async (f) => {
  const name = 'test-new-deployment'
  await create(f, name, { name: 'httpd' })
  await complete(f, name)
  const scale = await f.client.get<Scale>(`${deploymentOf(f, name)}/scale`)
  expect([scale.spec?.replicas, scale.status?.replicas]).toEqual([1, 1])
  const written = await f.client.replace<Scale>(`${deploymentOf(f, name)}/scale`, { ...scale, metadata: { ...scale.metadata, resourceVersion: '' }, spec: { replicas: 2 } })
  expect(written.spec?.replicas).toBe(2)
  expect((await f.client.get<Deployment>(deploymentOf(f, name))).spec.replicas).toBe(2)
  await f.client.patch(`${deploymentOf(f, name)}/scale`, 'strategic', { spec: { replicas: 4 } })
  expect((await f.client.get<Deployment>(deploymentOf(f, name))).spec.replicas).toBe(4)
})

conformance('[sig-apps] Deployment should validate Deployment Status endpoints', async (f) => {
  await create(f, 'test-deployment', { e2e: 'testing', name: 'httpd' })
  await complete(f, 'test-deployment')
  await statusEndpoints(f, deployments(f), 'test-deployment', (read) => expect((read as Deployment).status?.replicas).toBe(1))
})

conformance('[sig-apps] Deployment should run the lifecycle of a Deployment', async (f) => {
  const name = 'test-deployment'
  const fixed = { 'test-deployment-static': f.unique('true') }
  const all = { labelSelector: selectorText(fixed) }
  const label = ({ metadata }: Deployment): string | undefined => metadata.labels?.['test-deployment']
  const { events, stop } = follow<Deployment>(f, deployments(f), all)
  f.after(() => Promise.resolve(stop()))
  await create(f, name, fixed, { replicas: 2, template: webTemplate(fixed, {}, { terminationGracePeriodSeconds: 1 }) })
  await until(f, name, '2 ready', ({ status }) => status?.availableReplicas === 2 && status.readyReplicas === 2)

  await f.client.patch(deploymentOf(f, name), 'strategic', {
    metadata: { labels: { 'test-deployment': 'patched' } },
    spec: { replicas: 1, template: { spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'web', image: OTHER_WEB }] } } },
  })
  await until(f, name, 'patched and 1 ready', (d) => label(d) === 'patched' && d.status?.readyReplicas === 1 && d.status.replicas === 1)
  expect((await f.client.get<{ items: Deployment[] }>('/apis/apps/v1/deployments', all)).items.map((d) => [d.metadata.name, label(d), d.spec.replicas, d.spec.template.spec?.containers[0]?.image])).toEqual([[name, 'patched', 1, OTHER_WEB]])

  await updated<Deployment>(f, deploymentOf(f, name), ({ metadata, spec }) => {
    metadata.labels = { ...metadata.labels, 'test-deployment': 'updated' }
    spec.replicas = 2
    spec.template.spec?.containers.forEach((container) => void (container.image = WEB))
  })
  await until(f, name, 'updated and 2 ready', (d) => label(d) === 'updated' && d.status?.readyReplicas === 2 && d.status.updatedReplicas === 2)

  await f.client.get(`${deploymentOf(f, name)}/status`)
  // A write of the status changes no label, and the controller puts the count right.
  await f.client.patch(`${deploymentOf(f, name)}/status`, 'strategic', { metadata: { labels: { 'test-deployment': 'patched-status' } }, status: { readyReplicas: 0 } })
  const read = await f.client.get<Deployment>(`${deploymentOf(f, name)}/status`)
  expect([label(read), read.spec.template.spec?.containers[0]?.image]).toEqual(['updated', WEB])
  await until(f, name, '2 ready again', ({ status }) => status?.readyReplicas === 2)

  await f.client.delete(deployments(f), { propagationPolicy: 'Background' }, all)
  await gone(f, deploymentOf(f, name))
  expect(events.at(0)?.type).toBe('ADDED')
  await eventually('the deletion seen', () => Promise.resolve(events.at(-1)?.type === 'DELETED'))
})
