import { expect, test } from 'vitest'
import { Nodes, Pods } from '../../common/kube/kinds.ts'
import { Rig } from './testing/rig.ts'

/** One node of 1 CPU with a pod on it, and one that matters more. */
async function crowded(): Promise<Rig> {
  const rig = new Rig()
  await rig.addNode('a', { cpu: '1' })
  await rig.addPod('low', { cpu: '1', spec: { priority: 1 } })
  await rig.start()
  expect(rig.places()).toEqual({ low: 'a' })
  await rig.addPod('high', { cpu: '1', spec: { priority: 10 } })
  await rig.settle(200)
  return rig
}

test('a more important pod makes room for itself, gracefully, and the room is kept for it', async () => {
  const rig = await crowded()
  const victim = await rig.client.get(Pods, 'ns', 'low')
  expect(victim.metadata.deletionGracePeriodSeconds).toBe(30)
  expect(victim.status?.conditions?.find((c) => c.type === 'DisruptionTarget')).toMatchObject({ status: 'True', reason: 'PreemptionByScheduler' })
  expect(rig.events).toContain('low Preempted')
  const waiting = await rig.client.get(Pods, 'ns', 'high')
  expect(waiting.status).toMatchObject({ nominatedNodeName: 'a', conditions: [{ type: 'PodScheduled', reason: 'Unschedulable', message: '0/1 nodes are available: 1 Insufficient cpu.' }] })

  // Neither an equal nor a lesser pod takes the room, though they are tried first: the first binding fails, and it is tried again after them.
  let failures = 1
  rig.client.intercept = (verb, _, name) => {
    if (verb === 'bind' && name === 'high' && failures-- > 0) throw new Error('disk full')
  }
  await rig.client.delete(Pods, 'ns', 'low', { gracePeriodSeconds: 0 })
  for (let i = 0; failures > 0 && i < 1000; i++) await rig.clock.advance(1)
  await rig.addPod('equal', { cpu: '1', spec: { priority: 10 } })
  await rig.addPod('lesser', { cpu: '500m' })
  for (let i = 0; i < 8; i++) await rig.clock.advance(1)
  expect(rig.places()).toEqual({ high: undefined, equal: undefined, lesser: undefined })
  await rig.clock.advance(11_000)
  await rig.settle(200)
  expect(rig.places()).toEqual({ high: 'a', equal: undefined, lesser: undefined })
  await rig.stop()
  expect(rig.errors).toHaveLength(1)
})

test('while its victims end, no more are taken; a nominated pod that goes gives its room back', async () => {
  const rig = await crowded()
  await rig.addNode('b', { cpu: '1', ready: false })
  await rig.addPod('other', { cpu: '1', spec: { priority: 1, nodeName: 'b' } })
  const b = await rig.client.get(Nodes, '', 'b')
  await rig.client.updateStatus(Nodes, { ...b, status: { ...b.status, conditions: [{ type: 'Ready', status: 'True' }] } })
  await rig.clock.advance(20_000)
  await rig.settle(200)
  expect((await rig.client.get(Pods, 'ns', 'other')).metadata.deletionTimestamp).toBeUndefined()
  await rig.client.delete(Pods, 'ns', 'low', { gracePeriodSeconds: 0 })
  rig.client.intercept = (verb, _, name) => {
    if (verb === 'bind' && name === 'high') throw new Error('disk full')
  }
  await rig.addPod('lesser', { cpu: '1' })
  await rig.client.delete(Pods, 'ns', 'high')
  await rig.clock.advance(11_000)
  await rig.settle(200)
  expect(rig.places()['lesser']).toBe('a')
  await rig.stop()
})

test('preemption that does not help is said', async () => {
  const rig = new Rig()
  await rig.addNode('a', { cpu: '1' })
  await rig.addNode('b', { cpu: '4', spec: { unschedulable: true } })
  await rig.addPod('low', { cpu: '1' })
  await rig.start()
  await rig.addPod('high', { cpu: '2', spec: { priority: 10 } })
  await rig.addPod('polite', { cpu: '1', spec: { priority: 10, preemptionPolicy: 'Never' } })
  await rig.settle(200)
  const message = async (name: string): Promise<string | undefined> => (await rig.client.get(Pods, 'ns', name)).status?.conditions?.[0]?.message
  expect(await message('high')).toBe('0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable. preemption: 0/2 nodes are available: 1 Insufficient cpu, 1 Preemption is not helpful for scheduling.')
  expect(await message('polite')).toBe('0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.')
  expect(rig.places()['low']).toBe('a')
  await rig.stop()
})
