import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { ServiceSpec, TaskSpec } from '../../docker/specs.ts'
import type { SwarmService, SwarmTask, TaskState, UpdateStatus } from '../../docker/types.ts'
import { withReplicas } from '../change-service.ts'
import type { ExtraEvent } from '../event-sink.ts'
import { SwarmExtras } from '../extras.ts'
import { CANARY, CANARY_OF, labelsOf } from '../labels.ts'
import { replicasOf } from '../service-state.ts'
import { FakeSwarm } from '../testing/fake-swarm.ts'
import { NOW, node, service, task } from '../testing/make.ts'
import { canarySpec, imageOf, templateHash, withImage } from './canary-spec.ts'
import { canaryLabels, canaryStateOf, givenUp, whyGivenUp } from './canary-state.ts'

const LABELS = { 'toque.canary.steps': '10%,50%', 'toque.canary.pause': '60s', 'toque.canary.deadline': '5m', mine: 'yes' }
const TASK: TaskSpec = { ContainerSpec: { Image: 'web:1@sha256:'.concat('1'.repeat(64)) }, Networks: [{ Target: 'net', Aliases: ['web'] }] }
const PINNED = (image: string): string => `${image}@sha256:${'2'.repeat(64)}`
const DNSRR = { EndpointSpec: { Mode: 'dnsrr' } }
const web = (labels: Record<string, string> = LABELS, more: Parameters<typeof service>[2] = {}): SwarmService => {
  const made = service('shop_web', { 'com.docker.stack.namespace': 'shop', ...labels }, { replicas: 4, task: TASK, ...more })
  return { ...made, Spec: { ...made.Spec, ...DNSRR } }
}

describe('what is written', () => {
  test('the second service is the first with another image, under its names, without what its labels ask for', () => {
    const main = web({ ...LABELS, 'toque.autoscale.max': '9', 'toque.status.last-run': 'x', 'com.docker.stack.image': 'web:1' })
    const state = { image: 'web:2', of: templateHash(main), position: { step: 0, startedAt: NOW, weight: 0 } }
    const spec = canarySpec(main, state, { image: PINNED('web:2'), platforms: [{ OS: 'linux', Architecture: 'amd64' }] }, 2)
    expect(spec).toMatchObject({ Name: 'shop_web-canary', ...DNSRR, Mode: { Replicated: { Replicas: 2 } }, TaskTemplate: { ...TASK, ContainerSpec: { Image: PINNED('web:2') }, Networks: [{ Target: 'net', Aliases: ['web', 'shop_web'] }], Placement: { Platforms: [{ OS: 'linux', Architecture: 'amd64' }] } } })
    expect(Object.keys(spec.Labels ?? {}).sort()).toEqual(['com.docker.stack.image', 'com.docker.stack.namespace', 'mine', CANARY, CANARY_OF])
    expect(spec.Labels?.['com.docker.stack.image']).toBe('web:2')
    expect(main).toEqual(web({ ...LABELS, 'toque.autoscale.max': '9', 'toque.status.last-run': 'x', 'com.docker.stack.image': 'web:1' }))
  })

  test('how far it has come is read as it was written; whatever else is there is no state', () => {
    const text = fc.string({ maxLength: 20 })
    fc.assert(fc.property(text, text, fc.nat(20), fc.nat(100), fc.integer({ min: 0, max: 4e12 }), fc.option(text, { nil: undefined }), fc.option(text, { nil: undefined }), (image, of, step, weight, startedAt, failure, promoted) => {
      const state = { image, of, position: { step, startedAt, weight }, ...(failure === undefined ? {} : { failure }), ...(promoted === undefined ? {} : { promoted }) }
      expect(canaryStateOf(service('c', canaryLabels(web(), state)))).toEqual(state)
    }))
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (label) => { expect(() => canaryStateOf(service('c', { [CANARY]: label }))).not.toThrow() }))
    for (const label of ['', 'null', '[]', '{"image":"a","of":"b","step":-1,"since":"2026-01-01T00:00:00Z","share":1}', '{"image":"a","of":"b","step":1,"since":"soon","share":1}']) expect(canaryStateOf(service('c', { [CANARY]: label }))).toBeUndefined()
  })

  test('an image that was given up is that one alone', () => {
    const marked = web({ ...LABELS, [CANARY]: givenUp('web:2', 'it failed: no') })
    expect([whyGivenUp(marked, 'web:2'), whyGivenUp(marked, 'web:20'), whyGivenUp(marked, 'web'), whyGivenUp(web(), 'web:2')]).toEqual(['it failed: no', undefined, undefined, undefined])
  })

  test('what makes it another version: not the number of tasks, nor tasks that were made anew by force', () => {
    const hash = templateHash(web())
    const of = (spec: Partial<ServiceSpec>, taskSpec: TaskSpec = {}): string => templateHash({ ...web(), Spec: { ...web().Spec, ...spec, TaskTemplate: { ...web().Spec.TaskTemplate, ...taskSpec } } })
    expect([of({ Mode: { Replicated: { Replicas: 9 } } }), of({ Labels: {} }), of({}, { ForceUpdate: 7 })]).toEqual([hash, hash, hash])
    expect([of({ EndpointSpec: { Mode: 'vip' } }), of({}, { ContainerSpec: { Image: 'web:3' } }), of({}, { Resources: {} })]).not.toContain(hash)
  })
})

describe('over time', () => {
  let clock: FakeClock
  let swarm: FakeSwarm
  let events: ExtraEvent[]
  const engines: SwarmExtras[] = []
  const begin = (picture = swarm.picture): SwarmExtras => {
    const made = new SwarmExtras({
      picture, manager: () => swarm.docker, dockerOf: () => undefined, clock, sink: { event: (e) => events.push(e) }, onError: () => undefined,
      images: { pin: (_, image) => Promise.resolve({ pinned: { image: PINNED(image) }, auth: undefined }) },
    })
    engines.push(made)
    made.start()
    return made
  }
  const find = (name: string): SwarmService | undefined => swarm.services.find((s) => s.Spec.Name === name)
  const canary = (): SwarmService | undefined => find('shop_web-canary')
  /** As many tasks as each service wants, of its image, in the state that its image's tasks come to. */
  const settle = (stateOf: (image: string) => TaskState = () => 'running'): void => {
    swarm.tasks = swarm.services.flatMap((s) => {
      const own = swarm.tasks.filter((t) => t.ServiceID === s.ID && t.Spec?.ContainerSpec?.Image === imageOf(s))
      const state = stateOf(imageOf(s))
      const wanted = own.filter((t) => t.Status.State === state).slice(0, replicasOf(s))
      return [...own.filter((t) => t.Status.State === 'failed' && state !== 'failed'), ...wanted, ...Array.from({ length: replicasOf(s) - wanted.length }, (_, i): SwarmTask => task(s, 'a', { Slot: i + 1, state, ...(state === 'failed' ? { exitCode: 3, DesiredState: 'shutdown' } : {}) }))]
    })
    swarm.tell()
  }
  const pass = async (seconds: number, stateOf?: (image: string) => TaskState): Promise<void> => {
    for (let s = 0; s < seconds; s++) {
      await clock.advance(1000)
      settle(stateOf)
    }
    await clock.advance(1)
  }
  /** Asks for an image, as docker service update --label-add does. */
  const ask = (image: string): void => {
    swarm.edit('shop_web', (spec) => ({ ...spec, Labels: { ...spec.Labels, 'toque.canary.image': image } }))
    swarm.tell()
  }
  const reasons = (): string[] => events.map((e) => e.reason)

  beforeEach(() => {
    clock = new FakeClock(NOW)
    swarm = new FakeSwarm(() => clock.now())
    swarm.nodes = [node('a'), node('b')]
    swarm.services = [web(), service('other', {})]
    events = []
    settle()
    begin()
  })
  afterEach(async () => {
    await Promise.all(engines.splice(0).map((e) => e.stop()))
  })

  test('grows by steps beside the service, which is not written until all are gone; then that gets the image, and the canary goes', async () => {
    await pass(5)
    expect([swarm.written, clock.pending]).toEqual([[], 0])
    ask('web:2')
    const version = swarm.get('shop_web').Version.Index
    await pass(2)
    expect([replicasOf(canary() ?? web()), imageOf(canary() ?? web()), labelsOf(canary() ?? web())[CANARY_OF]]).toEqual([1, PINNED('web:2'), 'shop_web-id'])
    await pass(50)
    expect(replicasOf(canary() ?? web())).toBe(1)
    await pass(15)
    expect([replicasOf(canary() ?? web()), swarm.get('shop_web').Version.Index]).toEqual([4, version])
    await pass(70)
    expect([canary(), imageOf(swarm.get('shop_web')), replicasOf(swarm.get('shop_web'))]).toEqual([undefined, PINNED('web:2'), 4])
    expect(events.map((e) => `${e.reason}: ${e.message}`)).toEqual([
      'CanaryStarted: web:2 is tried beside it, as shop_web-canary: 10 %, then 50 % of the tasks, then all.',
      'CanaryStep: Step 1 of 2: web:2 has 1 task beside 4 tasks of its own.', 'CanaryStep: Step 2 of 2: web:2 has 4 tasks beside 4 tasks of its own.',
      'CanaryPromoting: web:2 has gone through all steps: the service is updated, as its update_config says.', 'CanaryPromoted: All of its tasks run web:2: its canary is removed.',
    ])
    expect(events.every((e) => e.about.name === 'shop_web')).toBe(true)
    const written = swarm.written.length
    await pass(60)
    expect([swarm.written.length, clock.pending, labelsOf(swarm.get('shop_web'))]).toEqual([written, 0, { 'com.docker.stack.namespace': 'shop', ...LABELS, 'toque.canary.image': 'web:2' }])
  })

  test('an image whose tasks fail is given up: the canary goes, the service stays as it was, and it is not tried again by any engine', async () => {
    ask('web:2')
    await pass(30, (image) => (image.startsWith('web:2') ? 'failed' : 'running'))
    const main = swarm.get('shop_web')
    expect([canary(), imageOf(main), labelsOf(main)[CANARY]]).toEqual([undefined, TASK.ContainerSpec?.Image, 'gave up web:2: 1 task of shop_web-canary failed (exit code 3)'])
    expect(reasons()).toEqual(['CanaryStarted', 'CanaryGivenUp'])
    await engines.shift()?.stop()
    begin()
    await pass(60)
    expect([canary(), reasons().length, clock.pending]).toEqual([undefined, 2, 0])
    // Another image is another matter.
    ask('web:3')
    await pass(200)
    expect([imageOf(swarm.get('shop_web')), reasons().slice(2)]).toEqual([PINNED('web:3'), ['CanaryStarted', 'CanaryStep', 'CanaryStep', 'CanaryPromoting', 'CanaryPromoted']])
  })

  test('so many failures as its label lets pass', async () => {
    swarm.edit('shop_web', (spec) => ({ ...spec, Labels: { ...spec.Labels, 'toque.canary.failures': '1' } }))
    ask('web:2')
    await pass(3)
    const one = task(canary() ?? web(), 'a', { state: 'failed', DesiredState: 'shutdown', err: 'unhealthy' })
    swarm.tasks = [...swarm.tasks, one]
    await pass(3)
    expect(reasons()).toEqual(['CanaryStarted', 'CanaryStep'])
    swarm.tasks = [...swarm.tasks, { ...one, ID: 'another' }]
    await pass(3)
    expect(events.at(-1)?.message).toMatch(/^web:2 is given up: 2 tasks of shop_web-canary failed \(unhealthy\), and toque\.canary\.failures is 1\. The service is as it was\./)
  })

  test('one whose tasks do not come to run in time is given up', async () => {
    ask('web:2')
    await pass(290, (image) => (image.startsWith('web:2') ? 'pending' : 'running'))
    expect(canary()).toBeDefined()
    await pass(20, (image) => (image.startsWith('web:2') ? 'pending' : 'running'))
    expect([canary(), labelsOf(swarm.get('shop_web'))[CANARY]]).toEqual([undefined, 'gave up web:2: 0 of 1 task of shop_web-canary ran after 5m (toque.canary.deadline)'])
  })

  test('no pause is over while its tasks are missing', async () => {
    ask('web:2')
    await pass(5)
    await pass(120, (image) => (image.startsWith('web:2') ? 'pending' : 'running'))
    expect([replicasOf(canary() ?? web()), reasons()]).toEqual([1, ['CanaryStarted', 'CanaryStep']])
    await pass(3)
    expect(replicasOf(canary() ?? web())).toBe(4)
  })

  test('a person takes the label away, removes the canary, or updates the service: that is obeyed', async () => {
    ask('web:2')
    await pass(5)
    ask('')
    await pass(3)
    expect([canary(), reasons().at(-1)]).toEqual([undefined, 'CanaryWithdrawn'])
    ask('web:2')
    await pass(5)
    swarm.services = swarm.services.filter((s) => s !== canary())
    await pass(20)
    expect([canary(), reasons().at(-1), labelsOf(swarm.get('shop_web'))[CANARY]]).toEqual([undefined, 'CanaryGivenUp', 'gave up web:2: shop_web-canary was removed by somebody (docker stack deploy --prune removes it, too)'])
    ask('web:3')
    await pass(5)
    swarm.edit('shop_web', (spec) => withImage(spec, { image: PINNED('web:3') }))
    await pass(5)
    expect([canary(), reasons().at(-1)]).toEqual([undefined, 'CanaryPromoted'])
    expect(events.filter((e) => e.reason === 'CanaryWithdrawn')).toHaveLength(1)
  })

  test('promote: manual waits at the last step until somebody updates the service', async () => {
    swarm.edit('shop_web', (spec) => ({ ...spec, Labels: { ...spec.Labels, 'toque.canary.promote': 'manual' } }))
    ask('web:2')
    await pass(600)
    expect([replicasOf(canary() ?? web()), imageOf(swarm.get('shop_web'))]).toEqual([4, TASK.ContainerSpec?.Image])
    expect((await engines[0]?.plan(new AbortController().signal))?.[0]).toMatchObject({ extra: 'canary', what: 'wait', message: 'Step 2 of 2: web:2 has 4 tasks, 50 % of all, until somebody updates the service (toque.canary.promote is manual): docker service update --image web:2 shop_web.' })
  })

  test('the service is scaled, or gets another version, on the way', async () => {
    ask('web:2')
    await pass(70)
    swarm.edit('shop_web', (spec) => withReplicas(spec, 6))
    await pass(3)
    expect(replicasOf(canary() ?? web())).toBe(6)
    swarm.edit('shop_web', (spec) => withImage(spec, { image: 'web:1.1' }))
    await pass(3)
    expect([replicasOf(canary() ?? web()), reasons().at(-2)]).toEqual([1, 'CanaryStarted'])
    swarm.edit('shop_web', (spec) => withReplicas(spec, 0))
    await pass(3)
    expect(canary()).toBeUndefined()
    swarm.edit('shop_web', (spec) => withReplicas(spec, 2))
    await pass(3)
    expect(replicasOf(canary() ?? web())).toBe(1)
  })

  test('while somebody else\'s release goes on, or has stopped half-way, nothing is begun and nothing written', async () => {
    const update = (State: UpdateStatus['State']): void => {
      swarm.services = swarm.services.map((s) => (s.Spec.Name === 'shop_web' ? { ...s, UpdateStatus: { State, Message: 'told by Swarm' } } : s))
      swarm.tell()
    }
    update('updating')
    ask('web:2')
    await pass(10)
    expect(canary()).toBeUndefined()
    update('completed')
    await pass(3)
    expect(canary()).toBeDefined()
    update('paused')
    const written = swarm.written.length
    await pass(200)
    expect([swarm.written.length, replicasOf(canary() ?? web()), reasons().filter((r) => r === 'ReleaseStopped').length]).toEqual([written, 1, 1])
    // It fails meanwhile: it has no tasks from then on, and the service is written once that may be.
    await pass(3, (image) => (image.startsWith('web:2') ? 'failed' : 'running'))
    expect([replicasOf(canary() ?? web()), labelsOf(swarm.get('shop_web'))[CANARY]]).toEqual([0, undefined])
    update('completed')
    await pass(3)
    expect([canary(), whyGivenUp(swarm.get('shop_web'), 'web:2')]).toEqual([undefined, '1 task of shop_web-canary failed (exit code 3)'])
  })

  test('Swarm takes the service itself back: given up', async () => {
    ask('web:2')
    const before = swarm.get('shop_web').Spec
    for (let i = 0; i < 300 && imageOf(swarm.get('shop_web')) !== PINNED('web:2'); i++) {
      settle()
      await clock.advance(1000)
    }
    expect(imageOf(swarm.get('shop_web'))).toBe(PINNED('web:2'))
    const update = (State: UpdateStatus['State'], spec: ServiceSpec): void => {
      swarm.edit('shop_web', () => spec)
      swarm.services = swarm.services.map((s) => (s.Spec.Name === 'shop_web' ? { ...s, UpdateStatus: { State, StartedAt: '2026-01-01T13:00:00Z', Message: 'update rolled back due to failure' } } : s))
      swarm.tell()
    }
    update('rollback_started', before)
    await pass(3)
    expect([canary() === undefined, labelsOf(swarm.get('shop_web'))[CANARY]]).toEqual([false, undefined])
    update('rollback_completed', before)
    await pass(3)
    expect([canary(), whyGivenUp(swarm.get('shop_web'), 'web:2'), imageOf(swarm.get('shop_web'))]).toEqual([undefined, 'the service itself could not be updated (update rolled back due to failure)', TASK.ContainerSpec?.Image])
  })

  test('a service that has the name already is left alone, what Swarm refuses is told once, and labels that cannot be followed do nothing', async () => {
    swarm.services = [...swarm.services, service('shop_web-canary', {})]
    ask('web:2')
    await pass(20)
    expect([swarm.written.length, reasons(), events[0]?.message]).toEqual([0, ['CanaryRefused'], 'There is a service shop_web-canary that is none of Toque\'s, and the canary would have that name: remove it, or give it another one.'])
    swarm.services = swarm.services.filter((s) => s.Spec.Name !== 'shop_web-canary')
    swarm.refusal = 'no quorum'
    await pass(40)
    expect([reasons(), events[1]?.message]).toEqual([['CanaryRefused', 'CanaryFailed'], 'web:2 is tried beside it, as shop_web-canary: 10 %, then 50 % of the tasks, then all. That could not be told to Swarm: no quorum'])
    swarm.refusal = undefined
    await pass(12)
    expect(canary()).toBeDefined()
    swarm.edit('shop_web', (spec) => ({ ...spec, Labels: { ...spec.Labels, 'toque.canary.pauze': '1s' } }))
    const written = swarm.written.length
    await pass(200)
    expect([swarm.written.length, reasons().slice(-1)]).toEqual([written, ['CanaryRefused']])
  })

  test('a picture that still shows a canary that was removed: its end is told once', async () => {
    await engines.shift()?.stop()
    let late: SwarmService[] | undefined
    begin({ ...swarm.picture, services: () => late ?? swarm.services })
    ask('web:2')
    await pass(5)
    ask('')
    late = swarm.services
    await pass(5)
    expect([canary(), late.length, reasons().filter((r) => r === 'CanaryWithdrawn')]).toEqual([undefined, 3, ['CanaryWithdrawn']])
    late = undefined
    ask('web:2')
    await pass(5)
    expect(canary()).toBeDefined()
  })

  test('its service is removed: the canary goes, too', async () => {
    ask('web:2')
    await pass(5)
    swarm.services = swarm.services.filter((s) => s.Spec.Name !== 'shop_web')
    await pass(3)
    expect([canary(), clock.pending]).toEqual([undefined, 0])
  })

  test('engines that see late what another one did make one canary, go each step once, and end it once', async () => {
    await engines.shift()?.stop()
    const views = [swarm.view(), swarm.view(), swarm.view()]
    for (const view of views) begin(view)
    ask('web:2')
    for (let s = 0; s < 200; s++) {
      await clock.advance(1000)
      settle()
      views[s % views.length]?.refresh()
    }
    expect(swarm.services.filter((s) => s.Spec.Name === 'shop_web-canary')).toEqual([])
    expect(imageOf(swarm.get('shop_web'))).toBe(PINNED('web:2'))
    // Of the service itself one write: the image.
    expect(swarm.written.filter((s) => s.Name === 'shop_web').map((s) => s.TaskTemplate.ContainerSpec?.Image)).toEqual([PINNED('web:2')])
    expect(reasons().filter((r) => r !== 'CanaryFailed' && r !== 'CanaryPromoted')).toEqual(['CanaryStarted', 'CanaryStep', 'CanaryStep', 'CanaryPromoting'])
  })

  test('whatever becomes of its engines, and whenever its tasks begin to fail: the image is brought in whole, or the service is as it was', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('stop', 'start', 'wait'), fc.integer({ min: 1, max: 60 })), { maxLength: 10 }), fc.option(fc.integer({ min: 0, max: 9 }), { nil: 99 }), async (steps, failsAt) => {
      await Promise.all(engines.splice(0).map((e) => e.stop()))
      swarm.services = [web()]
      settle()
      ask('web:2')
      const stateOf = (i: number) => (image: string): TaskState => (i >= failsAt && image.startsWith('web:2') && imageOf(swarm.get('shop_web')) !== image ? 'failed' : 'running')
      for (const [i, [step, seconds]] of steps.entries()) {
        if (step === 'stop') await engines.shift()?.stop()
        if (step === 'start') begin()
        await pass(seconds, stateOf(i))
        expect(swarm.services.length).toBeLessThanOrEqual(2)
        expect(replicasOf(swarm.get('shop_web'))).toBe(4)
      }
      begin()
      await pass(200, stateOf(steps.length))
      const main = swarm.get('shop_web')
      expect(canary()).toBeUndefined()
      const isIn = imageOf(main) === PINNED('web:2')
      expect([imageOf(main), whyGivenUp(main, 'web:2') === undefined]).toEqual([isIn ? PINNED('web:2') : TASK.ContainerSpec?.Image, isIn])
      if (failsAt === 99) expect(isIn).toBe(true)
    }), { numRuns: 25 })
  })
})
