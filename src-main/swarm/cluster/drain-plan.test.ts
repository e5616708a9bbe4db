import { expect, test } from 'vitest'
import type { ServiceSpec } from '../docker/specs.ts'
import type { SwarmNode } from '../docker/types.ts'
import { EMPTY_PICTURE } from '../state/picture.ts'
import { aNode, aService, aTask } from '../testing/objects.ts'
import { SwarmSnapshot } from '../views/snapshot.ts'
import { swarmDrainPlan } from './drain-plan.ts'

/** What becomes of one task of such a service on `one`, beside the node `two`. */
function fateBeside(spec: Partial<ServiceSpec>, two: Partial<SwarmNode> = {}): string {
  const nodes = [aNode('one', { ID: 'node-1' }), aNode('two', { ID: 'node-2', ...two })]
  const service = aService('db', {}, spec)
  const snapshot = new SwarmSnapshot({ ...EMPTY_PICTURE, services: [service], tasks: [aTask(service, 1, 'running')], nodes })
  const [pod] = swarmDrainPlan(snapshot, 'node-1').pods
  return [pod?.fate, pod?.why.reason, ...(pod?.leavesData ?? [])].join(' ')
}
const pinned = (constraint: string): Partial<ServiceSpec> => ({
  TaskTemplate: { ContainerSpec: { Image: 'postgres', Mounts: [{ Type: 'volume', Source: 'data', Target: '/data' }] }, Placement: { Constraints: [constraint] } },
})

test.each<[string, string, string]>([
  ['may run elsewhere: its data stays behind', fateBeside(pinned('node.role==worker')), 'moves Owned volume data (/data)'],
  ['kept on the node: it waits, with its data', fateBeside(pinned('node.id==node-1')), 'waits Bound'],
  ['the other node that fits takes no tasks', fateBeside(pinned('node.role==worker'), { Spec: { Role: 'worker', Availability: 'drain' } }), 'moves Owned volume data (/data)'],
  ['one on each node', fateBeside({ Mode: { Global: {} } }), 'waits Global'],
])('a task that %s', (_, fate, expected) => {
  expect(fate).toBe(expected)
})
