import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Batch, ObjectRef, ResourceKind, ResourceRow } from '../../common/contract/index.ts'
import { FakeClock, settle } from '../../common/fake-clock.ts'
import type { CronJob, Job } from '../../common/kube/generated/batch-v1.ts'
import { ConfigMaps, CronJobs, CustomResourceDefinitions, Deployments, Events, Jobs, Namespaces, Pods, ReplicaSets, Services } from '../../common/kube/kinds.ts'
import type { Resource } from '../../common/kube/resource.ts'
import { Api } from '../../engine/api/api.ts'
import { bootstrap } from '../../engine/api/bootstrap.ts'
import { kubernetesSchemas } from '../../engine/api/openapi/schemas.ts'
import { CronTabs, cronTab, cronTabDefinition } from '../../engine/api/custom/testing/crontab.ts'
import { builtinKinds } from '../../engine/api/registry/builtin.ts'
import { ageColumn, nameColumn } from '../../engine/api/table/columns.ts'
import { startTestApi } from '../../engine/api/testing/test-api.ts'
import type { TestApi } from '../../engine/api/testing/test-api.ts'
import { SharedInformers } from '../../engine/client/informers.ts'
import { LocalClient } from '../../engine/client/local-client.ts'
import { LocalResources } from '../../engine/client/local-resources.ts'
import { nextOf } from '../testing/next-of.ts'
import { jobAgain, jobOfCronJob } from './resource-actions.ts'
import { ResourcesService } from './resources-service.ts'

let running: TestApi
let client: LocalClient
let informers: SharedInformers
let clock: FakeClock
let resources: ResourcesService
beforeEach(async () => {
  clock = new FakeClock()
  running = await startTestApi(clock)
  // Kinds that this engine need not have, told only by the API: CronJob with nothing of its own.
  const served = builtinKinds(running.store)
  const more = ([CronJobs, Jobs] as unknown as Resource[]).filter((r) => !served.some((k) => k.resource.kind === r.kind)).map((resource) => ({ resource, columns: [nameColumn, ageColumn] }))
  const api = new Api({ store: running.store, schemas: kubernetesSchemas, clock, kinds: [...served, ...more] })
  await bootstrap(api)
  client = new LocalClient(api)
  informers = new SharedInformers({ client, clock, onError: (error) => { throw error as Error } })
  resources = new ResourcesService({ api: new LocalResources(api), client, informers, clock })
})
afterEach(async () => {
  await informers.stop()
  await running.close()
})

const configMap = (name: string, namespace = 'default', metadata: object = {}): Parameters<typeof client.create>[1] => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ...metadata } }) as never
const ref = (apiVersion: string, kind: string, name: string): ObjectRef => ({ apiVersion, kind, namespace: 'default', name })
const pod = (labels: object) => ({ metadata: { labels }, spec: { containers: [{ name: 'c', image: 'nginx' }] } })
const web = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' }, spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: pod({ app: 'web' }) } } as never
const cron = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'nightly', namespace: 'default' }, spec: { schedule: '0 3 * * *', jobTemplate: { metadata: { labels: { of: 'cron' } }, spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'busybox' }] } } } } } } as never

const next = <T>(iterator: AsyncIterator<T>): Promise<T> => nextOf(iterator, clock)

describe('kinds', () => {
  test('all that the API serves, with columns and counts that follow', async () => {
    const watch = resources.watchKinds({ namespace: 'default' })[Symbol.asyncIterator]()
    const find = ({ upserted }: Batch<ResourceKind>, kind: string): ResourceKind | undefined => upserted.find((k) => k.kind === kind)
    const first = await next(watch)
    expect(first.reset).toBe(true)
    expect(find(first, 'CronJob')).toMatchObject({ id: 'cronjobs.batch', group: 'batch', apiVersion: 'batch/v1', namespaced: true, count: 0 })
    expect(find(first, 'Deployment')?.columns.filter((c) => c.wide).map((c) => c.name)).toEqual(['Containers', 'Images', 'Selector'])
    expect(find(first, 'Namespace')?.count).toBe((await client.list(Namespaces)).items.length)
    const before = find(first, 'ConfigMap')?.count ?? NaN
    await client.create(ConfigMaps, configMap('a') as never)
    await client.create(ConfigMaps, configMap('elsewhere', 'kube-system') as never)
    const later = await next(watch)
    expect(later.upserted.map((k) => [k.kind, k.count])).toEqual([['ConfigMap', before + 1]])
    await watch.return?.()
  })
})

describe('a table', () => {
  test('is what the API prints, of one namespace, and follows changes', async () => {
    await client.create(ConfigMaps, configMap('a') as never)
    await client.create(ConfigMaps, configMap('other', 'kube-system') as never)
    const table = resources.watchTable({ of: { apiVersion: 'v1', kind: 'ConfigMap' }, namespace: 'default' })[Symbol.asyncIterator]()
    const first = await next(table)
    expect(first).toMatchObject({ reset: true, removed: [] })
    const row = first.upserted.find((r: ResourceRow) => r.ref.name === 'a')
    expect(row?.cells.slice(0, 2)).toEqual(['a', 0])
    expect(first.upserted.some((r) => r.ref.namespace !== 'default')).toBe(false)
    await client.patch(ConfigMaps, 'default', 'a', 'application/merge-patch+json', { data: { k: 'v' } })
    expect((await next(table)).upserted.map((r) => [r.ref.name, r.cells[1]])).toEqual([['a', 1]])
    await client.delete(ConfigMaps, 'default', 'a')
    expect(await next(table)).toEqual({ reset: false, upserted: [], removed: [row?.id] })
    await table.return?.()
    await settle()
    expect(clock.pending).toBe(0)
  })

  test('thousands come in slices, none missing, and at rest nothing is done', async () => {
    await Promise.all(Array.from({ length: 1000 }, (_, i) => client.create(ConfigMaps, configMap(`m${String(i)}`, 'default') as never)))
    const table = resources.watchTable({ of: { apiVersion: 'v1', kind: 'ConfigMap' }, namespace: 'default' })[Symbol.asyncIterator]()
    const names = new Set<string>()
    const sizes: number[] = []
    while (names.size < 1000) {
      const batch = await next(table)
      expect(batch.reset).toBe(sizes.length === 0)
      sizes.push(batch.upserted.length)
      for (const r of batch.upserted) if (/^m\d/.test(r.ref.name)) names.add(r.ref.name)
    }
    expect(sizes.length).toBeGreaterThan(2)
    const waiting = table.next()
    await clock.advance(60_000)
    expect(clock.pending).toBe(0)
    await table.return?.()
    await waiting
  })

  test('how long ago something was goes on while somebody looks, and only that', async () => {
    const at = new Date(clock.now()).toISOString().replace('.000', '')
    await client.create(Events, { apiVersion: 'v1', kind: 'Event', metadata: { name: 'e', namespace: 'default' }, involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' }, reason: 'Pulled', type: 'Normal', lastTimestamp: at, firstTimestamp: at, count: 2 } as never)
    const table = resources.watchTable({ of: { apiVersion: 'v1', kind: 'Event' }, namespace: 'default' })[Symbol.asyncIterator]()
    const first = (await next(table)).upserted[0]
    const later = await next(table)
    expect(later.upserted.map((r) => r.id)).toEqual([first?.id])
    expect([first?.cells[0], later.upserted[0]?.cells[0]]).toEqual(['0s', '10s'])
    await table.return?.()
    await settle()
    expect(clock.pending).toBe(0)
  })

  test('a kind that is not served ends with a sentence', async () => {
    const table = resources.watchTable({ of: { apiVersion: 'v9', kind: 'Nothing' }, namespace: '' })[Symbol.asyncIterator]()
    await expect(next(table)).rejects.toThrow('This cluster has no kind "Nothing" (v9).')
  })
})

describe('an object', () => {
  test('is shown with its owner, what it owns, the pods it picks and what can be done to it', async () => {
    const deployment = await client.create(Deployments, web)
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: deployment.metadata.uid, controller: true }
    await client.create(ReplicaSets, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name: 'web-1', namespace: 'default', ownerReferences: [owner] }, spec: { selector: { matchLabels: { app: 'web' } }, template: pod({ app: 'web' }) } } as never)
    await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1-x', namespace: 'default', labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx' }] } } as never)
    const view = await next(resources.watchObject(ref('apps/v1', 'Deployment', 'web'))[Symbol.asyncIterator]())
    expect(view).toMatchObject({ abilities: ['scale', 'restart', 'pause'], replicas: 2, paused: false })
    expect(view.related.map((r) => [r.how, r.ref.kind, r.ref.name])).toEqual([['owned', 'ReplicaSet', 'web-1'], ['selects', 'Pod', 'web-1-x']])
    expect(view.facts.find((f) => f.name === 'Images')?.value).toBe('nginx')
    const set = await next(resources.watchObject(ref('apps/v1', 'ReplicaSet', 'web-1'))[Symbol.asyncIterator]())
    expect(set.related[0]).toMatchObject({ how: 'owner', ref: { kind: 'Deployment', name: 'web' } })
  })

  test('a Service without a selector picks nothing', async () => {
    await client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' }, spec: { containers: [{ name: 'c', image: 'nginx' }] } } as never)
    await client.create(Services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 's', namespace: 'default' }, spec: { ports: [{ port: 80 }] } } as never)
    expect((await next(resources.watchObject(ref('v1', 'Service', 's'))[Symbol.asyncIterator]())).related).toEqual([])
  })

  test('ends when it is deleted', async () => {
    await client.create(ConfigMaps, configMap('a') as never)
    const watch = resources.watchObject(ref('v1', 'ConfigMap', 'a'))[Symbol.asyncIterator]()
    await next(watch)
    await client.delete(ConfigMaps, 'default', 'a')
    await expect(next(watch)).rejects.toThrow('ConfigMap "a" is not there (any more).')
  })
})

describe('what is done to it', () => {
  test('scale, restart, pause and suspend write what kubectl writes', async () => {
    await client.create(Deployments, web)
    await client.create(CronJobs, cron)
    const at = ref('apps/v1', 'Deployment', 'web')
    await resources.scale(at, 5)
    await resources.restart(at)
    await resources.pause(at, true)
    await resources.suspend(ref('batch/v1', 'CronJob', 'nightly'), true)
    expect(await client.get(Deployments, 'default', 'web')).toMatchObject({ spec: { replicas: 5, paused: true, template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' } } } } })
    expect(await client.get(CronJobs, 'default', 'nightly')).toMatchObject({ spec: { suspend: true } })
    await expect(resources.restart(at)).rejects.toThrow('web is paused: resume its rollout first.')
  })

  test('a CronJob is run at once, as kubectl does it', async () => {
    const { metadata: { uid } } = await client.create(CronJobs, cron)
    const job = await resources.runNow(ref('batch/v1', 'CronJob', 'nightly'))
    expect(job.name).toMatch(/^nightly-.{5}$/)
    expect(await client.get(Jobs, 'default', job.name)).toMatchObject({
      metadata: { labels: { of: 'cron' }, annotations: { 'cronjob.kubernetes.io/instantiate': 'manual' }, ownerReferences: [{ kind: 'CronJob', name: 'nightly', uid, controller: true }] },
    })
  })

  test.each([
    ['half a replica', () => resources.scale(ref('apps/v1', 'Deployment', 'web'), 1.5), '1.5 is no number of replicas: a whole number, 0 or more.'],
    ['fewer than none', () => resources.scale(ref('apps/v1', 'Deployment', 'web'), -1), '-1 is no number'],
    ['no replicas', () => resources.scale(ref('v1', 'ConfigMap', 'a'), 1), 'A ConfigMap has no replicas to scale.'],
    ['no rollout', () => resources.restart(ref('v1', 'Service', 'a')), 'A Service has no rollout to restart.'],
    ['never suspended', () => resources.suspend(ref('apps/v1', 'Deployment', 'web'), true), 'A Deployment cannot be suspended.'],
    ['nothing to run', () => resources.runNow(ref('apps/v1', 'Deployment', 'web')), 'only a Job and a CronJob can'],
    ['not there', () => resources.scale(ref('apps/v1', 'Deployment', 'ghost'), 1), '"ghost" not found'],
  ])('%s is refused with a sentence', async (_, act, sentence) => {
    await expect(act()).rejects.toThrow(sentence)
  })
})

test('a Job once more has nothing of the first one but its work', () => {
  const labels = { app: 'x', 'controller-uid': 'u', 'batch.kubernetes.io/job-name': 'j' }
  const again = jobAgain({ metadata: { name: 'j', namespace: 'n', labels }, spec: { suspend: true, selector: { matchLabels: { 'controller-uid': 'u' } }, backoffLimit: 2, template: { metadata: { labels }, spec: { containers: [] } } } } as unknown as Job)
  expect(again.metadata).toEqual({ generateName: 'j-', namespace: 'n', labels: { app: 'x' } })
  expect(again.spec).toEqual({ backoffLimit: 2, template: { metadata: { labels: { app: 'x' } }, spec: { containers: [] } } })
  expect(jobOfCronJob({ metadata: { name: 'c'.repeat(60), uid: 'u' }, spec: { jobTemplate: { spec: {} } } } as unknown as CronJob).metadata.generateName?.length).toBe(53)
})

test('a custom kind is there as soon as it is defined, with its objects as its columns say, and leaves', async () => {
  const kinds = resources.watchKinds({ namespace: '' })[Symbol.asyncIterator]()
  const batch = async (wanted: (batch: Batch<ResourceKind>) => boolean): Promise<Batch<ResourceKind>> => {
    for (;;) {
      const value = await next(kinds)
      if (wanted(value)) return value
    }
  }
  await batch(({ upserted }) => upserted.some(({ kind }) => kind === 'CustomResourceDefinition'))
  await client.create(CustomResourceDefinitions, cronTabDefinition() as never)
  const came = await batch(({ upserted }) => upserted.some(({ kind }) => kind === 'CronTab'))
  expect(came.upserted.find(({ kind }) => kind === 'CronTab')).toMatchObject({ apiVersion: 'stable.example.com/v1', plural: 'crontabs', shortNames: ['ct'], count: 0, columns: [{ name: 'Name' }, { name: 'Cron' }, { name: 'Replicas', wide: true }, { name: 'Ready' }, { name: 'Age' }] })
  await client.create(CronTabs, { ...cronTab('a'), metadata: { name: 'a', namespace: 'default' } } as never)
  expect((await batch(({ upserted }) => upserted.some(({ kind, count }) => kind === 'CronTab' && count === 1))).reset).toBe(false)
  const rows = resources.watchTable({ of: { apiVersion: 'stable.example.com/v1', kind: 'CronTab' }, namespace: '' })[Symbol.asyncIterator]()
  expect((await next(rows)).upserted[0]?.cells.slice(0, 2)).toEqual(['a', '* * * * 5'])
  await rows.return?.()
  await client.delete(CronTabs, 'default', 'a')
  await client.delete(CustomResourceDefinitions, '', 'crontabs.stable.example.com')
  const going = await client.get(CustomResourceDefinitions, '', 'crontabs.stable.example.com')
  await client.update(CustomResourceDefinitions, { ...going, metadata: { ...going.metadata, finalizers: [] } })
  expect((await batch(({ removed }) => removed.length > 0)).removed).toEqual(['crontabs.stable.example.com'])
  await kinds.return?.()
})
