import { describe, expect, test } from 'vitest'
import type { AppSummary } from '../../common/contract/index.ts'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import type { Needs } from '../../common/which-mode.ts'
import { aNode, aService } from '../../swarm/testing/objects.ts'
import { checkAnswers } from './check-answers.ts'
import { kubernetesFacts, swarmFacts } from './cluster-facts.ts'
import { GuideService } from './guide-service.ts'

const NOTHING = { servers: 0, services: 0, gpuServers: 0, autoscaled: 0 }
const node = (name: string, capacity: Record<string, string> = {}): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' }, spec: {}, status: { capacity } })
const app = (namespace: string): AppSummary => ({ ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'x' } }) as AppSummary

describe('facts', () => {
  test('of Kubernetes: its own apps do not count, a GPU does', () => {
    expect(kubernetesFacts({ nodes: [node('a'), node('b', { 'nvidia.com/gpu': '2' }), node('c', { 'nvidia.com/gpu': '0' })], apps: [app('default'), app('kube-system'), app('shop')], autoscalers: 3 }))
      .toEqual({ servers: 3, services: 2, gpuServers: 1, autoscaled: 3 })
  })

  test('of a swarm: what its labels ask for, and GPUs as Docker was told of them', () => {
    const withGpu = (GenericResources: object[]): ReturnType<typeof aNode> => {
      const made = aNode('g')
      return { ...made, Description: { ...made.Description, Resources: { NanoCPUs: 1, GenericResources: GenericResources as never } } }
    }
    expect(swarmFacts({
      nodes: [aNode('a'), withGpu([{ NamedResourceSpec: { Kind: 'NVIDIA-GPU', Value: 'GPU-1' } }]), withGpu([{ DiscreteResourceSpec: { Kind: 'gpu', Value: 2 } }]), withGpu([{ DiscreteResourceSpec: { Kind: 'SSD', Value: 3 } }])],
      services: [aService('a'), aService('b', {}, { Labels: { 'toque.autoscale.max': '5' } }), aService('c', {}, { Labels: { 'toque.autoscale': 'cpu=70' } })],
    })).toEqual({ servers: 4, services: 3, gpuServers: 2, autoscaled: 2 })
  })
})

test.each([
  [{ people: 3, gpu: 'some' }, undefined], [{ people: undefined }, undefined], [{ people: 0 }, /whole number from 1/], [{ servers: 2.5 }, /whole number/], [{ services: '9' }, /whole number/], [{ users: 1e12 }, /whole number/],
  [{ gpu: 'many' }, /"many" is no answer about gpu: it is one of none, some, pools/], [{ colour: 'red' }, /Nobody asked for "colour"/], [null, /must be an object/],
])('answers %j', (answers, problem) => {
  if (problem === undefined) expect(checkAnswers(answers)).toEqual(JSON.parse(JSON.stringify(answers)))
  else expect(() => checkAnswers(answers)).toThrow(problem)
})

test('what fits, and whether the present cluster still does', async () => {
  const guide = new GuideService(() => Promise.resolve({ mode: 'swarm', facts: { ...NOTHING, servers: 8, services: 5 } }))
  expect((await guide.recommend({ people: 2, servers: 2 })).mode).toBe('swarm')
  const { mode, answers, outgrown } = await guide.present({})
  expect([mode, answers.servers, outgrown.to, outgrown.signs.map(({ criterion }) => criterion), outgrown.near.map(({ key }) => key)]).toEqual(['swarm', 8, 'toque', ['servers'], ['which_near_services']])
  await expect(guide.recommend({ people: -1 } as Partial<Needs>)).rejects.toThrow(/whole number/)
  await expect(guide.present({ gpu: 'x' as never })).rejects.toThrow(/no answer/)
})
