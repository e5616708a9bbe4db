import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findCondition } from '../../../common/kube/conditions.ts'
import type { Deployment } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Deployments, EndpointSlices, IngressClasses, Ingresses, Pods, ReplicaSets, Services } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { isPodActive } from '../../../common/kube/pods.ts'
import { ROLLOUT_ORDER, Rollouts } from '../../../common/kube/rollout.ts'
import type { RolloutStatus, RolloutStrategy } from '../../../common/kube/rollout.ts'
import type { ServerCounters } from '../../../common/kube/traffic.ts'
import { SharedInformers } from '../../client/informers.ts'
import type { Runnable } from '../context.ts'
import { DeploymentController } from '../deployment/controller.ts'
import { EndpointSliceController } from '../endpointslice/controller.ts'
import { EndpointsController } from '../endpoints/controller.ts'
import { ReplicaSetController } from '../replicaset/controller.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { RolloutController } from './controller.ts'

// The Rollout, Deployment, ReplicaSet and endpoints controllers together; pods come up at once, but for images that are called broken.

const CANARY: RolloutStrategy = { canary: { steps: [{ weight: 25 }, { pause: { seconds: 60 } }, { weight: 50 }, { pause: {} }] } }
const NS = 'ns'
let cluster: TestCluster
let controllers: Runnable[]
let counters: ServerCounters[]
let asked: number
let nextIp: number

beforeEach(async () => {
  cluster = new TestCluster()
  ;[counters, asked, nextIp] = [[], 0, 0]
  await start()
})
afterEach(async () => {
  await end()
  await cluster.stop()
})

async function start(informers = cluster.informers): Promise<void> {
  const context = { ...cluster.context, informers }
  const traffic = { counters: () => Promise.resolve((asked++, counters)) }
  controllers = [new DeploymentController(context), new ReplicaSetController(context), new EndpointSliceController(context), new EndpointsController(context), new RolloutController(context, traffic)]
  await informers.synced()
  for (const controller of controllers) controller.start()
}
async function end(): Promise<void> {
  for (const controller of controllers) await controller.stop()
}
/** The engine dies and another one begins, later, with caches of its own. */
async function restart(seconds = 0): Promise<void> {
  await end()
  await cluster.clock.advance(seconds * 1000)
  await start(new SharedInformers({ client: cluster.client, clock: cluster.clock, onError: () => undefined }))
}

const template = (image: string): Deployment['spec']['template'] => ({ metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } })
const pods = (): Frozen<Pod>[] => cluster.client.all(Pods).filter(isPodActive)
const imageOf = (pod: Frozen<Pod> | undefined): string => pod?.spec.containers[0]?.image ?? ''
const count = (image: string): number => pods().filter((pod) => imageOf(pod) === image).length
const status = async (): Promise<RolloutStatus> => (await cluster.client.get(Rollouts, NS, 'web')).status ?? {}
const progressing = async (): Promise<{ status: string; reason?: string; message?: string } | undefined> => findCondition((await cluster.client.get(Deployments, NS, 'web')).status?.conditions, 'Progressing')
/** Images of the pods that a Service leads to, with how many of each. */
const behind = (service: string): string => {
  const ips = cluster.client.all(EndpointSlices).filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === service).flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses))
  const images = ips.map((ip) => imageOf(cluster.client.all(Pods).find((pod) => pod.status?.podIP === ip))).sort()
  return [...new Set(images)].map((image) => `${String(images.filter((i) => i === image).length)} ${image}`).join(', ')
}

async function run(): Promise<void> {
  for (let i = 0; i < 12; i++) {
    for (const pod of cluster.client.all(Pods)) {
      if (!isPodActive(pod)) await cluster.client.delete(Pods, NS, pod.metadata.name, { gracePeriodSeconds: 0 })
      else if (pod.status?.podIP === undefined && !imageOf(pod).includes('broken')) await cluster.setPod(pod, { ready: true, ip: `10.244.0.${String(++nextIp)}` })
    }
    await cluster.settle()
  }
}
async function change(spec: Partial<Deployment['spec']>): Promise<void> {
  const d = await cluster.client.get(Deployments, NS, 'web')
  await cluster.client.update(Deployments, { ...d, spec: { ...d.spec, ...spec } })
  await run()
}
async function order(text: string): Promise<void> {
  const rollout = await cluster.client.get(Rollouts, NS, 'web')
  await cluster.client.update(Rollouts, { ...rollout, metadata: { ...rollout.metadata, annotations: { [ROLLOUT_ORDER]: text } } })
  await run()
}
async function wait(seconds: number): Promise<void> {
  await cluster.clock.advance(seconds * 1000)
  await run()
}
const createRollout = (strategy: RolloutStrategy, name = 'web'): Promise<unknown> => cluster.client.create(Rollouts, { apiVersion: 'toque.dev/v1', kind: 'Rollout', metadata: { name, namespace: NS }, spec: { deployment: 'web', strategy } })

/** A Deployment of four, its Service, and its Rollout; all of `one`. */
async function site(strategy: RolloutStrategy, more: Partial<Deployment['spec']> = {}): Promise<void> {
  await cluster.client.create(Services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: NS }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } })
  await cluster.client.create(Deployments, { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: NS }, spec: { replicas: 4, progressDeadlineSeconds: 600, selector: { matchLabels: { app: 'web' } }, template: template('one'), ...more } })
  await createRollout(strategy)
  await run()
}
async function ingress(): Promise<void> {
  await cluster.client.create(IngressClasses, { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'toque' }, spec: { controller: 'toque.dev/ingress' } })
  await cluster.client.create(Ingresses, { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'web', namespace: NS }, spec: { ingressClassName: 'toque', defaultBackend: { service: { name: 'web', port: { number: 80 } } } } })
  await run()
}

describe('a canary', () => {
  test('is not the first roll; then goes by steps, by the numbers of pods, and the Deployment tells of it', async () => {
    await site(CANARY)
    expect([count('one'), (await status()).phase, (await progressing())?.reason]).toEqual([4, 'Healthy', 'NewReplicaSetAvailable'])
    await change({ template: template('two') })
    expect([count('one'), count('two'), behind('web')]).toEqual([3, 1, '3 one, 1 two'])
    expect(await status()).toMatchObject({ phase: 'Paused', step: 1, steps: 5, weight: 25, conditions: [{ type: 'Healthy', status: 'False', reason: 'Paused' }] })
    expect(await progressing()).toMatchObject({ status: 'True', reason: 'RolloutPaused', message: expect.stringMatching(/^Rollout "web": step 2 of 5/) as string })
    await wait(61)
    expect([count('one'), count('two'), (await status()).message]).toEqual([2, 2, expect.stringContaining('toque.dev/order="promote')])
    await wait(3600)
    expect((await progressing())?.reason).toBe('RolloutPaused')
    await order('promote')
    expect([count('one'), count('two'), (await status()).phase, (await progressing())?.reason]).toEqual([0, 4, 'Healthy', 'NewReplicaSetAvailable'])
    expect(cluster.events.filter((e) => e.startsWith('Rollout/')).map((e) => e.split(' ')[2])).toEqual(['RolloutStarted:', 'RolloutStep:', 'RolloutStep:', 'RolloutStep:', 'RolloutPromoted:'])
    // No moment of the deadline's having passed, which `kubectl rollout status` would end on.
    expect(cluster.failures).toEqual([])
  })

  test('behind an Ingress leaves the old revision whole', async () => {
    await site(CANARY)
    await ingress()
    await change({ template: template('two') })
    expect([count('one'), count('two')]).toEqual([4, 1])
    await wait(61)
    expect([count('one'), count('two')]).toEqual([4, 2])
  })

  test('whose pods do not come is aborted, and the Deployment says so', async () => {
    await site(CANARY, { progressDeadlineSeconds: 30 })
    await change({ template: template('broken') })
    expect([count('one'), count('broken'), behind('web'), (await status()).phase]).toEqual([4, 1, '4 one', 'Progressing'])
    await wait(31)
    expect([count('one'), count('broken'), (await status()).phase]).toEqual([4, 0, 'Aborted'])
    expect(await progressing()).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded', message: expect.stringMatching(/aborted: 0 of 1 pods/) as string })
  })

  test.each<[string, () => Promise<void>, [one: number, two: number, three: number], phase: string]>([
    ['scaled up', () => change({ replicas: 8 }), [6, 2, 0], 'Paused'],
    ['scaled down', () => change({ replicas: 2 }), [2, 1, 0], 'Paused'],
    ['scaled to nothing', () => change({ replicas: 0 }), [0, 0, 0], 'Healthy'],
    ['with another template', () => change({ template: template('three') }), [3, 0, 1], 'Paused'],
    ['with the old template again', () => change({ template: template('one') }), [4, 0, 0], 'Healthy'],
    ['aborted', () => order('abort looks odd'), [4, 0, 0], 'Aborted'],
    ['with its Deployment paused', () => change({ paused: true }), [3, 1, 0], 'Paused'],
    ['after a restart of the engine', () => restart().then(run), [3, 1, 0], 'Paused'],
    ['after a restart of the engine, an hour later', () => restart(3600).then(run), [2, 2, 0], 'Paused'],
    ['promoted through all', () => order('promote-all'), [0, 4, 0], 'Healthy'],
  ])('on the way, %s', async (_, what, expected, phase) => {
    await site(CANARY)
    await change({ template: template('two') })
    await what()
    expect([[count('one'), count('two'), count('three')], (await status()).phase]).toEqual([expected, phase])
    expect(cluster.failures).toEqual([])
  })

  test('whose Rollout is deleted on the way is rolled out by the Deployment itself', async () => {
    await site(CANARY)
    await change({ template: template('two') })
    await cluster.client.delete(Rollouts, NS, 'web')
    await run()
    expect([count('one'), count('two'), (await progressing())?.reason]).toEqual([0, 4, 'NewReplicaSetAvailable'])
  })

  test('until the Rollout has looked at a template it has no pods', async () => {
    await site(CANARY)
    await controllers.pop()?.stop()
    await change({ template: template('two') })
    expect([count('one'), count('two'), cluster.client.all(ReplicaSets).length]).toEqual([4, 0, 2])
  })

  test('at rest nothing is written, and nothing is asked', async () => {
    await site(CANARY)
    await change({ template: template('two') })
    const writes: string[] = []
    const before = asked
    cluster.client.intercept = (verb, { kind }) => void (['get', 'list', 'watch'].includes(verb) || writes.push(`${verb} ${kind}`))
    await wait(30)
    expect([writes, asked]).toEqual([[], before])
  })
})

describe('an analysis', () => {
  const ANALYSED: RolloutStrategy = { canary: { steps: [{ weight: 25 }, { pause: { seconds: 600 } }], analysis: { intervalSeconds: 10, minRequests: 20, maxErrorPercent: 1, failureLimit: 1 } } }
  const of = (image: string): string[] => pods().filter((pod) => imageOf(pod) === image).flatMap(({ status: s }) => s?.podIP ?? [])
  const serve = (answers: number, errors: number): void => {
    counters = [...of('one'), ...of('two')].map((address, i) => ({ proxy: 'node-1', process: '1', place: `b/s${String(i + 1)}`, address, answers, errors: of('two').includes(address) ? errors : 0, failed: 0, meanMs: 5 }))
  }

  test('sees what the proxies count of each revision, and takes a failing one back', async () => {
    await site(ANALYSED)
    await ingress()
    await change({ template: template('two') })
    serve(100, 0)
    await wait(11)
    serve(140, 5)
    await wait(10)
    expect(await status()).toMatchObject({ phase: 'Paused', analysis: { failures: 1, canary: { requests: 40, errors: 5, meanMs: 5 }, stable: { requests: 160, errors: 0 } } })
    serve(180, 10)
    await wait(10)
    expect(await status()).toMatchObject({ phase: 'Aborted', message: expect.stringMatching(/^aborted: 12.5 % of 40 requests to revision web-\w+ failed \(limit 1 %\)/) as string })
    expect([count('one'), count('two'), behind('web')]).toEqual([4, 0, '4 one'])
    expect(cluster.events.filter((e) => /^Deployment.*Warning RolloutAborted: aborted: 12.5 %/.test(e))).toHaveLength(1)
    const before = asked
    await wait(100)
    expect(asked).toBe(before)
  })

  test.each<[string, (pod: Frozen<Pod>) => Promise<unknown>, RegExp]>([
    ['that is not ready any more', (pod) => cluster.setPod(pod, { ready: false }), /1 pod of revision web-\w+ is not ready any more/],
    ['that restarts', (pod) => cluster.client.updateStatus(Pods, { ...pod, status: { ...pod.status, containerStatuses: [{ name: 'c', image: 'two', imageID: '', ready: true, restartCount: 3 }] } }), /the containers of revision web-\w+ restarted 3 times \(limit 0\)/],
  ])('takes back one %s', async (_, happens, why) => {
    await site(ANALYSED)
    await change({ template: template('two') })
    const pod = pods().find((p) => imageOf(p) === 'two')
    if (pod === undefined) throw new Error('no pod')
    await wait(11)
    await happens(pod)
    await wait(10)
    expect((await status()).analysis).toMatchObject({ failures: 1, message: expect.stringMatching(why) as string })
    await wait(10)
    expect((await status()).phase).toBe('Aborted')
  })

  test('lets pass that a server does not answer: that is not the revision\'s doing', async () => {
    await site(ANALYSED)
    await change({ template: template('two') })
    const pod = pods().find((p) => imageOf(p) === 'two')
    if (pod === undefined) throw new Error('no pod')
    await wait(11)
    await cluster.client.updateStatus(Pods, { ...pod, status: { ...pod.status, conditions: [{ type: 'Ready', status: 'False', reason: 'NodeNotReporting' }] } })
    await wait(30)
    expect((await status()).analysis).toMatchObject({ failures: 0 })
  })

  test('goes on after a restart of the engine with what it had found', async () => {
    await site(ANALYSED)
    await ingress()
    await change({ template: template('two') })
    serve(0, 0)
    await wait(11)
    serve(40, 5)
    await wait(10)
    await restart()
    serve(50, 5)
    await wait(11)
    serve(90, 10)
    await wait(10)
    expect(await status()).toMatchObject({ phase: 'Aborted', analysis: { failures: 2, canary: { requests: 90, errors: 10 } } })
  })
})

describe('blue/green', () => {
  test('runs beside, shows itself behind the preview Service, is switched at once, and back', async () => {
    await site({ blueGreen: { autoPromote: false, scaleDownDelaySeconds: 60, previewService: 'next' } })
    await cluster.client.create(Services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'next', namespace: NS }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } })
    await run()
    expect([behind('web'), behind('next')]).toEqual(['4 one', '4 one'])
    await change({ template: template('two') })
    expect([behind('web'), behind('next'), (await status()).phase]).toEqual(['4 one', '4 two', 'Paused'])
    await order('promote')
    expect([behind('web'), behind('next'), count('one'), count('two')]).toEqual(['4 two', '4 two', 4, 4])
    await order('abort')
    expect([behind('web'), behind('next'), count('one'), count('two')]).toEqual(['4 one', '4 one', 4, 0])
    await order('retry')
    await order('promote again')
    await wait(61)
    expect([behind('web'), count('one'), count('two'), (await status()).phase]).toEqual(['4 two', 0, 4, 'Healthy'])
  })
})

test.each<[string, () => Promise<unknown>, RegExp]>([
  ['names no Deployment that is there', () => createRollout(CANARY), /there is no Deployment web in namespace ns/],
  ['is for a Deployment that is recreated', () => site(CANARY, { strategy: { type: 'Recreate' } }), /strategy Recreate: two revisions of it may not run side by side/],
])('a Rollout that %s says so, and has no say', async (_, what, says) => {
  await what()
  await run()
  expect(await status()).toMatchObject({ phase: 'Waiting', message: expect.stringMatching(says) as string })
})

test('of two Rollouts the older leads, and the other one when it is gone', async () => {
  await site(CANARY)
  await wait(1)
  await createRollout(CANARY, 'second')
  await run()
  const second = async (): Promise<RolloutStatus> => (await cluster.client.get(Rollouts, NS, 'second')).status ?? {}
  expect((await second()).message).toBe('Deployment web goes by the older Rollout web: delete one of the two')
  await cluster.client.delete(Rollouts, NS, 'web')
  await run()
  expect((await second()).phase).toBe('Healthy')
})
