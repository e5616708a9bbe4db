import { describe, expect, test } from 'vitest'
import { withCondition } from './conditions.ts'
import { semanticEqual } from './equal.ts'
import type { Pod } from './generated/core-v1.ts'
import { scaledValue } from './int-or-percent.ts'
import { podMemoryLimit, podRequests } from './pod-requests.ts'
import { findUntolerated, tolerates } from './taints.ts'
import { groupReasons, unschedulableMessage } from './unschedulable.ts'

describe('scaledValue', () => {
  test.each([[3, 10, 'up', 3], ['25%', 3, 'up', 1], ['25%', 3, 'down', 0], ['50%', 5, 'up', 3], ['50%', 5, 'down', 2], [undefined, 5, 'up', 0]] as const)(
    '%s of %d rounded %s is %d', (value, total, round, expected) => expect(scaledValue(value, total, round)).toBe(expected))
  test('anything else is named', () => expect(() => scaledValue('half', 3, 'up')).toThrow('"half"'))
})

describe('semanticEqual', () => {
  test.each([
    [{ a: 1, b: [] }, { a: 1 }, true], [{ a: 1 }, { a: 1, b: {} }, true], [{ a: { b: 1, c: 2 } }, { a: { c: 2, b: 1 } }, true],
    [{ a: [1, 2] }, { a: [2, 1] }, false], [{ a: 1 }, { a: 1, b: 0 }, false], [{ a: '' }, {}, false], [{ a: [1] }, { a: { 0: 1 } }, false],
  ])('%j and %j: %s', (a, b, equal) => {
    expect(semanticEqual(a, b)).toBe(equal)
    expect(semanticEqual(b, a)).toBe(equal)
  })
})

describe('withCondition', () => {
  const old = [{ type: 'A', status: 'True', lastTransitionTime: 't0' }]
  test('the same status keeps the transition time', () =>
    expect(withCondition(old, { type: 'A', status: 'True', reason: 'New', lastTransitionTime: 't1' } as (typeof old)[0])).toMatchObject([{ reason: 'New', lastTransitionTime: 't0' }]))
  test('another status takes the new one', () => expect(withCondition(old, { type: 'A', status: 'False', lastTransitionTime: 't1' })).toMatchObject([{ lastTransitionTime: 't1' }]))
})

describe('tolerations', () => {
  const taint = { key: 'k', value: 'v', effect: 'NoSchedule' }
  test.each([
    [{ key: 'k', value: 'v', effect: 'NoSchedule' }, true], [{ key: 'k', operator: 'Exists' }, true], [{ operator: 'Exists' }, true], [{ key: 'k', value: 'w' }, false],
    [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }, false], [{ key: 'x', operator: 'Exists' }, false],
  ])('%j: %s', (toleration, expected) => expect(tolerates(toleration, taint)).toBe(expected))
  test('only the effects asked for count', () => expect(findUntolerated([taint], [], ['NoExecute'])).toBeUndefined())
})

describe('podRequests', () => {
  const c = (cpu: string, extra = {}): object => ({ name: 'c', resources: { requests: { cpu } }, ...extra })
  test.each([
    ['containers add up', { containers: [c('100m'), c('1')] }, 1100],
    ['an init container counts when it needs more', { containers: [c('100m')], initContainers: [c('2')] }, 2000],
    ['a sidecar runs beside the containers and later init containers', { containers: [c('100m')], initContainers: [c('500m', { restartPolicy: 'Always' }), c('1')] }, 1500],
    ['a limit alone is a request', { containers: [{ name: 'c', resources: { limits: { cpu: '300m' } } }] }, 300],
    ['overhead is added', { containers: [c('100m')], overhead: { cpu: '50m' } }, 150],
  ])('%s', (_, spec, expected) => expect(podRequests({ spec } as unknown as Pod)['cpu']).toBe(expected))
})

describe('podMemoryLimit', () => {
  const c = (memory?: string, extra = {}): object => ({ name: 'c', resources: { requests: { memory: '4Gi' }, limits: memory === undefined ? {} : { memory } }, ...extra })
  test.each([
    ['containers add up', { containers: [c('1Ki'), c('2Ki')] }, 3072],
    ['an init container counts when it may take more', { containers: [c('1Ki')], initContainers: [c('2Ki')] }, 2048],
    ['one without a limit: all may take what there is', { containers: [c('1Ki'), c()] }, undefined],
    ['an init container, too', { containers: [c('1Ki')], initContainers: [c()] }, undefined],
  ])('%s', (_, spec, expected) => expect(podMemoryLimit({ spec } as unknown as Pod)).toBe(expected))
})

test('reasons are grouped and counted', () => {
  const reasons = groupReasons(new Map([['a', ['Insufficient cpu']], ['b', ['node(s) were unschedulable']], ['c', ['Insufficient cpu']]]))
  expect(reasons).toEqual([{ reason: 'Insufficient cpu', count: 2, nodes: ['a', 'c'] }, { reason: 'node(s) were unschedulable', count: 1, nodes: ['b'] }])
  expect(unschedulableMessage(3, reasons)).toBe('0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.')
})
