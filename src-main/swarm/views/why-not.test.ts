import { expect, test } from 'vitest'
import { aNode, aService, aTask } from '../testing/objects.ts'
import type { TaskSpec } from '../docker/specs.ts'
import type { SwarmNode } from '../docker/types.ts'
import { whyNotPerNode } from './why-not.ts'

function whyNot(spec: Partial<TaskSpec>, node: Partial<SwarmNode> = {}, reserved: TaskSpec['Resources'] = {}): string | undefined {
  const web = aService('web', {}, { TaskTemplate: { ContainerSpec: { Image: 'nginx' }, ...spec } })
  const one = aNode('one', { ID: 'node-1', ...node })
  const there = aTask(web, 1, 'running', { Spec: { ...web.Spec.TaskTemplate, Resources: reserved } })
  const task = aTask(web, 2, 'pending', { NodeID: '' })
  return whyNotPerNode(task, [one], [there, task], () => 'one')[0]?.reason
}

const labelled = { Spec: { Role: 'worker', Availability: 'active', Labels: { disk: 'SSD' } } } as const

test.each<[string, ReturnType<typeof whyNot>, RegExp | undefined]>([
  ['fits', whyNot({}), undefined],
  ['down', whyNot({}, { Status: { State: 'down' } }), /^it is down$/],
  ['drained', whyNot({}, { Spec: { Role: 'worker', Availability: 'drain' } }), /drained/],
  ['closed', whyNot({}, { Spec: { Role: 'worker', Availability: 'pause' } }), /closed/],
  ['a label that is there, in another case', whyNot({ Placement: { Constraints: ['node.labels.disk == ssd'] } }, labelled), undefined],
  ['a label that is not', whyNot({ Placement: { Constraints: ['node.labels.disk==ssd'] } }), /node\.labels\.disk==ssd does not hold/],
  ['without it, it differs', whyNot({ Placement: { Constraints: ['node.labels.disk!=ssd'] } }), undefined],
  ['a role', whyNot({ Placement: { Constraints: ['node.role==manager'] } }), /node\.role==manager/],
  ['memory', whyNot({ Resources: { Reservations: { MemoryBytes: 3 * 2 ** 30 } } }, {}, { Reservations: { MemoryBytes: 2 * 2 ** 30 } }), /reserves 3072 MiB, 2048 MiB are left/],
  ['processors', whyNot({ Resources: { Reservations: { NanoCPUs: 3e9 } } }), /reserves 3 CPUs, 2 are left/],
  ['one a server', whyNot({ Placement: { MaxReplicas: 1 } }), /may have 1 on one server/],
  ['its platform, by another name', whyNot({ Placement: { Platforms: [{ OS: 'linux', Architecture: 'amd64' }] } }), undefined],
  ['another platform', whyNot({ Placement: { Platforms: [{ OS: 'linux', Architecture: 'arm64' }] } }), /not for linux\/x86_64/],
])('%s', (_, reason, expected) => {
  if (expected === undefined) expect(reason).toBeUndefined()
  else expect(reason).toMatch(expected)
})
