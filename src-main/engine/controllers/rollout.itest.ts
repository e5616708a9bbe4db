import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Deployment } from '../../common/kube/generated/apps-v1.ts'
import { Deployments, Pods, ReplicaSets } from '../../common/kube/kinds.ts'
import type { ApiCluster } from './testing/api-cluster.ts'
import { KubectlCluster } from './testing/kubectl-cluster.ts'

// The real kubectl drives rollouts of the real controllers over HTTPS, and reads from their conditions how they went.

const website = join(import.meta.dirname, '../../../resources/samples/my-website.yaml')
const APP = 'deployment/my-website-deployment'

let real: KubectlCluster
let cluster: ApiCluster

beforeAll(async () => {
  real = await KubectlCluster.start()
  cluster = real.cluster
})
afterAll(() => real.stop())

const kubectl = (...args: string[]): Promise<{ code: number; out: string }> => real.kubectl(...args)
const ok = (...args: string[]): Promise<string> => real.ok(...args)
const get = (): Promise<Readonly<Deployment>> => cluster.client.get(Deployments, 'default', 'my-website-deployment')
const image = async (): Promise<string | undefined> => (await get()).spec.template.spec?.containers[0]?.image

test('apply, wait, set image, history, undo, restart, pause, resume, scale, delete', async () => {
  await ok('apply', '-f', website)
  expect(await ok('rollout', 'status', APP, '--timeout=110s')).toContain('successfully rolled out')
  await ok('wait', '--for=condition=Available', APP, '--timeout=110s')

  await ok('set', 'image', APP, 'my-website-container=nginx:2')
  expect(await ok('rollout', 'status', APP, '--timeout=110s')).toContain('successfully rolled out')
  expect(await ok('rollout', 'history', APP)).toMatch(/REVISION[\s\S]*\n1\s[\s\S]*\n2\s/)
  expect(await ok('rollout', 'history', APP, '--revision=1')).toMatch(/Image:\s+nginx\s/)

  await ok('rollout', 'undo', APP)
  await ok('rollout', 'status', APP, '--timeout=110s')
  expect(await image()).toBe('nginx')
  expect((await ok('rollout', 'history', APP)).match(/^\d+/gm)).toEqual(['2', '3'])

  const before = new Set((await cluster.client.list(Pods, { namespace: 'default' })).items.map((p) => p.metadata.uid))
  await ok('rollout', 'restart', APP)
  await ok('rollout', 'status', APP, '--timeout=110s')
  expect((await cluster.client.list(Pods, { namespace: 'default' })).items.filter((p) => before.has(p.metadata.uid) && p.metadata.deletionTimestamp === undefined)).toEqual([])

  await ok('rollout', 'pause', APP)
  await ok('set', 'image', APP, 'my-website-container=nginx:3')
  expect(await ok('get', APP, '-o', 'jsonpath={.status.updatedReplicas}')).not.toBe('3')
  await ok('rollout', 'resume', APP)
  await ok('rollout', 'status', APP, '--timeout=110s')

  await ok('scale', APP, '--replicas=5')
  await ok('rollout', 'status', APP, '--timeout=110s')
  expect((await get()).status?.readyReplicas).toBe(5)
  expect(await ok('describe', APP)).toMatch(/ScalingReplicaSet[\s\S]*Scaled up replica set/)

  await ok('delete', APP, '--cascade=foreground', '--timeout=110s')
  expect([(await cluster.client.list(Pods)).items, (await cluster.client.list(ReplicaSets)).items]).toEqual([[], []])
  expect(cluster.failures).toEqual([])
})

test('a broken image: rollout status says that the deadline is over, undo repairs it', async () => {
  await ok('apply', '-f', website)
  await ok('rollout', 'status', APP, '--timeout=110s')
  await ok('patch', APP, '-p', '{"spec":{"progressDeadlineSeconds":2}}')
  await ok('set', 'image', APP, 'my-website-container=broken')
  const status = await kubectl('rollout', 'status', APP, '--timeout=110s')
  expect(status).toMatchObject({ code: 1, out: expect.stringContaining('exceeded its progress deadline') as string })
  expect((await get()).status?.availableReplicas).toBe(3)
  await ok('rollout', 'undo', APP)
  expect(await ok('rollout', 'status', APP, '--timeout=110s')).toContain('successfully rolled out')
})

test('a stateful set: apply, rollout, history, undo, scale, describe; a disruption budget is made, counted and described', async () => {
  const DB = 'statefulset/db'
  const labels = { app: 'db' }
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'one' }] } }
  const set = { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db' }, spec: { serviceName: 'peers', replicas: 2, selector: { matchLabels: labels }, template } }
  const file = join(cluster.api.dir, 'db.json')
  writeFileSync(file, JSON.stringify(set))
  await ok('apply', '-f', file)
  expect(await ok('rollout', 'status', DB, '--timeout=110s')).toContain('roll out complete: 2 new pods')
  await ok('set', 'image', DB, 'c=two')
  expect(await ok('rollout', 'status', DB, '--timeout=110s')).toContain('roll out complete: 2 new pods have been updated')
  expect((await ok('rollout', 'history', DB)).match(/^\d+/gm)).toEqual(['1', '2'])
  expect(await ok('rollout', 'history', DB, '--revision=1')).toMatch(/Image:\s+one\s/)
  await ok('rollout', 'undo', DB)
  await ok('rollout', 'status', DB, '--timeout=110s')
  expect(await ok('get', 'pods', '-l', 'app=db', '-o', 'jsonpath={.items[*].spec.containers[0].image}')).toBe('one one')
  await ok('rollout', 'restart', DB)
  await ok('rollout', 'status', DB, '--timeout=110s')
  await ok('scale', DB, '--replicas=3')
  await ok('wait', '--for=jsonpath={.status.readyReplicas}=3', DB, '--timeout=110s')
  expect(await ok('get', 'sts', '-o', 'wide')).toMatch(/NAME +READY +AGE +CONTAINERS +IMAGES\s+db +3\/3 +\S+ +c +one/)
  expect(await ok('get', 'controllerrevisions')).toMatch(/NAME +CONTROLLER +REVISION +AGE\s+db-\S+ +statefulset\.apps\/db +\d/)
  expect(await ok('describe', DB)).toMatch(/Pods Status: +3 Running[\s\S]*create Pod db-2 in StatefulSet db successful/)

  await ok('create', 'poddisruptionbudget', 'db', '--selector=app=db', '--max-unavailable=1')
  await ok('wait', '--for=jsonpath={.status.disruptionsAllowed}=1', 'pdb/db', '--timeout=110s')
  expect(await ok('get', 'pdb')).toMatch(/NAME +MIN AVAILABLE +MAX UNAVAILABLE +ALLOWED DISRUPTIONS +AGE\s+db +N\/A +1 +1 /)
  expect(await ok('describe', 'pdb', 'db')).toMatch(/Max unavailable: +1[\s\S]*Allowed disruptions: +1[\s\S]*Current: +3[\s\S]*Desired: +2/)

  // Two of three are on one of the two nodes: it lets one go, and says why not the other.
  const nodes = (await ok('get', 'pods', '-l', 'app=db', '-o', 'jsonpath={.items[*].spec.nodeName}')).split(' ').sort()
  const drain = await kubectl('drain', nodes[1] ?? '', '--timeout=4s')
  expect(drain).toMatchObject({ code: 1, out: expect.stringMatching(/evicting pod default\/db-\d[\s\S]*will retry after 5s\): Cannot evict pod as it would violate the pod's disruption budget/) as string })
  await ok('uncordon', nodes[1] ?? '')
  // The budget first: it cannot be counted for pods whose set is gone.
  await ok('delete', 'pdb/db', DB, '--timeout=110s')
  expect(cluster.failures).toEqual([])
})

test('a canary: status, wait, order, describe and explain; an aborted one ends rollout status', async () => {
  const strategy = { canary: { steps: [{ weight: 50 }, { pause: {} }], analysis: {} } }
  const file = join(cluster.api.dir, 'rollout.json')
  writeFileSync(file, JSON.stringify({ apiVersion: 'toque.dev/v1', kind: 'Rollout', metadata: { name: 'site' }, spec: { deployment: 'my-website-deployment', strategy } }))
  await ok('delete', APP, '--ignore-not-found', '--timeout=110s')
  await ok('apply', '-f', website, '-f', file)
  expect(await ok('rollout', 'status', APP, '--timeout=110s')).toContain('successfully rolled out')
  await ok('wait', '--for=condition=Healthy', 'rollouts.toque.dev/site', '--timeout=110s')
  await ok('set', 'image', APP, 'my-website-container=nginx:2')
  await ok('wait', '--for=jsonpath={.status.phase}=Paused', 'ro/site', '--timeout=110s')
  expect(await ok('get', 'ro')).toMatch(/NAME +DEPLOYMENT +STRATEGY +PHASE +STEP +WEIGHT +AGE\s+site +my-website-deployment +Canary +Paused +2\/3 +50 % /)
  expect(await kubectl('rollout', 'status', APP, '--timeout=5s')).toMatchObject({ code: 1, out: expect.stringMatching(/Waiting for deployment "my-website-deployment" rollout to finish: 2 out of 3 new replicas have been updated/) as string })
  await ok('annotate', '--overwrite', 'ro/site', 'toque.dev/order=abort it looks odd')
  await ok('wait', '--for=jsonpath={.status.phase}=Aborted', 'ro/site', '--timeout=110s')
  expect(await kubectl('rollout', 'status', APP, '--timeout=110s')).toMatchObject({ code: 1, out: expect.stringContaining('exceeded its progress deadline') as string })
  expect(await ok('describe', APP)).toMatch(/RolloutAborted[\s\S]*aborted: by hand: it looks odd/)
  expect(await kubectl('annotate', '--overwrite', 'ro/site', 'toque.dev/order=go')).toMatchObject({ code: 1, out: expect.stringContaining('must begin with one of promote, promote-all, abort, retry') as string })
  await ok('annotate', '--overwrite', 'ro/site', 'toque.dev/order=retry')
  await ok('wait', '--for=jsonpath={.status.phase}=Paused', 'ro/site', '--timeout=110s')
  await ok('annotate', '--overwrite', 'ro/site', 'toque.dev/order=promote')
  await ok('wait', '--for=condition=Healthy', 'ro/site', '--timeout=110s')
  expect(await ok('rollout', 'status', APP, '--timeout=110s')).toContain('successfully rolled out')
  expect(await ok('explain', 'rollouts.spec.strategy.canary.steps')).toContain('A weight or a pause')
  expect(cluster.failures).toEqual([])
})
