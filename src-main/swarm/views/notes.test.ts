import { describe, expect, test } from 'vitest'
import type { Explanation } from '../../common/contract/index.ts'
import { canaryLabels, givenUp } from '../extras/canary/canary-state.ts'
import type { CanaryState } from '../extras/canary/canary-state.ts'
import { CANARY } from '../extras/labels.ts'
import { EMPTY_PICTURE } from '../state/picture.ts'
import type { SwarmPicture } from '../state/picture.ts'
import { aNode, aService, aTask } from '../testing/objects.ts'
import { SwarmSnapshot } from './snapshot.ts'

const manager = (name: string, Reachability: 'reachable' | 'unreachable' | 'unknown', more: { Leader?: boolean } = {}): ReturnType<typeof aNode> => aNode(name, { Spec: { Role: 'manager', Availability: 'active' }, ManagerStatus: { Reachability, ...more } })
const web = aService('web', {}, { Labels: { 'toque.canary.image': 'web:2' } })
const tasks = [aTask(web, 1, 'running'), aTask(web, 2, 'running')]
const look = (more: Partial<SwarmPicture>): SwarmSnapshot => new SwarmSnapshot({ ...EMPTY_PICTURE, source: { state: 'live', manager: 'one' }, nodes: [aNode('one', { ID: 'node-1' })], services: [web], tasks, ...more })
const ALERT: Explanation = { reason: 'CpuHigh', message: 'On average its tasks use 95 % of the CPU.' }

describe('alerts', () => {
  const raised = new Map([[web.ID, [ALERT, { reason: 'RestartsOften', message: 'Often.' }]]])
  test('of a service that is well otherwise are why it is not, on the overview, too', () => {
    const snapshot = look({ alerts: raised })
    expect(snapshot.apps[0]).toMatchObject({ health: 'degraded', why: { reason: 'CpuHigh', message: `${ALERT.message} Often.` } })
    expect(snapshot.overview).toMatchObject({ health: 'degraded', problems: [{ reason: 'CpuHigh', about: { kind: 'Service', name: 'web' } }] })
    expect(look({}).apps[0]).toMatchObject({ health: 'healthy' })
  })

  test('what is worse stays', () => {
    const failing = [aTask(web, 1, 'failed', {}, { Err: 'task: non-zero exit (1)' }), aTask(web, 2, 'failed', {}, { Err: 'task: non-zero exit (1)' })]
    expect(look({ alerts: raised, tasks: failing }).apps[0]).toMatchObject({ health: 'failed', why: { message: expect.not.stringContaining('CPU') as string } })
  })
})

describe('a canary', () => {
  const canary = (state: Partial<CanaryState>): ReturnType<typeof aService> => aService('web-canary', {}, { Labels: canaryLabels(web, { image: 'web:2', of: 'x', position: { step: 1, startedAt: 0, weight: 10 }, ...state }), Mode: { Replicated: { Replicas: 1 } } })
  const whys = (state: Partial<CanaryState>): (string | undefined)[] => {
    const made = canary(state)
    return look({ services: [web, made], tasks: [...tasks, aTask(made, 1, 'running')] }).apps.map(({ why }) => why?.message)
  }
  test.each<[Partial<CanaryState>, string]>([
    [{}, 'web:2 is tried, with 1 task beside 2.'], [{ position: { step: 0, startedAt: 0, weight: 0 } }, 'web:2 is tried, and its first tasks begin.'],
    [{ promoted: '' }, 'web:2 has gone through all steps, and web is updated.'], [{ failure: 'it crashed' }, 'web:2 is given up: it crashed.'],
  ])('%j', (state, sentence) => expect(whys(state)).toEqual([`web-canary runs beside it: ${sentence}`, `It is the canary of web: ${sentence}`]))

  test('that was given up is said for as long as that image is asked for', () => {
    const marked = (image: string): SwarmSnapshot => look({ services: [{ ...web, Spec: { ...web.Spec, Labels: { 'toque.canary.image': image, [CANARY]: givenUp('web:2', 'it crashed') } } }] })
    expect(marked('web:2').apps[0]).toMatchObject({ health: 'healthy', why: { reason: 'CanaryGivenUp', message: 'web:2 was given up: it crashed. The service is as it was.' } })
    expect(marked('web:3').apps[0]?.why).toBeUndefined()
  })
})

test.each<[string, ReturnType<typeof aNode>[], string, string | undefined]>([
  ['all there', [manager('a', 'reachable', { Leader: true }), manager('b', 'reachable'), manager('c', 'reachable')], 'healthy', undefined],
  ['one is away', [manager('a', 'reachable', { Leader: true }), manager('b', 'unreachable'), manager('c', 'reachable')], 'degraded', 'ManagerUnreachable'],
  ['two are away: lost, although one still tells', [manager('a', 'reachable', { Leader: true }), manager('b', 'unreachable'), manager('c', 'unreachable')], 'unknown', 'QuorumLost'],
  ['two that are just made', [manager('a', 'reachable', { Leader: true }), manager('b', 'unknown'), manager('c', 'unknown')], 'degraded', 'ManagerUnreachable'],
  ['two, one away', [manager('a', 'reachable', { Leader: true }), manager('b', 'unreachable')], 'unknown', 'QuorumLost'],
])('the managers on the overview: %s', (_, nodes, health, reason) => {
  const { overview } = look({ nodes, services: [], tasks: [] })
  expect([overview.health, overview.problems[0]?.reason]).toEqual([health, reason])
})
