import { beforeEach, describe, expect, test } from 'vitest'
import { ServiceWriter, withForcedUpdate, withReplicas } from './change-service.ts'
import { replicasOf } from './service-state.ts'
import { FakeSwarm } from './testing/fake-swarm.ts'
import { NOW, service } from './testing/make.ts'

let swarm: FakeSwarm
let writer: ServiceWriter

beforeEach(() => {
  swarm = new FakeSwarm(() => NOW)
  swarm.services = [service('web', { mine: 'yes' })]
  writer = new ServiceWriter(() => swarm.docker)
})

describe('a service is written', () => {
  test('upon what somebody else wrote in between, which stays', async () => {
    swarm.beforeWrite = () => swarm.edit('web', (spec) => ({ ...spec, Labels: { ...spec.Labels, theirs: 'too' } }))
    expect(await writer.change('web-id', ({ Spec }) => withReplicas(Spec, 7))).toBe(true)
    expect(swarm.get('web').Spec).toMatchObject({ Labels: { mine: 'yes', theirs: 'too' }, Mode: { Replicated: { Replicas: 7 } } })
  })

  test('not when what they wrote leaves nothing to do', async () => {
    swarm.beforeWrite = () => swarm.edit('web', (spec) => withReplicas(spec, 5))
    expect(await writer.change('web-id', (fresh) => (replicasOf(fresh) === 3 ? withReplicas(fresh.Spec, 7) : undefined))).toBe(false)
    expect([replicasOf(swarm.get('web')), swarm.written]).toEqual([5, []])
  })

  test('not when it is gone; five times at most; and what Swarm refuses is told', async () => {
    expect(await writer.change('other-id', ({ Spec }) => Spec)).toBe(false)
    const fight = (): void => {
      swarm.edit('web', (spec) => spec)
      swarm.beforeWrite = fight
    }
    swarm.beforeWrite = () => undefined
    let tries = 0
    await expect(writer.change('web-id', ({ Spec }) => {
      tries++
      swarm.beforeWrite = fight
      return withForcedUpdate(Spec)
    })).rejects.toThrow('update out of sequence')
    expect([tries, swarm.written]).toEqual([5, []])
    swarm.beforeWrite = undefined
    swarm.refusal = 'rpc error: code = InvalidArgument desc = name must be valid'
    await expect(writer.change('web-id', ({ Spec }) => Spec)).rejects.toThrow('name must be valid')
  })

  test('and a picture from before is known as one', async () => {
    const before = swarm.get('web')
    expect(writer.isBehind(before)).toBe(false)
    await writer.change('web-id', ({ Spec }) => withForcedUpdate(Spec))
    expect([writer.isBehind(before), writer.isBehind(swarm.get('web')), swarm.get('web').Spec.TaskTemplate.ForceUpdate]).toEqual([true, false, 1])
  })
})
