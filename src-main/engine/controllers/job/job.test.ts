import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StatusError } from '../../../common/errors.ts'
import { findCondition } from '../../../common/kube/conditions.ts'
import type { Job, JobSpec } from '../../../common/kube/generated/batch-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { COMPLETION_INDEX, INDEX_FAILURES, JOB_TRACKING } from '../../../common/kube/job.ts'
import { Jobs, Pods } from '../../../common/kube/kinds.ts'
import { controllerOf } from '../../../common/kube/owners.ts'
import { isPodActive } from '../../../common/kube/pods.ts'
import { endPod, runPod } from '../testing/job-pods.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import { TtlAfterFinishedController } from '../ttl-after-finished/controller.ts'
import { JobController } from './controller.ts'

let cluster: TestCluster
let running: { start(): void; stop(): Promise<void> }[]

beforeEach(async () => {
  cluster = new TestCluster()
  running = [new JobController(cluster.context), new TtlAfterFinishedController(cluster.context)]
  await cluster.informers.synced()
  for (const c of running) c.start()
})
afterEach(async () => {
  for (const c of running) await c.stop()
  await cluster.stop()
})

const DEFAULTS = { parallelism: 1, backoffLimit: 6, completionMode: 'NonIndexed', suspend: false, podReplacementPolicy: 'TerminatingOrFailed' }

async function create(spec: Partial<JobSpec> = {}): Promise<void> {
  const template = { metadata: { labels: { job: 'j' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }], nodeName: 'n' } }
  await cluster.client.create(Jobs, { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace: 'ns' }, spec: { ...DEFAULTS, completions: 1, selector: { matchLabels: { job: 'j' } }, template, ...spec } })
  await cluster.settle()
}
const job = (): Promise<Readonly<Job>> => cluster.client.get(Jobs, 'ns', 'j')
const active = (): Readonly<Pod>[] => cluster.client.all(Pods).filter(isPodActive)
const indexes = (pods: readonly Pod[] = active()): string[] => pods.map((p) => p.metadata.annotations?.[COMPLETION_INDEX] ?? '').sort()
async function end(pod: Readonly<Pod> | undefined, exitCode = 0, conditions: object[] = []): Promise<void> {
  if (pod === undefined) throw new Error('no such pod')
  await endPod(cluster.client, cluster.clock, pod, exitCode, conditions)
  await cluster.settle()
}
async function endIndex(index: number, exitCode = 0): Promise<void> {
  await end(active().find((p) => p.metadata.annotations?.[COMPLETION_INDEX] === String(index)), exitCode)
}
async function change(spec: Partial<JobSpec>): Promise<void> {
  const now = await job()
  await cluster.client.update(Jobs, { ...now, spec: { ...now.spec, ...spec } })
  await cluster.settle()
}
/** What the node says of a pod that is being deleted, when nothing of it runs any more. */
async function gone(pod: Readonly<Pod>): Promise<void> {
  await cluster.client.delete(Pods, 'ns', pod.metadata.name, { gracePeriodSeconds: 0 })
  await cluster.settle()
}
const conditions = async (): Promise<string[]> => ((await job()).status?.conditions ?? []).filter((c) => c.status === 'True').map((c) => `${c.type}: ${c.reason ?? ''}`)
const kept = (): number => cluster.client.all(Pods).filter((p) => p.metadata.finalizers?.includes(JOB_TRACKING)).length

describe('a job', () => {
  test('runs as many at a time as it may until as many have succeeded as it wants', async () => {
    await create({ completions: 3, parallelism: 2 })
    expect(active()).toHaveLength(2)
    expect((await job()).status).toMatchObject({ active: 2, ready: 0, startTime: '2026-01-01T00:00:00Z' })
    for (const pod of active()) await runPod(cluster.client, cluster.clock, pod)
    await cluster.settle()
    expect((await job()).status).toMatchObject({ active: 2, ready: 2 })
    await end(active()[0])
    expect([active().length, (await job()).status?.succeeded]).toEqual([2, 1])
    await end(active()[0])
    expect([active().length, (await job()).status?.succeeded]).toEqual([1, 2])
    await end(active()[0])
    expect((await job()).status).toMatchObject({ succeeded: 3, ready: 0, terminating: 0, uncountedTerminatedPods: {} })
    expect((await job()).status).toHaveProperty('completionTime')
    expect(await conditions()).toEqual(['SuccessCriteriaMet: CompletionsReached', 'Complete: CompletionsReached'])
    expect(cluster.events.filter((e) => e.includes('Completed'))).toEqual(['Job/j Normal Completed: Job completed'])
    expect([kept(), cluster.failures]).toEqual([0, []])
  })

  test('without a number is over when one succeeded and the others ended', async () => {
    const { completions: _, ...noNumber } = { completions: 1, parallelism: 3 }
    await create({ ...noNumber, completions: undefined as never })
    expect(active()).toHaveLength(3)
    await end(active()[0])
    expect([active().length, await conditions()]).toEqual([2, []])
    await end(active()[0], 1)
    expect(active()).toHaveLength(1)
    await end(active()[0])
    expect((await job()).status).toMatchObject({ succeeded: 2, failed: 1 })
    expect(await conditions()).toContain('Complete: CompletionsReached')
  })

  test('tries again after 10, 20, 40 s, and gives up beyond its limit', async () => {
    await create({ backoffLimit: 3 })
    for (const waitMs of [10_000, 20_000, 40_000]) {
      await end(active()[0], 1)
      await cluster.clock.advance(waitMs - 2000)
      expect(active()).toHaveLength(0)
      await cluster.clock.advance(2000)
      expect(active()).toHaveLength(1)
    }
    await end(active()[0], 1)
    expect((await job()).status).toMatchObject({ failed: 4 })
    expect(await conditions()).toEqual(['FailureTarget: BackoffLimitExceeded', 'Failed: BackoffLimitExceeded'])
    expect(cluster.events).toContain('Job/j Warning BackoffLimitExceeded: Job has reached the specified backoff limit')
    await cluster.clock.advance(3_600_000)
    expect(active()).toHaveLength(0)
  })

  test('a success makes the next failure the first one', async () => {
    await create({ completions: 3 })
    await end(active()[0], 1)
    await cluster.clock.advance(10_000)
    await end(active()[0])
    await cluster.clock.advance(1000)
    await end(active()[0], 1)
    await cluster.clock.advance(10_000)
    expect(active()).toHaveLength(1)
  })

  test('under OnFailure its restarts are its tries', async () => {
    await create({ backoffLimit: 2, template: { metadata: { labels: { job: 'j' } }, spec: { restartPolicy: 'OnFailure', containers: [], nodeName: 'n' } } })
    await runPod(cluster.client, cluster.clock, active()[0] as Pod, 1)
    await cluster.settle()
    expect(await conditions()).toEqual([])
    await runPod(cluster.client, cluster.clock, active()[0] as Pod, 2)
    await cluster.settle()
    expect(await conditions()).toEqual(['FailureTarget: BackoffLimitExceeded'])
    const [pod] = cluster.client.all(Pods) as [Pod]
    expect(pod.metadata.deletionTimestamp).toBeDefined()
    // It is over when its pods are.
    await gone(pod)
    expect(await conditions()).toEqual(['FailureTarget: BackoffLimitExceeded', 'Failed: BackoffLimitExceeded'])
    expect((await job()).status).toMatchObject({ failed: 1, terminating: 0 })
  })

  test('says why pods cannot be made, and goes on once they can', async () => {
    cluster.client.intercept = (verb, resource) => {
      if (verb === 'create' && resource === Pods) throw new StatusError('Forbidden', 'exceeded quota')
    }
    await create()
    expect(cluster.events).toContain('Job/j Warning FailedCreate: Error creating: exceeded quota')
    cluster.client.intercept = () => undefined
    await cluster.clock.advance(60_000)
    expect(active()).toHaveLength(1)
  })

  test('ends at its deadline, counted from when it was resumed', async () => {
    await create({ activeDeadlineSeconds: 60 })
    await cluster.clock.advance(50_000)
    await change({ suspend: true })
    expect([active().length, await conditions()]).toEqual([0, ['Suspended: JobSuspended']])
    await cluster.clock.advance(600_000)
    await change({ suspend: false })
    expect([active().length, await conditions()]).toEqual([1, []])
    await cluster.clock.advance(55_000)
    expect(active()).toHaveLength(1)
    await cluster.clock.advance(6000)
    expect(await conditions()).toEqual(['FailureTarget: DeadlineExceeded'])
    for (const pod of cluster.client.all(Pods)) await gone(pod)
    expect(await conditions()).toEqual(['FailureTarget: DeadlineExceeded', 'Failed: DeadlineExceeded'])
  })

  test('suspended, it has no pods, and those that it took away are no failures', async () => {
    await create({ suspend: true, completions: 2, parallelism: 2 })
    expect([active().length, (await job()).status?.startTime]).toEqual([0, undefined])
    await change({ suspend: false })
    expect(active()).toHaveLength(2)
    await change({ suspend: true })
    for (const pod of cluster.client.all(Pods)) await gone(pod)
    expect((await job()).status?.failed).toBeUndefined()
    expect(cluster.events.filter((e) => /Suspended|Resumed/.test(e))).toEqual(['Suspended: Job suspended', 'Resumed: Job resumed', 'Suspended: Job suspended'].map((e) => `Job/j Normal ${e}`))
  })

  test('fewer at a time: the others go uncounted', async () => {
    await create({ completions: 5, parallelism: 3 })
    await change({ parallelism: 1 })
    expect([active().length, (await job()).status?.failed]).toEqual([1, undefined])
  })

  test.each([['TerminatingOrFailed', 2], ['Failed', 1]])('a pod that is being deleted is replaced under %s', async (podReplacementPolicy, pods) => {
    await create({ podReplacementPolicy })
    const [first] = active() as [Pod]
    await runPod(cluster.client, cluster.clock, first)
    await cluster.client.delete(Pods, 'ns', first.metadata.name)
    await cluster.settle()
    await cluster.clock.advance(40_000)
    expect(cluster.client.all(Pods)).toHaveLength(pods)
    expect((await job()).status).toMatchObject({ terminating: 1 })
    await gone(first)
    await cluster.clock.advance(20_000)
    expect([active().length, (await job()).status?.failed]).toEqual([1, 1])
  })

  test('of another program is left to it', async () => {
    await create({ managedBy: 'acme.io/queue' })
    expect([active().length, (await job()).status]).toEqual([0, undefined])
  })

  test('goes some time after its end, and not before, however long the machine slept', async () => {
    await create({ ttlSecondsAfterFinished: 100 })
    await end(active()[0])
    await cluster.clock.advance(98_000)
    expect(cluster.client.all(Jobs)).toHaveLength(1)
    await cluster.clock.advance(2500)
    expect((await job()).metadata.finalizers).toEqual(['foregroundDeletion'])
  })

  test('deleted, it lets go of its pods', async () => {
    await create({ parallelism: 2, completions: 2 })
    await cluster.client.delete(Jobs, 'ns', 'j')
    await cluster.settle()
    expect([kept(), cluster.client.all(Pods).length]).toEqual([0, 2])
  })

  test('adopts what its selector picks and nobody owns, lets go of what it does not pick any more', async () => {
    await cluster.client.create(Pods, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'stray', namespace: 'ns', labels: { job: 'j' } }, spec: { containers: [] } })
    await create()
    const [stray] = active() as [Pod]
    expect([stray.metadata.name, controllerOf(stray)?.name, kept()]).toEqual(['stray', 'j', 1])
    await cluster.client.update(Pods, { ...stray, metadata: { ...stray.metadata, labels: { job: 'other' } } })
    await cluster.settle()
    const free = await cluster.client.get(Pods, 'ns', 'stray')
    expect([controllerOf(free), free.metadata.finalizers ?? []]).toEqual([undefined, []])
  })

  test('at rest nothing is written', async () => {
    await create({ completions: 5, parallelism: 2, activeDeadlineSeconds: 100_000, ttlSecondsAfterFinished: 100_000 })
    for (const pod of active()) await runPod(cluster.client, cluster.clock, pod)
    await cluster.settle()
    const calls: string[] = []
    cluster.client.intercept = (verb) => void calls.push(verb)
    await cluster.clock.advance(3_600_000)
    expect(calls).toEqual([])
  })
})

describe('an indexed job', () => {
  const indexed = { completionMode: 'Indexed', completions: 4, parallelism: 2 }

  test('numbers its pods: annotation, label, variable, host name', async () => {
    await create(indexed)
    expect(indexes()).toEqual(['0', '1'])
    const [pod] = active() as [Pod]
    expect(pod.metadata).toMatchObject({ name: expect.stringMatching(/^j-0-/) as string, labels: { [COMPLETION_INDEX]: '0' }, finalizers: [JOB_TRACKING] })
    expect(pod.spec.hostname).toBe('j-0')
    expect(pod.spec.containers[0]?.env).toEqual([{ name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${COMPLETION_INDEX}']` } } }])
  })

  test('does each index once, and a failed one again', async () => {
    await create(indexed)
    await endIndex(1)
    expect(indexes()).toEqual(['0', '2'])
    await endIndex(0, 1)
    expect(indexes()).toEqual(['2'])
    await cluster.clock.advance(10_000)
    expect(indexes()).toEqual(['0', '2'])
    await endIndex(2)
    expect((await job()).status).toMatchObject({ succeeded: 2, failed: 1, completedIndexes: '1,2' })
    await endIndex(0)
    await endIndex(3)
    expect((await job()).status).toMatchObject({ succeeded: 4, completedIndexes: '0-3' })
    expect(await conditions()).toContain('Complete: CompletionsReached')
  })

  test('grows and shrinks', async () => {
    await create({ ...indexed, completions: 4, parallelism: 4 })
    await endIndex(3)
    await change({ completions: 2, parallelism: 2 })
    expect([indexes(), (await job()).status?.succeeded]).toEqual([['0', '1'], undefined])
    await change({ completions: 3, parallelism: 3 })
    expect(indexes()).toEqual(['0', '1', '2'])
  })

  test('with a limit per index goes on with the others, and fails in the end', async () => {
    await create({ ...indexed, completions: 2, backoffLimit: 100, backoffLimitPerIndex: 1 })
    await endIndex(0, 1)
    // Its end is counted when the next try carries its number on.
    expect([indexes(), kept(), (await job()).status?.failed]).toEqual([['1'], 2, undefined])
    await cluster.clock.advance(10_000)
    expect(active().map((p) => p.metadata.annotations?.[INDEX_FAILURES])).toEqual(['0', '1'])
    expect((await job()).status).toMatchObject({ failed: 1, failedIndexes: '' })
    await endIndex(0, 1)
    expect((await job()).status).toMatchObject({ failed: 2, failedIndexes: '0' })
    await endIndex(1)
    expect((await job()).status).toMatchObject({ succeeded: 1, failed: 2, completedIndexes: '1', failedIndexes: '0' })
    expect(await conditions()).toEqual(['FailureTarget: FailedIndexes', 'Failed: FailedIndexes'])
  })

  test('ends with too many failed indexes', async () => {
    await create({ ...indexed, backoffLimitPerIndex: 0, backoffLimit: 100, maxFailedIndexes: 0 })
    await endIndex(1, 1)
    expect(await conditions()).toEqual(['FailureTarget: MaxFailedIndexesExceeded'])
  })

  test('ends when its success policy is met, and its other pods with it', async () => {
    await create({ ...indexed, parallelism: 4, successPolicy: { rules: [{ succeededIndexes: '0,2-3', succeededCount: 2 }] } })
    await endIndex(1)
    await endIndex(2)
    expect(await conditions()).toEqual([])
    await endIndex(0)
    expect(await conditions()).toEqual(['SuccessCriteriaMet: SuccessPolicy'])
    for (const pod of cluster.client.all(Pods)) if (pod.metadata.deletionTimestamp !== undefined) await gone(pod)
    expect(await conditions()).toEqual(['SuccessCriteriaMet: SuccessPolicy', 'Complete: SuccessPolicy'])
    expect((await job()).status).toMatchObject({ succeeded: 3, failed: 1, completedIndexes: '0-2' })
  })
})

describe('a failure policy', () => {
  const policy = (rule: object): Partial<JobSpec> => ({ podReplacementPolicy: 'Failed', backoffLimit: 0, podFailurePolicy: { rules: [rule] } as never })

  test('a disruption that is ignored counts for nothing', async () => {
    await create(policy({ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }))
    await end(active()[0], 137, [{ type: 'DisruptionTarget', status: 'True' }])
    await cluster.clock.advance(10_000)
    expect([active().length, (await job()).status?.failed, kept()]).toEqual([1, undefined, 1])
    await end(active()[0], 137)
    expect((await job()).status).toMatchObject({ failed: 1 })
    expect(await conditions()).toContain('Failed: BackoffLimitExceeded')
  })

  test('a bug fails the whole job at once', async () => {
    await create({ ...policy({ action: 'FailJob', onExitCodes: { operator: 'In', values: [42] } }), backoffLimit: 6, completions: 2, parallelism: 2 })
    const [first] = active() as [Pod]
    await end(first, 42)
    expect(findCondition((await job()).status?.conditions, 'FailureTarget')).toMatchObject({ reason: 'PodFailurePolicy', message: `Container c for pod ns/${first.metadata.name} failed with exit code 42 matching FailJob rule at index 0` })
    const other = cluster.client.all(Pods).find((p) => p.metadata.deletionTimestamp !== undefined) as Pod
    await end(other, 143)
    await gone(other)
    expect(await conditions()).toEqual(['FailureTarget: PodFailurePolicy', 'Failed: PodFailurePolicy'])
    expect((await job()).status).toMatchObject({ failed: 2 })
  })
})
