import { expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import type { Pod } from '../../common/kube/generated/core-v1.ts'
import { Advisor } from './advice.ts'
import { MetricHistory } from './history.ts'

const WEB = { kind: 'Deployment', namespace: 'shop', name: 'web' }

test('advice is made of the records of all pods of a workload, also of those that ended', () => {
  const clock = new FakeClock()
  const begin = clock.now() - 3_600_000
  const history = new MetricHistory()
  // Half an hour of one pod, then half an hour of two others that use as much together; a sidecar for five minutes only.
  const take = (uid: string, from: number, to: number, container: string, cpuMilli: number): void => {
    for (let s = from; s < to; s += 5) history.take({ metadata: { uid, name: uid } } as Pod, WEB, { [container]: { time: begin + s * 1000, windowMs: 5000, cpuMilli, memoryBytes: 50 * 2 ** 20 } })
  }
  take('a', 0, 1800, 'app', 400)
  history.ended('a', begin + 1_800_000)
  take('b', 1800, 3600, 'app', 200)
  take('c', 1800, 3600, 'app', 200)
  take('c', 3300, 3600, 'side', 5)
  const advisor = new Advisor({ recorded: (workload) => history.of(workload) }, clock)
  const advice = advisor.requests(WEB)
  expect(Object.keys(advice)).toEqual(['app'])
  expect(advice['app']).toMatchObject({ cpuMilli: { target: 460 }, memoryBytes: { target: 58 * 2 ** 20 } })
  expect(advisor.requests({ ...WEB, name: 'other' })).toEqual({})

  const spec = { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 9, metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } }] }
  const pod = { containers: [{ name: 'app', resources: { requests: { cpu: '200m' } } }, { name: 'side', resources: { requests: { cpu: '10m' } } }] }
  const { steps, most } = advisor.tryOut(WEB, spec, pod, 1, 'hour')
  // 400 of 4 x 210.
  expect([most, steps.at(-1)?.replicas, steps[0]?.utilization]).toEqual([4, 4, 190])
  expect(steps.length).toBeGreaterThan(230)
})
