import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Route } from './route.ts'
import { appHref, hrefOf, parsePath, pathOf } from './route.ts'

const word = fc.stringMatching(/^[a-z][a-z0-9.-]{0,20}$/)
const ref = fc.record({ apiVersion: fc.constantFrom('v1', 'apps/v1', 'example.com/v1beta1'), kind: word, namespace: fc.oneof(fc.constant(''), word), name: fc.string({ minLength: 1, unit: 'grapheme' }).filter((s) => s !== '~') })

test('an address leads back to its route', () => {
  const route: fc.Arbitrary<Route> = fc.oneof(
    fc.record({ page: fc.constantFrom('overview' as const, 'apps' as const, 'pods' as const, 'volumes' as const, 'nodes' as const, 'deploy' as const, 'files' as const) }),
    fc.record({ page: fc.constant('stacks' as const), tab: fc.constantFrom('', 'networks') }),
    fc.record({ page: fc.constant('stack' as const), name: fc.oneof(fc.constant(''), word) }),
    fc.record({ page: fc.constantFrom('app' as const, 'pod' as const, 'volume' as const, 'node' as const, 'job' as const, 'cronjob' as const, 'resource' as const), ref, tab: fc.constantFrom('', 'logs', 'yaml') }),
    fc.record({ page: fc.constant('jobs' as const), tab: fc.constantFrom('', 'schedules') }),
    fc.record({ page: fc.constant('editor' as const), ref }),
    fc.record({ page: fc.constant('editor' as const), template: fc.string({ minLength: 1, unit: 'grapheme' }) }),
    fc.record({ page: fc.constant('editor' as const), template: word, about: ref }),
    fc.record({ page: fc.constant('resources' as const) }),
    fc.record({ page: fc.constant('resources' as const), kind: fc.record({ apiVersion: fc.constantFrom('v1', 'apps/v1'), kind: word }) }),
  )
  fc.assert(fc.property(route, (r) => {
    expect(parsePath(`#${pathOf(r)}`)).toEqual(r)
  }))
})

test.each([['', 'overview'], ['#/', 'overview'], ['#/editor', 'editor'], ['#/nowhere', 'lost'], ['#/app/v1', 'lost'], ['#/pod/v1/Pod/%E0%A4%A/x', 'lost'], ['#/apps/more', 'lost'], ['#/jobs/schedules', 'jobs'], ['#/jobs/a/b', 'lost'], ['#/stack', 'lost'], ['#/stacks/networks', 'stacks']])('%s is %s', (hash, page) => {
  expect(parsePath(hash).page).toBe(page)
})

test('what is in a swarm', () => {
  const of = (kind: string): string => hrefOf({ apiVersion: 'swarm', kind, namespace: 'shop', name: 'x' })
  expect(['Service', 'Task', 'Secret', 'Config', 'Network', 'Stack'].map(of)).toEqual(['#/app/swarm/Service/shop/x', '#/pod/swarm/Task/shop/x', '#/files', '#/files', '#/stacks/networks', '#/stack/x'])
})

test('what has no page of its own has the page of any object', () => {
  expect(hrefOf({ apiVersion: 'v1', kind: 'Service', namespace: 'a', name: 'b' })).toBe('#/resource/v1/Service/a/b')
  expect(['StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind) => hrefOf({ apiVersion: 'apps/v1', kind, namespace: 'a', name: 'b' }))).toEqual(['#/app/apps%2Fv1/StatefulSet/a/b', '#/app/apps%2Fv1/DaemonSet/a/b', '#/resource/apps%2Fv1/ReplicaSet/a/b'])
  expect(appHref({ apiVersion: 'v1', kind: 'ReplicationController', namespace: 'a', name: 'b' })).toBe('#/app/v1/ReplicationController/a/b')
  expect(['Job', 'CronJob'].map((kind) => hrefOf({ apiVersion: 'batch/v1', kind, namespace: 'a', name: 'b' }))).toEqual(['#/job/batch%2Fv1/Job/a/b', '#/cronjob/batch%2Fv1/CronJob/a/b'])
  expect(hrefOf({ apiVersion: 'v1', kind: 'Pod', namespace: 'a', name: 'b' }, 'logs')).toBe('#/pod/v1/Pod/a/b/logs')
})
