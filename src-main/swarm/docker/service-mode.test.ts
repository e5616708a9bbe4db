import { expect, test } from 'vitest'
import { aService } from '../testing/objects.ts'
import { withForcedUpdate, withReplicas, withTask } from './edit-spec.ts'
import { isJob, modeOf, replicasOf } from './service-mode.ts'
import type { ServiceMode } from './specs.ts'

test.each<[ServiceMode | undefined, ReturnType<typeof modeOf>, boolean, number]>([
  [undefined, 'replicated', false, 1], [{}, 'replicated', false, 1], [{ Replicated: {} }, 'replicated', false, 1], [{ Replicated: { Replicas: 0 } }, 'replicated', false, 0], [{ Global: {} }, 'global', false, 1],
  [{ ReplicatedJob: { TotalCompletions: 3 } }, 'replicated-job', true, 1], [{ GlobalJob: {} }, 'global-job', true, 1],
])('%j is %s', (Mode, mode, job, replicas) => {
  const { Mode: _, ...spec } = aService('web').Spec
  const service = { Spec: { ...spec, ...(Mode === undefined ? {} : { Mode }) } }
  expect([modeOf(service), isJob(service), replicasOf(service)]).toEqual([mode, job, replicas])
})

test('an edit changes what it says, and keeps what nobody here knows of', () => {
  const spec = { ...aService('web').Spec, Unknown: { deep: [1] } }
  expect(withReplicas(spec, 5)).toEqual({ ...spec, Mode: { Replicated: { Replicas: 5 } } })
  expect(withForcedUpdate(withForcedUpdate(spec)).TaskTemplate).toEqual({ ...spec.TaskTemplate, ForceUpdate: 2 })
  expect(withTask(spec, { Placement: { Constraints: ['node.id==a'] } })).toEqual({ ...spec, TaskTemplate: { ...spec.TaskTemplate, Placement: { Constraints: ['node.id==a'] } } })
})
