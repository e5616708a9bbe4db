import { expect } from 'vitest'
import { isConditionTrue } from '../../../src-main/common/kube/conditions.ts'
import type { ControllerRevision, DaemonSet } from '../../../src-main/common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../src-main/common/kube/generated/core-v1.ts'
import { conformance, type Framework } from '../framework/conformance.ts'
import { gone, listUntil, updated } from '../framework/objects.ts'
import { WEB } from '../framework/pods.ts'
import { createDaemonSet, daemonSet, daemonSets, daemonsOn, LABELS, NAME, nodeNames, statusSays } from './daemon-set.ts'
import { imageOf, revisionOf } from './stateful-set.ts'
import { OTHER_WEB, selectorText, statusEndpoints } from './workloads.ts'

async function onAll(f: Framework): Promise<Pod[]> {
  const nodes = await nodeNames(f)
  const pods = await daemonsOn(f, nodes)
  await statusSays(f, nodes.length)
  return pods
}

conformance('[sig-apps] Daemon set [Serial] should run and stop simple daemon', async (f) => {
  await createDaemonSet(f)
  const [first] = await onAll(f)
  await f.client.delete(f.core('pods', first?.metadata.name))
  expect((await onAll(f)).map(({ metadata: { uid } }) => uid)).not.toContain(first?.metadata.uid)
})

conformance('[sig-apps] Daemon set [Serial] should run and stop complex daemon', async (f) => {
  const labelKey = `${f.unique('daemonset')}-color`
  const [node = ''] = await nodeNames(f)
  const coloured = (value: string | null): Promise<unknown> => f.client.patch(`/api/v1/nodes/${node}`, 'strategic', { metadata: { labels: { [labelKey]: value } } })
  f.after(() => coloured(null))
  const made = await createDaemonSet(f, { updateStrategy: { type: 'OnDelete' } })
  const template = { ...made.spec.template, spec: { ...made.spec.template.spec, nodeSelector: { [labelKey]: 'blue' } } }
  await f.client.delete(daemonSet(f))
  await gone(f, daemonSet(f))
  await listUntil<Pod>(f, f.core('pods'), {}, 'no pods', (pods) => pods.length === 0)
  await createDaemonSet(f, { template: template as DaemonSet['spec']['template'], updateStrategy: { type: 'OnDelete' } })
  await daemonsOn(f, [])
  await coloured('blue')
  await daemonsOn(f, [node])
  await statusSays(f, 1)
  await coloured('green')
  await daemonsOn(f, [])
  // The template follows, and its change takes effect.
  await f.client.patch(daemonSet(f), 'strategic', { spec: { template: { spec: { nodeSelector: { [labelKey]: 'green' } } }, updateStrategy: { type: 'RollingUpdate' } } })
  await daemonsOn(f, [node])
  await statusSays(f, 1)
})

conformance('[sig-apps] Daemon set [Serial] should retry creating failed daemon pods', async (f) => {
  await createDaemonSet(f)
  const [first] = await onAll(f)
  const name = first?.metadata.name ?? ''
  await updated<Pod>(f, f.core('pods', name), (pod) => void (pod.status = { ...pod.status, phase: 'Failed' }), f.core('pods', `${name}/status`))
  await gone(f, f.core('pods', name))
  await onAll(f)
})

/** Waits until so many revisions are kept; they, oldest first. */
function revisions(f: Framework, count: number): Promise<ControllerRevision[]> {
  return listUntil<ControllerRevision>(f, f.group('apps/v1', 'controllerrevisions'), { labelSelector: selectorText(LABELS) }, `${String(count)} revisions`, (items) => items.length === count)
    .then((items) => items.sort((a, b) => a.revision - b.revision))
}

const hashOf = ({ metadata }: ControllerRevision): string | undefined => metadata.labels?.['controller-revision-hash']

conformance('[sig-apps] Daemon set [Serial] should update pod when spec was updated and update strategy is RollingUpdate', async (f) => {
  await createDaemonSet(f, { updateStrategy: { type: 'RollingUpdate' } })
  for (const pod of await onAll(f)) expect([imageOf(pod), revisionOf(pod)]).toEqual([WEB, hashOf((await revisions(f, 1))[0] as ControllerRevision)])
  await f.client.patch(daemonSet(f), 'strategic', { spec: { template: { spec: { containers: [{ name: 'web', image: OTHER_WEB }] } } } })
  const nodes = await nodeNames(f)
  await listUntil<Pod>(f, f.core('pods'), { labelSelector: selectorText(LABELS) }, 'all of the new image', (pods) => {
    const bad = nodes.length - pods.filter(({ status, metadata }) => metadata.deletionTimestamp === undefined && isConditionTrue(status?.conditions, 'Ready')).length
    // One at a time.
    expect(bad).toBeLessThanOrEqual(1)
    return bad === 0 && pods.every((pod) => imageOf(pod) === OTHER_WEB)
  }, 120_000)
  const [, second] = await revisions(f, 2)
  for (const pod of await onAll(f)) expect([imageOf(pod), revisionOf(pod)]).toEqual([OTHER_WEB, hashOf(second as ControllerRevision)])
})

conformance('[sig-apps] Daemon set [Serial] should rollback without unnecessary restarts', async (f) => {
  expect((await nodeNames(f)).length).toBeGreaterThan(1)
  const made = await createDaemonSet(f, { updateStrategy: { type: 'RollingUpdate' } })
  await onAll(f)
  await updated<DaemonSet>(f, daemonSet(f), ({ spec }) => spec.template.spec?.containers.forEach((container) => void (container.image = 'foo:non-existent')))
  const pods = await listUntil<Pod>(f, f.core('pods'), { labelSelector: selectorText(LABELS) }, 'one of the broken image', (items) => items.some((pod) => imageOf(pod) === 'foo:non-existent' && pod.metadata.deletionTimestamp === undefined))
  const kept = pods.filter((pod) => imageOf(pod) === WEB && pod.metadata.deletionTimestamp === undefined).map(({ metadata: { uid } }) => uid)
  const broken = pods.filter((pod) => imageOf(pod) !== WEB).map(({ metadata: { uid } }) => uid)
  expect(kept.length).toBeGreaterThan(0)
  await updated<DaemonSet>(f, daemonSet(f), ({ spec }) => void (spec.template = made.spec.template))
  const after = (await onAll(f)).map(({ metadata: { uid } }) => uid)
  expect(after).toEqual(expect.arrayContaining(kept))
  expect(after.filter((uid) => broken.includes(uid))).toEqual([])
})

conformance('[sig-apps] Daemon set [Serial] should list and delete a collection of DaemonSets', async (f) => {
  await createDaemonSet(f)
  await onAll(f)
  const query = { labelSelector: selectorText(LABELS) }
  expect((await f.client.get<{ items: DaemonSet[] }>('/apis/apps/v1/daemonsets', query)).items.filter(({ metadata }) => metadata.namespace === f.namespace)).toHaveLength(1)
  await f.client.delete(daemonSets(f), { gracePeriodSeconds: 1 }, query)
  await gone(f, daemonSet(f))
})

conformance('[sig-apps] Daemon set [Serial] should verify changes to a daemon set status', async (f) => {
  await createDaemonSet(f)
  await onAll(f)
  // The patch of the status says nothing of the spec, and that in full.
  await statusEndpoints(f, daemonSets(f), NAME, (read) => expect((read as DaemonSet).status?.desiredNumberScheduled).toBeGreaterThan(0), {
    spec: { selector: null, template: { metadata: { creationTimestamp: null }, spec: { containers: null } }, updateStrategy: {} },
    status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  })
})
