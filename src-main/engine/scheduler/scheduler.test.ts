import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Nodes, Pods } from '../../common/kube/kinds.ts'
import { milliCpu } from '../../common/kube/quantity.ts'
import { UNSCHEDULABLE_ANNOTATION, unschedulableOf } from '../../common/kube/unschedulable.ts'
import { node } from './testing/objects.ts'
import { Rig } from './testing/rig.ts'

describe('the scheduler', () => {
  test('a pod that fits nowhere says why, per node, and goes at once where room appears', async () => {
    const rig = new Rig()
    await rig.addNode('a', { cpu: '1' })
    await rig.addNode('b', { cpu: '2', spec: { taints: [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }] } })
    await rig.addNode('c', { cpu: '1' })
    await rig.addPod('small', { cpu: '500m', spec: { nodeSelector: { 'kubernetes.io/hostname': 'a' } } })
    await rig.addPod('big', { cpu: '1' })
    await rig.addPod('other', { cpu: '600m', spec: { nodeSelector: { 'kubernetes.io/hostname': 'a' } } })
    await rig.start()
    expect(rig.places()).toEqual({ small: 'a', big: 'c', other: undefined })
    const waiting = await rig.client.get(Pods, 'ns', 'other')
    expect(unschedulableOf(waiting)).toEqual({
      message: "0/3 nodes are available: 1 Insufficient cpu, 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint {gpu: yes}.",
      reasons: [
        { reason: 'Insufficient cpu', count: 1, nodes: ['a'] }, { reason: "node(s) didn't match Pod's node affinity/selector", count: 1, nodes: ['c'] },
        { reason: 'node(s) had untolerated taint {gpu: yes}', count: 1, nodes: ['b'] },
      ],
    })
    expect(rig.events).toContain('other FailedScheduling')
    await rig.clock.advance(1000)
    await rig.client.delete(Pods, 'ns', 'small', { gracePeriodSeconds: 0 })
    await rig.settle()
    expect(rig.places()).toEqual({ big: 'c', other: 'a' })
    expect((await rig.client.get(Pods, 'ns', 'other')).metadata.annotations?.[UNSCHEDULABLE_ANNOTATION]).toBeUndefined()
    await rig.stop()
    expect(rig.errors).toEqual([])
  })

  test('no node at all is said so; a node that comes, or becomes Ready, is used', async () => {
    const rig = new Rig()
    await rig.addPod('p')
    await rig.start()
    expect(unschedulableOf(await rig.client.get(Pods, 'ns', 'p'))?.message).toContain('the cluster has no node yet')
    const late = await rig.addNode('late', { ready: false })
    await rig.settle(200)
    expect(rig.places()['p']).toBeUndefined()
    await rig.client.updateStatus(Nodes, { ...late, status: node('late').status ?? {} })
    await rig.settle(200)
    expect(rig.places()['p']).toBe('late')
    await rig.stop()
  })

  test('a binding that fails frees the room and is tried again', async () => {
    const rig = new Rig()
    await rig.addNode('a', { cpu: '1' })
    await rig.addPod('p', { cpu: '1' })
    let failures = 2
    rig.client.intercept = (verb) => {
      if (verb === 'bind' && failures-- > 0) throw new Error('disk full')
    }
    await rig.start()
    expect(rig.places()['p']).toBeUndefined()
    await rig.clock.advance(2000)
    expect([rig.places()['p'], rig.errors.length]).toEqual(['a', 2])
    await rig.stop()
  })

  test('higher priority first; gated, foreign and ending pods are left alone', async () => {
    const rig = new Rig()
    await rig.addNode('a', { cpu: '1' })
    await rig.addPod('low', { cpu: '1' })
    await rig.addPod('high', { cpu: '1', spec: { priority: 10 } })
    await rig.addPod('gated', { spec: { schedulingGates: [{ name: 'wait' }] } })
    await rig.addPod('foreign', { spec: { schedulerName: 'other' } })
    await rig.start()
    expect(rig.places()).toEqual({ low: undefined, high: 'a', gated: undefined, foreign: undefined })
    await rig.stop()
  })

  test('never overcommits a node, whatever comes and goes', async () => {
    const action = fc.oneof(
      fc.record({ do: fc.constant('add' as const), cpu: fc.integer({ min: 1, max: 20 }), count: fc.integer({ min: 1, max: 4 }) }), fc.record({ do: fc.constant('remove' as const), which: fc.nat(30) }),
      fc.record({ do: fc.constant('finish' as const), which: fc.nat(30) }), fc.record({ do: fc.constant('node' as const), cpu: fc.integer({ min: 5, max: 40 }) }), fc.record({ do: fc.constant('wait' as const) }),
    )
    await fc.assert(fc.asyncProperty(fc.array(action, { maxLength: 40 }), fc.boolean(), async (actions, flaky) => {
      const rig = new Rig()
      let n = 0
      if (flaky) rig.client.intercept = (verb) => {
        if (verb === 'bind' && n++ % 3 === 0) throw new Error('flaky')
      }
      await rig.addNode('first', { cpu: '3', pods: '4' })
      await rig.start()
      for (const [i, a] of actions.entries()) {
        const pods = rig.client.all(Pods)
        const target = 'which' in a ? pods[a.which % Math.max(1, pods.length)] : undefined
        if (a.do === 'add') for (let k = 0; k < a.count; k++) await rig.addPod(`p${String(i)}-${String(k)}`, { cpu: `${String(a.cpu * 100)}m` })
        if (a.do === 'node') await rig.addNode(`n${String(i)}`, { cpu: `${String(a.cpu * 100)}m`, pods: '3' })
        else if (a.do === 'wait') await rig.settle(100)
        else if (target !== undefined && a.do === 'remove') await rig.client.delete(Pods, 'ns', target.metadata.name, { gracePeriodSeconds: 0 })
        else if (target?.spec.nodeName !== undefined && a.do === 'finish') await rig.client.updateStatus(Pods, { ...target, status: { phase: 'Succeeded' } })
        const running = rig.client.all(Pods).filter((p) => p.spec.nodeName && p.status?.phase !== 'Succeeded')
        for (const at of rig.client.all(Nodes)) {
          const here = running.filter((p) => p.spec.nodeName === at.metadata.name)
          const used = here.reduce((sum, p) => sum + milliCpu(p.spec.containers[0]?.resources?.requests?.['cpu']), 0)
          expect(used).toBeLessThanOrEqual(milliCpu(at.status?.allocatable?.['cpu']))
          expect(here.length).toBeLessThanOrEqual(Number(at.status?.allocatable?.['pods']))
        }
      }
      await rig.stop()
    }), { numRuns: 40 })
  })

  test('2,000 pods over 100 nodes, evenly', async () => {
    const rig = new Rig()
    for (let i = 0; i < 100; i++) await rig.addNode(`n${String(i)}`)
    for (let i = 0; i < 2000; i++) await rig.addPod(`p${String(i)}`, { cpu: '100m', owner: 'web' })
    await rig.start()
    while (rig.client.all(Pods).some((p) => !p.spec.nodeName)) await rig.settle()
    const perNode = new Map<string, number>()
    for (const place of Object.values(rig.places())) perNode.set(place ?? '', (perNode.get(place ?? '') ?? 0) + 1)
    expect([...perNode.values()]).toEqual(Array.from({ length: 100 }, () => 20))
    await rig.stop()
  })
})
