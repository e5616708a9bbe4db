import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StatefulSet, StatefulSetSpec } from '../../../common/kube/generated/apps-v1.ts'
import type { Pod } from '../../../common/kube/generated/core-v1.ts'
import { ordinalOf } from './identity.ts'
import { maxUnavailable, planSteps } from './plan.ts'
import type { Step } from './plan.ts'
import { computeStatus } from './status.ts'

const NOW = Date.UTC(2026, 0, 1, 1)

function setOf(spec: Partial<StatefulSetSpec> = {}, status: object = {}): StatefulSet {
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [] } }
  return {
    apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'web', namespace: 'ns', uid: 'set', resourceVersion: '1', creationTimestamp: '', generation: 3 },
    spec: { serviceName: 'web', replicas: 3, selector: { matchLabels: { app: 'web' } }, template, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, ...spec }, status: { replicas: 0, ...status },
  }
}

/**
 * `2new`: pod web-2 of revision "new", ready. Marks: `!` not ready, `?` pending, `x` failed, `s` succeeded, `~` being deleted, `'` ready for five seconds only, `-` without its labels.
 */
function podOf(text: string): Pod {
  const [, ordinal = '', revision = '', marks = ''] = /^(\d+)([a-z]{3})(.*)$/.exec(text) ?? []
  const has = (mark: string): boolean => marks.includes(mark)
  const name = `web-${ordinal}`
  const since = new Date(NOW - (has("'") ? 5_000 : 600_000)).toISOString()
  return {
    apiVersion: 'v1', kind: 'Pod',
    metadata: {
      name, namespace: 'ns', uid: text, resourceVersion: '1', creationTimestamp: '', ...(has('~') ? { deletionTimestamp: since } : {}),
      labels: { 'controller-revision-hash': revision, ...(has('-') ? {} : { 'statefulset.kubernetes.io/pod-name': name, 'apps.kubernetes.io/pod-index': ordinal }) },
    },
    spec: { containers: [] },
    status: {
      phase: has('?') ? 'Pending' : has('x') ? 'Failed' : has('s') ? 'Succeeded' : 'Running',
      conditions: [{ type: 'Ready', status: /[!?xs]/.test(marks) ? 'False' : 'True', lastTransitionTime: since }],
    },
  }
}
const show = (step: Step<Pod>): string => {
  if (step.do === 'create') return `create ${String(step.ordinal)} ${step.revision}`
  return 'pod' in step ? `${step.do} ${step.pod.metadata.name.slice(4)}${step.do === 'delete' ? ` ${step.why}` : ''}` : `claims ${String(step.ordinal)}`
}
function plan(spec: Partial<StatefulSetSpec>, pods: string, revisions = { current: 'old', update: 'old' }): string {
  return planSteps(setOf(spec), { pods: pods.split(' ').filter((p) => p !== '').map(podOf), ...revisions, now: NOW }).map(show).join(', ')
}
const ROLLING = { current: 'old', update: 'new' }
const PARALLEL = { podManagementPolicy: 'Parallel' }
const rolling = (rollingUpdate: object): Partial<StatefulSetSpec> => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } })

describe('one after the other', () => {
  test.each<[string, Partial<StatefulSetSpec>, string, string]>([
    ['the first', {}, '', 'create 0 update'], ['waits for it to be ready', {}, '0old!', ''], ['then the next', {}, '0old', 'create 1 update'],
    ['and waits until it is available', { minReadySeconds: 10 }, "0old 1old'", ''], ['the last', { minReadySeconds: 3 }, "0old 1old'", 'create 2 update'],
    ['all there', {}, '0old 1old 2old', ''], ['from another start', { ordinals: { start: 5 } }, '5old', 'create 6 update'], ['what is missing in between', {}, '0old 2old', 'create 1 update'],
    ['a failed one is replaced', {}, '0old 1oldx 2old', 'delete 1 failed'], ['also one that said it was done', {}, '0olds', 'delete 0 failed'],
    ['the place of one that is not gone yet stays empty', {}, '0old 1old~ 2old', ''], ['nor does the next one begin meanwhile', {}, '0old~', ''], ['nor is a failed one that is being deleted made anew', {}, '0old 1oldx~', ''],
    ['one that waits for a node may lack a claim', { volumeClaimTemplates: [{}] as never }, '0old?', 'claims 0'], ['without templates there is none', {}, '0old?', ''],
    ['labels that are missing come back', {}, '0old- 1old', 'label 0, create 2 update'],
    ['the highest goes first', { replicas: 1 }, '0old 1old 2old', 'delete 2 scale'], ['and the next when it is gone', { replicas: 1 }, '0old 1old 2old~', ''],
    ['none while one that stays is not well', { replicas: 1 }, '0old! 1old 2old', ''], ['one that is not well goes when nothing below it is so', { replicas: 1 }, '0old 1old 2old!', 'delete 2 scale'],
    ['else the lower one must be well first', { replicas: 1 }, '0old 1old! 2old!', ''], ['but a well one above it may go', { replicas: 1 }, '0old 1old! 2old', 'delete 2 scale'],
    ['below a new start', { replicas: 2, ordinals: { start: 2 } }, '0old 1old 2old 3old', 'delete 1 scale'], ['to none', { replicas: 0 }, '0old', 'delete 0 scale'],
  ])('%s', (_, spec, pods, expected) => {
    expect(plan(spec, pods)).toBe(expected)
  })
})

describe('all at once', () => {
  test.each<[string, Partial<StatefulSetSpec>, string, string]>([
    ['makes all', {}, '', 'create 0 update, create 1 update, create 2 update'], ['waits for none', {}, '0old! 1old?', 'create 2 update'],
    ['takes all away that are too much', { replicas: 0 }, '0old 1old! 2old~', 'delete 1 scale, delete 0 scale'], ['replaces what failed', {}, '0oldx 1oldx 2old~', 'delete 0 failed, delete 1 failed'],
  ])('%s', (_, spec, pods, expected) => {
    expect(plan({ ...PARALLEL, ...spec }, pods)).toBe(expected)
  })
})

describe('a new revision', () => {
  test.each<[string, Partial<StatefulSetSpec>, string, string]>([
    ['from the highest down', {}, '0old 1old 2old', 'delete 2 update'], ['waits for the end of the old one', {}, '0old 1old 2old~', ''], ['makes the new one', {}, '0old 1old', 'create 2 update'],
    ['waits for the new one', {}, '0old 1old 2new!', ''], ['and goes on', {}, '0old 1old 2new', 'delete 1 update'], ['to the end', {}, '0new 1new 2new', ''],
    ['a new one that never gets ready stops it', PARALLEL, '0old 1old 2new!', ''], ['an old one that is not ready is replaced', PARALLEL, '0old 1old 2old!', 'delete 2 update'],
    ['only what a person deletes, with OnDelete', { updateStrategy: { type: 'OnDelete' } }, '0old 1old 2old', ''], ['and that is of the new revision', { updateStrategy: { type: 'OnDelete' } }, '0old 1old', 'create 2 update'],
    ['down to the partition', rolling({ partition: 2 }), '0old 1old 2new', ''], ['above it', rolling({ partition: 2 }), '0old 1old 2old', 'delete 2 update'],
    ['below it what is missing comes back as it was', rolling({ partition: 2 }), '0old 2new', 'create 1 current'], ['counted from the first ordinal', { ordinals: { start: 4 }, ...rolling({ partition: 2 }) }, '4old 5old 6old', 'delete 6 update'],
    ['with one partition for all, nothing', rolling({ partition: 9 }), '0old 1old 2old', ''],
    ['two at a time', rolling({ maxUnavailable: 2 }), '0old 1old 2old', 'delete 2 update, delete 1 update'], ['counting what is not ready', { ...PARALLEL, ...rolling({ maxUnavailable: 2 }) }, '0old 1old 2new!', 'delete 1 update'],
    ['not beyond it', { ...PARALLEL, ...rolling({ maxUnavailable: 2 }) }, '0old 1old~ 2new!', ''], ['and not below the partition', rolling({ maxUnavailable: 3, partition: 1 }), '0old 1old 2old', 'delete 2 update, delete 1 update'],
  ])('%s', (_, spec, pods, expected) => {
    expect(plan(spec, pods, ROLLING)).toBe(expected)
  })
  test.each<[number | string | undefined, number, number]>([[undefined, 5, 1], [2, 5, 2], ['50%', 5, 2], ['10%', 5, 1], ['100%', 3, 3]])('at most %s of %i unavailable is %i', (amount, replicas, expected) => {
    expect(maxUnavailable(setOf({ replicas, ...rolling(amount === undefined ? {} : { maxUnavailable: amount }) }))).toBe(expected)
  })
})

describe('status', () => {
  const status = (spec: Partial<StatefulSetSpec>, pods: string, revisions = ROLLING): object => computeStatus(setOf(spec), { pods: pods.split(' ').map(podOf), ...revisions, collisionCount: 0, now: NOW })
  test('counts', () => {
    expect(status({ minReadySeconds: 30 }, "0old 1old! 2new' 3old~")).toEqual({
      lookAgainMs: 25_000,
      status: { observedGeneration: 3, replicas: 4, readyReplicas: 3, availableReplicas: 2, currentReplicas: 2, updatedReplicas: 1, currentRevision: 'old', updateRevision: 'new', collisionCount: 0 },
    })
  })
  test.each<[string, Partial<StatefulSetSpec>, string, object]>([
    ['over when all are new and ready', {}, '0new 1new 2new', { currentRevision: 'new', currentReplicas: 3 }], ['not while one is not ready', {}, '0new! 1new 2new', { currentRevision: 'old', currentReplicas: 0 }],
    ['not while one too many is there', {}, '0new 1new 2new 3new~', { currentRevision: 'old' }], ['never by itself with OnDelete', { updateStrategy: { type: 'OnDelete' } }, '0new 1new 2new', { currentRevision: 'old' }],
  ])('a rollout is %s', (_, spec, pods, expected) => {
    expect(status(spec, pods)).toMatchObject({ status: expected })
  })
})

test('a name: its ordinal, or not the set\'s', () => {
  const of = (name: string): number | undefined => ordinalOf(setOf(), { metadata: { name } } as Pod)
  expect(['web-0', 'web-12', 'web-01', 'web-', 'web', 'web-a', 'other-1', 'web-x-1'].map(of)).toEqual([0, 12, undefined, undefined, undefined, undefined, undefined, undefined])
})

test('whatever is there: no place is filled that is not empty, one thing at a time when ordered, and an update takes no more away than it may', () => {
  const mark = fc.constantFrom('', '!', '?', 'x', '~')
  const pods = fc.uniqueArray(fc.record({ ordinal: fc.nat(6), revision: fc.constantFrom('old', 'new'), mark }), { selector: (p) => p.ordinal, maxLength: 7 })
  fc.assert(fc.property(pods, fc.nat(6), fc.boolean(), fc.nat(3), fc.integer({ min: 1, max: 4 }), (list, replicas, ordered, partition, most) => {
    const spec = { replicas, podManagementPolicy: ordered ? 'OrderedReady' : 'Parallel', ...rolling({ partition, maxUnavailable: most }) }
    const there = list.map((p) => podOf(`${String(p.ordinal)}${p.revision}${p.mark}`))
    const steps = planSteps(setOf(spec), { pods: there, ...ROLLING, now: NOW })
    for (const step of steps) if (step.do === 'create') expect(list.some((p) => p.ordinal === step.ordinal)).toBe(false)
    for (const step of steps) if (step.do === 'delete') expect(step.pod.metadata.deletionTimestamp).toBeUndefined()
    const updates = steps.filter((s) => s.do === 'delete' && s.why === 'update')
    if (ordered) expect(steps.filter((s) => s.do !== 'claims').length - updates.length).toBeLessThanOrEqual(1)
    const well = list.filter((p) => p.ordinal < replicas && p.mark === '').length
    const taken = updates.filter((s) => 'pod' in s && s.pod.status?.conditions?.[0]?.status === 'True').length
    // All at once and one at a time, only what is above counts: as upstream.
    if (taken > 0 && (ordered || most > 1) && replicas > 1) expect(well - taken).toBeGreaterThanOrEqual(replicas - most)
  }), { numRuns: 500 })
})
