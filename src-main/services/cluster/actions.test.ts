import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Action, ObjectRef, Plan } from '../../common/contract/index.ts'
import { systemClock } from '../../common/clock.ts'
import { FakeClock } from '../../common/fake-clock.ts'
import type { StatefulSet } from '../../common/kube/generated/apps-v1.ts'
import { ControllerRevisions, CronJobs, DaemonSets, ReplicaSets, StatefulSets } from '../../common/kube/kinds.ts'
import { RESTARTED_AT } from '../../common/kube/well-known.ts'
import { AS_TESTER, startTestApi } from '../../engine/api/testing/test-api.ts'
import type { TestApi } from '../../engine/api/testing/test-api.ts'
import { LocalClient } from '../../engine/client/local-client.ts'
import { LocalManifests } from '../../engine/client/local-manifests.ts'
import { AppActions } from './actions.ts'
import { previewAction } from './preview.ts'

let t: TestApi
let client: LocalClient
let actions: AppActions
beforeEach(async () => {
  t = await startTestApi(new FakeClock())
  client = new LocalClient(t.api)
  actions = new AppActions(client, new FakeClock())
  await client.create(StatefulSets, { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata, spec: { ...spec, serviceName: 'db' } })
  await client.create(DaemonSets, { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec })
  await client.create(ReplicaSets, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec })
})
afterEach(() => t.close())

const metadata = { name: 'db', namespace: 'default' }
const template = { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image: 'postgres:16' }] } }
const spec = { selector: { matchLabels: { app: 'db' } }, template }
const ref = (kind: string, apiVersion = 'apps/v1'): ObjectRef => ({ apiVersion, kind, namespace: 'default', name: 'db' })
const preview = (action: Action): Promise<Plan> => previewAction({ client, manifests: new LocalManifests(t.api, AS_TESTER), clock: systemClock }, actions, action)
const image = async (): Promise<string | undefined> => (await client.get(StatefulSets, 'default', 'db')).spec.template.spec?.containers[0]?.image

test('a StatefulSet is scaled, gets another image, restarts and goes back, each as it was planned', async () => {
  await actions.scale(ref('StatefulSet'), 5)
  const plan = await preview({ type: 'setImage', app: ref('StatefulSet'), container: 'db', image: 'postgres:17' })
  expect(plan.problems).toEqual([])
  expect(plan.changes[0]).toMatchObject({ action: 'update', after: expect.stringContaining('postgres:17') as string })
  expect(await image()).toBe('postgres:16')
  await actions.setImage(ref('StatefulSet'), 'db', 'postgres:17')
  await actions.restart(ref('StatefulSet'))
  const set = await client.get(StatefulSets, 'default', 'db')
  expect(set.spec).toMatchObject({ replicas: 5, template: { metadata: { annotations: { [RESTARTED_AT]: expect.any(String) as string } }, spec: { containers: [{ image: 'postgres:17' }] } } })

  const owner = (of: StatefulSet): object => ({ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: of.metadata.uid, controller: true })
  await client.create(ControllerRevisions, { apiVersion: 'apps/v1', kind: 'ControllerRevision', revision: 1, data: { spec: { template: { ...template, $patch: 'replace' } } }, metadata: { name: 'db-1', namespace: 'default', ownerReferences: [owner(set as StatefulSet)] } } as never)
  expect((await preview({ type: 'rollback', app: ref('StatefulSet'), revision: 1 })).changes[0]?.after).toContain('postgres:16')
  await actions.rollback(ref('StatefulSet'), 1)
  expect(await image()).toBe('postgres:16')
  await expect(actions.rollback(ref('StatefulSet'), 7)).rejects.toThrow('Revision 7 of db is not kept any more. Choose one of its history.')
})

test.each<[string, () => Promise<unknown>, RegExp]>([
  ['scaling a DaemonSet', () => actions.scale(ref('DaemonSet'), 2), /one pod on each server/],
  ['pausing a StatefulSet', () => actions.pause(ref('StatefulSet'), true), /A StatefulSet has no rollouts to pause/],
  ['restarting a ReplicaSet', () => actions.restart(ref('ReplicaSet')), /A ReplicaSet has no rollout to restart/],
  ['the image of a ReplicaSet', () => actions.setImage(ref('ReplicaSet'), 'db', 'x'), /does not replace its pods/],
  ['the history of a ReplicaSet', () => actions.rollback(ref('ReplicaSet'), 1), /keeps no earlier versions/],
  ['half a replica', () => actions.scale(ref('StatefulSet'), 1.5), /1.5 is no number of replicas/],
  ['no image', () => actions.setImage(ref('StatefulSet'), 'db', ' '), /not an image name/],
  ['a container that is not there', () => actions.setImage(ref('StatefulSet'), 'web', 'x'), /db has no container "web"/],
  ['what is no app', () => actions.scale(ref('ConfigMap', 'v1'), 1), /A ConfigMap cannot be changed this way/],
])('%s is refused in a sentence', (_, act, says) => expect(act()).rejects.toThrow(says))

test('a run by hand is shown before: the Job that would be made, and none is', async () => {
  await client.create(CronJobs, { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } } } } } })
  const plan = await preview({ type: 'run', ref: ref('CronJob', 'batch/v1') })
  expect(plan.changes).toMatchObject([{ action: 'create', ref: { kind: 'Job' }, after: expect.stringContaining('busybox') as string }])
  expect((await preview({ type: 'run', ref: ref('StatefulSet') })).problems[0]?.message).toMatch(/only a Job and a CronJob can/)
})
