import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { SwarmService } from '../docker/types.ts'
import { EMPTY_PICTURE } from '../state/picture.ts'
import type { SwarmPicture } from '../state/picture.ts'
import { SwarmEvents } from '../state/swarm-events.ts'
import { isMoving } from '../state/pace.ts'
import { eventOfUpdate } from './event.ts'
import { SwarmSnapshot } from './snapshot.ts'

// What a real Docker 20.10 said of a swarm of three servers, whole: a stack's website, a global service, a job, one that fits nowhere, one that crashes and one
// without an image; later with a bad image taken back, and with the third server lost.
function picture(moment: 'running' | 'rolled-back' | 'node-lost'): SwarmPicture {
  const read = JSON.parse(readFileSync(join(import.meta.dirname, '../testing/real', `${moment}.json`), 'utf8')) as SwarmPicture
  return { ...EMPTY_PICTURE, ...read, source: { state: 'live', manager: 'one' } }
}

const summary = (of: SwarmPicture): unknown => new SwarmSnapshot(of).apps.map(({ ref, health, why, replicas, images, abilities }) => ({ app: `${ref.namespace}/${ref.name}`, health, why: why === undefined ? '' : `${why.reason}: ${why.message}`, replicas, images, abilities })).sort((a, b) => (a.app < b.app ? -1 : 1))

describe('services', () => {
  test('with everything at work', () => expect(summary(picture('running'))).toMatchSnapshot())
  test('with a bad image taken back', () => expect(summary(picture('rolled-back'))).toMatchSnapshot())
  test('with a node lost', () => expect(summary(picture('node-lost'))).toMatchSnapshot())
})

test('an app whose update was taken back says which image it was, and why', () => {
  const app = new SwarmSnapshot(picture('rolled-back')).app({ apiVersion: 'swarm', kind: 'Service', namespace: 'shop', name: 'shop_web' })
  expect(app).toMatchSnapshot()
})

test('it says so, too, where Swarm put a place right afterwards, and calls that an update that is completed', () => {
  const taken = picture('rolled-back')
  const of = (more: Partial<SwarmService>): unknown => {
    const app = new SwarmSnapshot({ ...taken, services: taken.services.map((service) => ({ ...service, ...more })) }).app({ apiVersion: 'swarm', kind: 'Service', namespace: 'shop', name: 'shop_web' })
    return [app?.health, app?.why, app?.rollout]
  }
  const completed = { UpdateStatus: { State: 'completed', Message: 'update completed' } } as const
  expect(of(completed)).toEqual(of({}))
  const [service] = taken.services
  expect(service && [eventOfUpdate({ ...service, ...completed, PreviousSpec: undefined }), eventOfUpdate({ ...service, ...completed, PreviousSpec: service.Spec })?.reason]).toEqual([undefined, 'Updated'])
  // An update that went well keeps the version before it.
  expect(of({ ...completed, PreviousSpec: taken.services[0]?.Spec })).not.toEqual(of({}))
})

test('tasks: those that are there, and of one app those before', () => {
  const snapshot = new SwarmSnapshot(picture('rolled-back'))
  const brief = (list: ReturnType<SwarmSnapshot['instances']>): string[] => list.map(({ ref, node, health, status, why, containers }) => `${ref.name.split('.').slice(0, 2).join('.').slice(0, 12)} on ${node} ${health} ${status} ${why?.reason ?? ''} ${String(containers[0]?.restarts)} ${String(containers[0]?.exitCode)}`).sort()
  expect(brief(snapshot.instances())).toMatchSnapshot()
  expect(brief(snapshot.instances({ app: { apiVersion: 'swarm', kind: 'Service', namespace: 'shop', name: 'shop_web' } }))).toMatchSnapshot()
  expect(snapshot.instances().find(({ status }) => status === 'Pending')?.perNode).toMatchSnapshot()
})

test('nodes', () => expect(new SwarmSnapshot(picture('node-lost')).nodes).toMatchSnapshot())

test('the overview; the same says so when it is old', () => {
  const now = picture('node-lost')
  expect(new SwarmSnapshot(now).overview).toMatchSnapshot()
  for (const message of ['Docker is not running.', 'Docker is not running']) {
    const old = new SwarmSnapshot({ ...now, source: { state: 'offline', message, since: 1 } }).overview
    expect(old.health).toBe('unknown')
    expect(old.problems[0]).toMatchObject({ reason: 'SwarmUnreachable', message: 'Docker is not running. What is shown is how it was when it was last heard of.' })
  }
})

test('stacks are the namespaces', () => expect(new SwarmSnapshot(picture('running')).namespaces).toEqual(['default', 'shop']))

test('events out of what changed between two moments; nothing is told twice', () => {
  const events = new SwarmEvents()
  events.compared(picture('running'))
  events.compared(picture('rolled-back'))
  const before = events.list().length
  events.compared(picture('rolled-back'))
  expect(events.list().length).toBe(before)
  const told = events.list().filter(({ about }) => about.name.startsWith('shop_web'))
  expect(told.map(({ type, reason, message }) => `${type} ${reason}: ${message}`)).toMatchSnapshot()
})

test('something crashes: it moves', () => expect(isMoving(picture('rolled-back'))).toBe(true))
