import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import { parseIndexes } from '../../../common/kube/job-indexes.ts'
import { jobEnd } from '../../../common/kube/job.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { Jobs, Pods } from '../../../common/kube/kinds.ts'
import { isPodTerminated } from '../../../common/kube/pods.ts'
import type { Client } from '../../client/client.ts'
import { SharedInformers } from '../../client/informers.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import { endPod, runPod } from '../testing/job-pods.ts'
import { hasTracking } from './job-pods.ts'
import { JobController } from './controller.ts'

const WRITES = new Set(['create', 'update', 'updateStatus', 'delete', 'patch'])

/** An engine that dies at its n-th write from now: before it, or after it without having heard of it. */
class Engine {
  #left = Infinity
  #after = false
  #dead = false
  readonly #clock: FakeClock
  readonly #informers: SharedInformers
  readonly #controller: JobController

  /** `lags`: how much later (ms) the engine sees changes of Jobs and of pods. */
  constructor(client: MemoryClient, clock: FakeClock, lags: readonly [number, number]) {
    this.#clock = clock
    const mortal = new Proxy(client, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as unknown
        if (typeof method !== 'function') return method
        if (name === 'watch') return this.#lagging(target, lags)
        return (...args: unknown[]): unknown => this.#call(String(name), () => (method as (...a: unknown[]) => unknown).apply(target, args))
      },
    }) as Client
    this.#informers = new SharedInformers({ client: mortal, clock, onError: () => undefined })
    this.#controller = new JobController({ client: mortal, informers: this.#informers, clock, resources: [], onError: () => undefined, recorder: () => ({ event: () => undefined }) })
  }

  get dead(): boolean {
    return this.#dead
  }

  async start(): Promise<void> {
    await this.#informers.synced()
    this.#controller.start()
  }

  dieAtWrite(n: number, after: boolean): void {
    this.#left = n
    this.#after = after
  }

  async stop(): Promise<void> {
    this.#dead = true
    await Promise.all([this.#controller.stop(), this.#informers.stop(), this.#clock.advance(1)])
  }

  #lagging(client: MemoryClient, [jobs, pods]: readonly [number, number]): Client['watch'] {
    return (resource, revision, onEvents, signal) => client.watch(resource, revision, (events) => {
      this.#clock.setTimeout(() => signal.aborted || onEvents(events), resource.kind === 'Job' ? jobs : pods)
    }, signal)
  }

  #call(name: string, call: () => unknown): unknown {
    if (!WRITES.has(name)) return call()
    if (this.#dead || --this.#left === 0) {
      const wasDead = this.#dead
      this.#dead = true
      return wasDead || !this.#after ? Promise.reject(new Error('the engine is dead')) : Promise.resolve(call()).then(() => Promise.reject(new Error('the engine is dead')))
    }
    return call()
  }
}

type Step = { do: 'end'; pod: number; code: number } | { do: 'delete'; pod: number } | { do: 'die'; writes: number; after: boolean } | { do: 'wait' }
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('end' as const), pod: fc.nat(9), code: fc.constantFrom(0, 0, 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), pod: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('die' as const), writes: fc.integer({ min: 1, max: 6 }), after: fc.boolean() }) },
  { weight: 2, arbitrary: fc.constant({ do: 'wait' as const }) },
)
const lag = fc.constantFrom(0, 7, 60)

test.each(['NonIndexed', 'Indexed', 'per index'])('each end of a pod is counted once, wherever the engine dies (%s)', async (mode) => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }), fc.tuple(lag, lag), async (steps, completions, parallelism, lags) => {
    const clock = new FakeClock()
    const client = new MemoryClient(clock)
    const template = { metadata: { labels: { job: 'j' } }, spec: { restartPolicy: 'Never', nodeName: 'n', containers: [] } }
    await client.create(Jobs, {
      apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'j', namespace: 'ns' },
      spec: {
        completions, parallelism, backoffLimit: 1000, completionMode: mode === 'NonIndexed' ? 'NonIndexed' : 'Indexed', ...(mode === 'per index' ? { backoffLimitPerIndex: 1000 } : {}),
        podReplacementPolicy: 'TerminatingOrFailed', selector: { matchLabels: { job: 'j' } }, template,
      },
    })
    // What happened to each pod, as the node knows it: the job's pods and none else.
    const ends = new Map<string, 'succeeded' | 'failed'>()
    const living = (): Readonly<Pod>[] => client.all(Pods).filter((p) => !isPodTerminated(p) && p.metadata.deletionTimestamp === undefined)
    const finish = async (pod: Readonly<Pod>, code: number): Promise<void> => {
      ends.set(pod.metadata.uid, code === 0 ? 'succeeded' : 'failed')
      await endPod(client, clock, pod, code)
    }
    let engine = new Engine(client, clock, lags)
    await engine.start()
    const settle = async (ms = 400): Promise<void> => {
      await clock.advance(ms)
      if (!engine.dead) return
      await engine.stop()
      engine = new Engine(client, clock, lags)
      await engine.start()
      await clock.advance(400)
    }
    await settle()
    for (const s of steps) {
      const pod = living()[s.do === 'end' || s.do === 'delete' ? s.pod % Math.max(1, living().length) : 0]
      if (s.do === 'die') engine.dieAtWrite(s.writes, s.after)
      else if (s.do === 'wait') await settle(700_000)
      else if (s.do === 'end' && pod !== undefined) await finish(pod, s.code)
      else if (pod !== undefined) {
        ends.set(pod.metadata.uid, 'failed')
        await runPod(client, clock, pod)
        await client.delete(Pods, 'ns', pod.metadata.name)
        await client.delete(Pods, 'ns', pod.metadata.name, { gracePeriodSeconds: 0 })
      }
      await settle()
    }
    for (let i = 0; i < 40; i++) {
      for (const pod of living()) await finish(pod, 0)
      await settle(700_000)
    }
    const job = client.all(Jobs)[0]
    const count = (how: string): number => [...ends.values()].filter((e) => e === how).length
    expect(job && jobEnd(job)).toBe('Complete')
    expect(client.all(Pods).filter(hasTracking)).toEqual([])
    if (mode === 'NonIndexed') expect([job?.status?.succeeded ?? 0, count('succeeded')]).toEqual([completions, completions])
    else expect([...parseIndexes(job?.status?.completedIndexes) ?? []]).toEqual(Array.from({ length: completions }, (_, i) => i))
    // No end is lost and none counted twice, and no pod was made that was not needed: each success was one of those asked for.
    expect([job?.status?.failed ?? 0, count('succeeded')]).toEqual([count('failed'), completions])
    await engine.stop()
  }), { numRuns: 60 })
})
