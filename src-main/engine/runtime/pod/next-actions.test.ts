import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DockerLabel, DRAINED_CONDITION } from '../../../common/docker-labels.ts'
import type { Container, Pod, PodSpec, PodStatus } from '../../../common/kube/generated/core-v1.ts'
import { isDrained } from '../../../common/kube/pods.ts'
import type { ContainerState, ObservedContainer } from '../container-runtime.ts'
import { specHash } from './names.ts'
import { BEFORE_CHANGE_MS, nextActions } from './next-actions.ts'
import { SETTLE_MS, nextTermination } from './next-termination.ts'
import { freshMemory } from './pod-view.ts'
import type { ContainerMemory, PodMemory, PodView, Trouble } from './pod-view.ts'

const NOW = 1_000_000
const APP: Container = { name: 'app', image: 'a' }

function pod(spec: Partial<PodSpec> = {}, status: PodStatus = {}): Pod {
  const metadata = { name: 'p', namespace: 'default', uid: 'u', resourceVersion: '1', creationTimestamp: '' }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [APP], ...spec }, status }
}
function seen(id: string, state: ContainerState, more: Partial<ObservedContainer> = {}, container = APP): ObservedContainer {
  return { id, name: id, labels: { [DockerLabel.specHash]: specHash(container) }, state, oomKilled: false, error: '', imageId: 'i', runtimeRestarts: 0, startedAt: 500, joins: 'box', ...more }
}
const box = (state: ContainerState, more: Partial<ObservedContainer> = {}): ObservedContainer => seen('box', state, { startedAt: 100, ...more })
const view = (sandbox: ObservedContainer | undefined, ...containers: [string, ObservedContainer][]): PodView => ({ sandbox, containers: new Map(containers) })
function memory(app: Partial<ContainerMemory> = {}, more: Partial<PodMemory> = {}): PodMemory {
  return {
    address: '10.0.0.2', filesIn: 'box', sandboxTrouble: undefined, filesTrouble: undefined, initialized: true, failed: undefined,
    containers: new Map([['app', { ...freshMemory(), imageId: 'i', ...app }]]), ...more,
  }
}
const trouble = (attempts: number): Trouble => ({ reason: 'Failed', message: 'task 1 already exists', retryAt: NOW - 1, attempts })
const doing = (p: Pod, v: PodView, m: PodMemory): string[] => nextActions(p, v, m, NOW).actions.map((a) => `${a.do} ${a.target}`)

describe('a living pod', () => {
  test.each<[string, Pod, PodView, PodMemory, string[]]>([
    ['nothing there', pod(), view(undefined), memory({ imageId: undefined }), ['createSandbox sandbox', 'resolveImage app']],
    ['a sandbox that starts: its containers can be made', pod(), view(box('created')), memory(), ['startSandbox sandbox', 'create app']],
    ['made, but the sandbox is not up', pod(), view(box('created'), ['app', seen('c', 'created')]), memory(), ['startSandbox sandbox']],
    ['made, and it is up', pod(), view(box('running'), ['app', seen('c', 'created')]), memory(), ['start app']],
    ['all runs', pod(), view(box('running'), ['app', seen('c', 'running')]), memory(), []],
    ['crashed: it is Docker\'s turn', pod(), view(box('running'), ['app', seen('c', 'restarting')]), memory(), []],
    ['killed by hand: it is the engine\'s', pod(), view(box('running'), ['app', seen('c', 'exited', { exitCode: 137 })]), memory(), ['start app']],
    ['being removed by somebody', pod(), view(box('running'), ['app', seen('c', 'removing')]), memory(), []],
    ['the sandbox could not be started: once more', pod(), view(box('exited')), memory({ imageId: undefined }, { sandboxTrouble: trouble(1) }), ['startSandbox sandbox', 'resolveImage app']],
    ['the sandbox cannot be started: made anew', pod(), view(box('exited')), memory({ imageId: undefined }, { sandboxTrouble: trouble(2) }), ['removeSandbox sandbox', 'resolveImage app']],
    ['Docker holds something under its ID: made anew', pod(), view(box('running'), ['app', seen('c', 'exited')]), memory({ trouble: trouble(2) }), ['remove app']],
    ['the sandbox died: start it, and stop what lost its network', pod(), view(box('exited'), ['app', seen('c', 'running')]), memory(), ['startSandbox sandbox', 'stop app']],
    ['the sandbox came back, and a run in its old network is in the way', pod(), view(box('running', { startedAt: 600 }), ['app', seen('c', 'running')]), memory(), ['stop app', 'kill kill app']],
    ['the sandbox was removed', pod(), view(undefined, ['app', seen('c', 'running')]), memory(), ['createSandbox sandbox', 'remove app', 'kill kill app']],
    ['it joins a sandbox that is no more', pod(), view(box('running'), ['app', seen('c', 'exited', { joins: 'old' })]), memory(), ['remove app']],
    ['its image changed', pod({ containers: [{ ...APP, image: 'b' }] }), view(box('running'), ['app', seen('c', 'running')]), memory(), ['stop app']],
    ['its image changed a moment ago', pod({ containers: [{ ...APP, image: 'b' }] }), view(box('running'), ['app', seen('c', 'running')]), memory({ changedAt: NOW - BEFORE_CHANGE_MS + 1 }), []],
    ['its image changed a second ago', pod({ containers: [{ ...APP, image: 'b' }] }), view(box('running'), ['app', seen('c', 'running')]), memory({ changedAt: NOW - BEFORE_CHANGE_MS }), ['stop app']],
    ['stopped for its new image', pod({ containers: [{ ...APP, image: 'b' }] }), view(box('running'), ['app', seen('c', 'exited')]), memory(), ['remove app']],
    ['its liveness probe failed', pod(), view(box('running'), ['app', seen('c', 'running')]), memory({ unhealthy: { why: 'why' } }), ['stop app']],
    ['ended with 0 under OnFailure', pod({ restartPolicy: 'OnFailure' }), view(box('running'), ['app', seen('c', 'exited', { exitCode: 0 })]), memory(), ['stopSandbox sandbox']],
    ['stopped for its liveness, ended with 0, under OnFailure', pod({ restartPolicy: 'OnFailure' }), view(box('running'), ['app', seen('c', 'exited', { exitCode: 0 })]), memory({ restartWanted: true }), ['start app']],
    ['failed under OnFailure', pod({ restartPolicy: 'OnFailure' }), view(box('running'), ['app', seen('c', 'exited', { exitCode: 1 })]), memory(), ['start app']],
    ['failed under Never', pod({ restartPolicy: 'Never' }), view(box('running'), ['app', seen('c', 'exited', { exitCode: 1 })]), memory(), ['stopSandbox sandbox']],
    ['over since long, its containers collected', pod({}, { phase: 'Succeeded' }), view(undefined), memory(), []],
    ['files first', pod({ volumes: [{ name: 'v', emptyDir: {} }] }), view(box('running'), ['app', seen('c', 'created')]), memory({}, { filesIn: undefined }), ['writeFiles files']],
  ])('%s', (_, p, v, m, expected) => expect(doing(p, v, m)).toEqual(expected))

  const inits = [{ name: 'one', image: 'a' }, { name: 'two', image: 'a' }, { name: 'side', image: 'a', restartPolicy: 'Always' }]
  const known = (more: Partial<PodMemory> = {}): PodMemory => memory({}, { initialized: false, containers: new Map(['one', 'two', 'side', 'app'].map((n) => [n, { ...freshMemory(), imageId: 'i', started: true }])), ...more })
  const done = seen('1', 'exited', { exitCode: 0 }, inits[0])
  test.each<[string, PodView, PodMemory, string[]]>([
    ['the first alone', view(box('running')), known(), ['create one']],
    ['the second when the first is done', view(box('running'), ['one', done]), known(), ['create two']],
    ['a failed one again', view(box('running'), ['one', seen('1', 'exited', { exitCode: 1 }, inits[0])]), known(), ['start one']],
    ['a sidecar stays while the apps come', view(box('running'), ['one', done], ['two', { ...done, labels: { [DockerLabel.specHash]: specHash(inits[1] as Container) } }], ['side', seen('s', 'running', {}, inits[2])]), known(), ['create app']],
    ['none again once they were all done', view(box('running'), ['app', seen('c', 'running')], ['side', seen('s', 'running', {}, inits[2])]), known({ initialized: true }), []],
  ])('init containers: %s', (_, v, m, expected) => expect(doing(pod({ initContainers: inits }), v, m)).toEqual(expected))

  test('a container that died young waits; one that ran well does not', () => {
    const v = view(box('running'), ['app', seen('c', 'exited', { exitCode: 137 })])
    expect(nextActions(pod(), v, memory({ youngDeaths: 3, diedAt: NOW - 100 }), NOW)).toEqual({ actions: [], wakeAt: NOW + 300 })
    expect(doing(pod(), v, memory({ youngDeaths: 0, diedAt: NOW }))).toEqual(['start app'])
  })

  const states = fc.constantFrom<ContainerState>('created', 'running', 'restarting', 'exited', 'removing')
  test('never two actions on one target, never a start of what runs or of what Docker will restart', () => {
    fc.assert(fc.property(fc.option(states), fc.option(states), fc.nat(1000), fc.nat(1000), fc.constantFrom('Always', 'OnFailure', 'Never'), fc.boolean(), (boxState, appState, boxAt, appAt, restartPolicy, unhealthy) => {
      const v = view(boxState === null ? undefined : box(boxState, { startedAt: boxAt }), ...(appState === null ? [] : [['app', seen('c', appState, { startedAt: appAt, exitCode: 1 })] as [string, ObservedContainer]]))
      const { actions } = nextActions(pod({ restartPolicy }), v, memory({ unhealthy: unhealthy ? { why: 'x' } : undefined }), NOW)
      expect(new Set(actions.map((a) => a.target)).size).toBe(actions.length)
      for (const a of actions) {
        if (a.do === 'start') expect([appState, boxState]).toEqual([expect.stringMatching(/created|exited/), 'running'])
        if (a.do === 'startSandbox') expect(boxState).toMatch(/created|exited/)
        if (a.do === 'create') expect(appState).toBeNull()
      }
    }))
  })
})

describe('an ending pod', () => {
  const running = view(box('running'), ['app', seen('c', 'running')])
  const ending = (p: Pod, v: PodView, options: { inService?: boolean; force?: boolean; after?: number }): unknown => {
    const next = nextTermination(p, v, { inService: options.inService ?? false, force: options.force ?? false, since: NOW, drainedAt: isDrained(p) ? NOW : undefined }, NOW + (options.after ?? 0))
    return next.phase === 'stop' ? next.actions.map((a) => `${a.do} ${a.target}`) : next.phase
  }
  const drained = pod({}, { conditions: [{ type: DRAINED_CONDITION, status: 'True' }] })
  test.each<[string, Pod, PodView, { inService?: boolean; force?: boolean; after?: number }, unknown]>([
    ['waits for the rules', pod(), running, { inService: true }, 'drain'],
    ['answers what came a moment before it was out of them', drained, running, { inService: true, after: SETTLE_MS - 1 }, 'drain'],
    ['then stops', drained, running, { inService: true, after: SETTLE_MS }, ['stop app']],
    ['stops when nobody takes it out', pod(), running, { inService: true, after: 2000 }, ['stop app']],
    ['does not wait in no Service', pod(), running, {}, ['stop app']],
    ['is cleaned when nothing runs', pod(), view(box('running'), ['app', seen('c', 'exited')]), { inService: true }, 'clean'],
    ['is cleaned at once when its object is gone', pod(), running, { force: true }, 'clean'],
    ['stops one that Docker would restart', pod(), view(box('running'), ['app', seen('c', 'restarting')]), {}, ['stop app']],
    ['keeps sidecars to the last', pod({ initContainers: [{ name: 'side', restartPolicy: 'Always' }] }), view(box('running'), ['app', seen('c', 'running')], ['side', seen('s', 'running')]), {}, ['stop app']],
    ['ends the last sidecar first', pod({ initContainers: [{ name: 'one', restartPolicy: 'Always' }, { name: 'two', restartPolicy: 'Always' }] }), view(box('running'), ['one', seen('1', 'running')], ['two', seen('2', 'running')]), {}, ['stop two']],
    ['then ends them', pod({ initContainers: [{ name: 'side', restartPolicy: 'Always' }] }), view(box('running'), ['app', seen('c', 'exited')], ['side', seen('s', 'running')]), {}, ['stop side']],
  ])('%s', (_, p, v, options, expected) => expect(ending(p, v, options)).toEqual(expected))
})
