import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findCondition } from '../../../common/kube/conditions.ts'
import type { Deployment, DeploymentSpec, ReplicaSet } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Deployments, Pods, ReplicaSets } from '../../../common/kube/kinds.ts'
import { isPodActive, isPodReady } from '../../../common/kube/pods.ts'
import { ReplicaSetController } from '../replicaset/controller.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { DeploymentController } from './controller.ts'
import { fenceposts } from './fenceposts.ts'
import { sameTemplate, templateHash } from './hash.ts'
import { Annotation } from './revisions.ts'
import { availableOf, computeRollingStep, wantedOf } from './rolling.ts'
import { computeScaling } from './scaling.ts'

function template(image: string): DeploymentSpec['template'] {
  return { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image }] } }
}

function deployment(spec: Partial<DeploymentSpec>): Deployment {
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'ns', uid: 'd', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', generation: 1 },
    spec: { replicas: 3, selector: { matchLabels: { app: 'web' } }, template: template('nginx:1'), ...spec },
  }
}

function replicaSet(name: string, wanted: number, available: number, annotations: Record<string, string> = {}): ReplicaSet {
  return {
    apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: `2026-01-01T00:00:0${name.length.toString()}Z`, annotations },
    spec: { replicas: wanted, selector: {} }, status: { replicas: wanted, availableReplicas: available },
  }
}

test.each([
  [3, undefined, undefined, { maxSurge: 1, maxUnavailable: 0 }], [10, '25%', '25%', { maxSurge: 3, maxUnavailable: 2 }],
  [3, 0, 0, { maxSurge: 0, maxUnavailable: 1 }], [1, '0%', '50%', { maxSurge: 0, maxUnavailable: 1 }], [2, 5, 9, { maxSurge: 5, maxUnavailable: 2 }],
])('%d replicas, surge %s, unavailable %s', (replicas, maxSurge, maxUnavailable, expected) => {
  const rollingUpdate = { ...(maxSurge === undefined ? {} : { maxSurge }), ...(maxUnavailable === undefined ? {} : { maxUnavailable }) }
  expect(fenceposts(deployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } }))).toEqual(expected)
})

describe('rolling step', () => {
  const steps = (d: Deployment, current: ReplicaSet, ...old: ReplicaSet[]): string[] => computeRollingStep(d, current, old).map((s) => `${s.rs.metadata.name}=${String(s.replicas)}`)
  const d = deployment({ strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } })
  test.each([
    ['grow by the surge', replicaSet('n', 0, 0), [replicaSet('old', 3, 3)], ['n=1']],
    ['wait for the new pod', replicaSet('n', 1, 0), [replicaSet('old', 3, 3)], []],
    ['then shrink the old', replicaSet('n', 1, 1), [replicaSet('old', 3, 3)], ['old=2']],
    ['and grow again', replicaSet('n', 1, 1), [replicaSet('old', 2, 2)], ['n=2']],
    ['broken old pods go first', replicaSet('n', 1, 1), [replicaSet('o', 2, 2), replicaSet('old', 1, 0)], ['old=0']],
    ['too many new ones shrink', replicaSet('n', 5, 5), [], ['n=3']],
    ['nothing to do', replicaSet('n', 3, 3), [replicaSet('old', 0, 0)], []],
  ])('%s', (_, current, old, expected) => expect(steps(d, current, ...old)).toEqual(expected))
})

describe('scaling in the middle of a rollout', () => {
  const annotated = (name: string, n: number, desired: number, max: number): ReplicaSet =>
    replicaSet(name, n, n, { [Annotation.desired]: String(desired), [Annotation.max]: String(max) })
  const strategy = { rollingUpdate: { maxSurge: 0, maxUnavailable: 5 } }
  test.each([
    ['up', 20, [5, 5], [10, 10]], ['down', 4, [5, 5], [2, 2]], ['up with a remainder', 15, [7, 3], [11, 4]], ['to nothing', 0, [7, 3], [0, 0]],
  ])('%s in proportion', (_, replicas, [current = 0, old = 0], expected) => {
    const sets = [annotated('n', current, 10, 10), annotated('old', old, 10, 10)] as const
    const scales = computeScaling(deployment({ replicas, strategy }), sets[0], [sets[1]])
    expect(sets.map((rs) => scales.find((s) => s.rs === rs)?.replicas)).toEqual(expected)
  })
})

test('a template keeps its hash whatever the order of its fields, and changes it with its content', () => {
  const a = templateHash({ metadata: { labels: { a: '1', b: '2' } }, spec: { containers: [] } }, undefined)
  expect(templateHash({ spec: { containers: [] }, metadata: { labels: { b: '2', a: '1' }, annotations: {} } }, undefined)).toBe(a)
  expect(templateHash({ spec: { containers: [] }, metadata: { labels: { b: '2', a: '3' } } }, undefined)).not.toBe(a)
  expect(templateHash({ spec: { containers: [] }, metadata: { labels: { b: '2', a: '1' } } }, 1)).not.toBe(a)
  expect(sameTemplate({ metadata: { labels: { 'pod-template-hash': 'x' } } }, { metadata: {} })).toBe(true)
})

test('a rolling update never goes below the minimum by its own doing nor above the maximum, whatever pods do', () => {
  const bound = fc.oneof(fc.nat(4), fc.integer({ min: 0, max: 100 }).map((n) => `${String(n)}%`))
  fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), bound, bound, fc.infiniteStream(fc.nat(9)), (replicas, maxSurge, maxUnavailable, dice) => {
    const d = deployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } })
    const posts = fenceposts(d)
    // Each pod: is it available? Two old revisions share the replicas; the status lags by up to a step.
    const pods: boolean[][] = [[], Array.from({ length: replicas }, () => true), []]
    const sets = ['n', 'old', 'older'].map((name, i) => replicaSet(name, pods[i]?.length ?? 0, pods[i]?.length ?? 0))
    for (let step = 0; step < 120; step++) {
      const [current, ...old] = sets as [ReplicaSet, ...ReplicaSet[]]
      for (const { rs, replicas: next } of computeRollingStep(d, current, old)) {
        const mine = pods[sets.indexOf(rs)] as boolean[]
        const available = (): number => pods.flat().filter(Boolean).length
        const before = available()
        rs.spec.replicas = next
        // The ReplicaSet controller: not-ready pods go first.
        while (mine.length > next) mine.splice(mine.includes(false) ? mine.indexOf(false) : 0, 1)
        while (mine.length < next) mine.push(false)
        if (available() < before) expect(available()).toBeGreaterThanOrEqual(replicas - posts.maxUnavailable)
        expect(pods.flat().length).toBeLessThanOrEqual(replicas + posts.maxSurge)
      }
      for (const [i, rs] of sets.entries()) {
        const mine = pods[i] as boolean[]
        // A pod becomes available more often than it breaks, or nothing would ever end; a status sometimes lags behind a pod that came up.
        for (let p = 0; p < mine.length; p++) if (!mine[p] && dice.next().value > 4) mine[p] = true
        if (dice.next().value === 0 && mine.length > 0 && step < 60) mine[0] = false
        rs.status = { replicas: mine.length, availableReplicas: mine.filter(Boolean).length }
      }
    }
    expect([wantedOf(sets[0] as ReplicaSet), availableOf(sets[0] as ReplicaSet), pods[1]?.length]).toEqual([replicas, replicas, 0])
  }), { numRuns: 200 })
})

describe('the deployment controller', () => {
  let cluster: TestCluster
  let controllers: (DeploymentController | ReplicaSetController)[]
  beforeEach(async () => {
    cluster = new TestCluster()
    controllers = [new DeploymentController(cluster.context), new ReplicaSetController(cluster.context)]
    await cluster.informers.synced()
    for (const c of controllers) c.start()
  })
  afterEach(async () => {
    for (const c of controllers) await c.stop()
    await cluster.stop()
  })

  const current = (): Promise<Readonly<Deployment>> => cluster.client.get(Deployments, 'ns', 'web')
  const pods = (): Readonly<Pod>[] => cluster.client.all(Pods).filter(isPodActive)
  const images = (): string => pods().map((p) => p.spec.containers[0]?.image).sort().join(' ')
  const progressing = async (): Promise<string | undefined> => findCondition((await current()).status?.conditions, 'Progressing')?.reason

  async function create(spec: Partial<DeploymentSpec> = {}): Promise<void> {
    const { metadata: _, ...rest } = deployment({ progressDeadlineSeconds: 600, revisionHistoryLimit: 10, strategy: { type: 'RollingUpdate' }, ...spec })
    await cluster.client.create(Deployments, { ...rest, metadata: { name: 'web', namespace: 'ns' } })
    await cluster.settle()
  }
  async function change(spec: Partial<DeploymentSpec>): Promise<void> {
    const d = await current()
    await cluster.client.update(Deployments, { ...d, spec: { ...d.spec, ...spec } })
    await cluster.settle()
  }
  /** Pods of the listed images come up, one after another; ending ones go. Returns the fewest Ready and the most pods ever seen. */
  async function run(...good: string[]): Promise<{ fewest: number; most: number }> {
    let fewest = Infinity
    let most = 0
    for (let i = 0; i < 40; i++) {
      for (const p of cluster.client.all(Pods).filter((x) => !isPodActive(x))) await cluster.client.delete(Pods, 'ns', p.metadata.name, { gracePeriodSeconds: 0 })
      const next = pods().find((p) => !isPodReady(p) && good.includes(p.spec.containers[0]?.image ?? ''))
      if (next !== undefined) await cluster.setPod(next, { ready: true })
      await cluster.settle()
      most = Math.max(most, pods().length)
      fewest = Math.min(fewest, pods().filter(isPodReady).length)
    }
    return { fewest, most }
  }

  test('rolls out, changes the image within the bounds, and undoes it under a new revision', async () => {
    await create()
    await run('nginx:1')
    expect((await current()).status).toMatchObject({ replicas: 3, updatedReplicas: 3, readyReplicas: 3, availableReplicas: 3, unavailableReplicas: 0, observedGeneration: 1 })
    expect(await progressing()).toBe('NewReplicaSetAvailable')
    await change({ template: template('nginx:2') })
    expect(await run('nginx:2')).toEqual({ fewest: 3, most: 4 })
    expect([images(), (await current()).metadata.annotations?.[Annotation.revision], await progressing()]).toEqual(['nginx:2 nginx:2 nginx:2', '2', 'NewReplicaSetAvailable'])
    // kubectl rollout undo: the old ReplicaSet's template, put back.
    await change({ template: template('nginx:1') })
    await run('nginx:1')
    expect([images(), (await current()).metadata.annotations?.[Annotation.revision]]).toEqual(['nginx:1 nginx:1 nginx:1', '3'])
    const sets = cluster.client.all(ReplicaSets)
    expect(sets.map((rs) => [rs.spec.replicas, rs.metadata.annotations?.[Annotation.revision], rs.metadata.annotations?.[Annotation.revisionHistory]])).toEqual([[3, '3', '1'], [0, '2', undefined]])
    expect(cluster.failures).toEqual([])
  })

  test('a ReplicaSet that is taken over hands its revision on, though no number holds it exactly', async () => {
    const { creationTimestamp: _c, resourceVersion: _v, uid: _u, ...metadata } = replicaSet('older', 1, 0, { [Annotation.revision]: '3546343826724305832' }).metadata
    await cluster.client.create(ReplicaSets, { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata: { ...metadata, namespace: 'ns', labels: { app: 'web' } }, spec: { replicas: 1, selector: { matchLabels: { app: 'web' } }, template: template('nginx:0') } })
    await create()
    await run('nginx:1')
    expect((await current()).metadata.annotations?.[Annotation.revision]).toBe('3546343826724305833')
  })

  test('a broken image stops the rollout, keeps the old pods and says so after the deadline', async () => {
    await create({ progressDeadlineSeconds: 30 })
    await run('nginx:1')
    await change({ template: template('broken') })
    await run('nginx:1')
    expect(images()).toBe('broken nginx:1 nginx:1 nginx:1')
    await cluster.clock.advance(40_000)
    const { status } = await current()
    expect(findCondition(status?.conditions, 'Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' })
    expect(findCondition(status?.conditions, 'Available')).toMatchObject({ status: 'True' })
    await change({ template: template('nginx:1') })
    await run('nginx:1')
    expect([images(), await progressing()]).toEqual(['nginx:1 nginx:1 nginx:1', 'NewReplicaSetAvailable'])
  })

  test('paused: scales, rolls nothing out; resumed: goes on', async () => {
    await create()
    await run('nginx:1')
    await change({ paused: true, template: template('nginx:2'), replicas: 4 })
    await run('nginx:1', 'nginx:2')
    expect([images(), await progressing()]).toEqual(['nginx:1 nginx:1 nginx:1 nginx:1', 'DeploymentPaused'])
    await change({ paused: false })
    await run('nginx:2')
    expect([images(), await progressing()]).toEqual(['nginx:2 nginx:2 nginx:2 nginx:2', 'NewReplicaSetAvailable'])
  })

  test('Recreate starts nothing new while an old pod still ends', async () => {
    await create({ strategy: { type: 'Recreate' } })
    await run('nginx:1')
    for (const p of pods()) await cluster.client.bind('ns', p.metadata.name, 'node')
    await change({ template: template('nginx:2') })
    expect([pods().length, cluster.client.all(Pods).length]).toEqual([0, 3])
    await run('nginx:2')
    expect(images()).toBe('nginx:2 nginx:2 nginx:2')
  })

  test('history beyond the limit goes', async () => {
    await create({ revisionHistoryLimit: 1, replicas: 1 })
    for (const image of ['nginx:1', 'nginx:2', 'nginx:3', 'nginx:4']) {
      await change({ template: template(image) })
      await run(image)
    }
    expect(cluster.client.all(ReplicaSets).map((rs) => rs.spec.template?.spec?.containers[0]?.image)).toEqual(['nginx:3', 'nginx:4'])
  })
})
