import { describe, expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import { DockerUnreachableError } from '../../hosts/host.ts'
import type { SwarmApi } from '../docker/swarm-api.ts'
import { aService } from '../testing/objects.ts'
import { changeService } from './change-service.ts'
import { withReplicas, withRestart } from './service-edits.ts'

const ref = { apiVersion: 'swarm', kind: 'Service', namespace: 'default', name: 'web' }
const refusal = (message: string, statusCode = 500): Error => Object.assign(new Error(`(HTTP code ${String(statusCode)}) server error - rpc error: code = Unknown desc = ${message}`), { statusCode })

/** A manager that answers the writes with these refusals first. */
function manager(...refusals: Error[]): { access: { api: SwarmApi; clock: FakeClock }; writes: number[] } {
  const writes: number[] = []
  let version = 10
  const api = {
    service: () => Promise.resolve(aService('web', { Version: { Index: version++ } })),
    updateService: (_id: string, index: number) => {
      writes.push(index)
      const next = refusals.shift()
      return next === undefined ? Promise.resolve() : Promise.reject(next)
    },
  } as unknown as SwarmApi
  return { access: { api, clock: new FakeClock() }, writes }
}

describe('a change of a service', () => {
  test('that comes too late is made again on what is there now', async () => {
    const { access, writes } = manager(refusal('update out of sequence'), refusal('update out of sequence'))
    await changeService(access, ref, (service) => withReplicas(service, 3))
    expect(writes).toEqual([10, 11, 12])
  })

  test('that always comes too late ends with a Conflict', async () => {
    const { access, writes } = manager(...Array.from({ length: 20 }, () => refusal('update out of sequence')))
    await expect(changeService(access, ref, (service) => withReplicas(service, 3))).rejects.toMatchObject({ reason: 'Conflict' })
    expect(writes).toHaveLength(8)
  })

  test('waits for a new leader', async () => {
    const { access, writes } = manager(refusal('The swarm does not have a leader.'), refusal('raft: failed to process the request: node lost leader status'))
    const change = changeService(access, ref, (service) => withReplicas(service, 3))
    await access.clock.advance(600)
    await change
    expect(writes).toHaveLength(3)
  })

  test('waits while the managers do not agree, and asks again whatever it only asked for', async () => {
    const { access, writes } = manager(refusal('context deadline exceeded'))
    let asked = 0
    const busy = { ...access, api: { ...access.api, service: () => (asked++ === 0 ? Promise.reject(refusal('context deadline exceeded')) : access.api.service('web')) } as unknown as SwarmApi }
    const change = changeService(busy, ref, (service) => withReplicas(service, 3))
    await access.clock.advance(600)
    await change
    expect([asked, writes.length]).toEqual([3, 2])
    const once = manager(refusal('context deadline exceeded'))
    await expect(changeService(once.access, ref, withRestart, { once: true })).rejects.toThrow('context deadline exceeded')
    expect(once.writes).toHaveLength(1)
  })

  test('gives up on a leader after 10 s', async () => {
    const { access } = manager(...Array.from({ length: 60 }, () => refusal('The swarm does not have a leader.')))
    const change = expect(changeService(access, ref, (service) => withReplicas(service, 3))).rejects.toThrow(/does not have a leader/)
    await access.clock.advance(11_000)
    await change
  })

  test('that may have been made already, and would be another one if made twice, is not repeated', async () => {
    const { access, writes } = manager(refusal('raft: failed to process the request: node lost leader status'))
    await expect(changeService(access, ref, withRestart, { once: true })).rejects.toThrow(/lost leader/)
    expect(writes).toHaveLength(1)
  })

  test('Docker\'s own words come without those of the layers below; what is wrong with the request is a BadRequest', async () => {
    const { access } = manager(refusal('rpc error: code = InvalidArgument desc = invalid memory value 1048576: Must be at least 4MiB'.replace('rpc error: ', ''), 400))
    await expect(changeService(access, ref, withRestart)).rejects.toMatchObject({ reason: 'BadRequest', message: expect.stringMatching(/Must be at least 4MiB$/) as string })
  })

  test('a service that is gone, a manager that is gone, another kind', async () => {
    const { access } = manager()
    const failing = (error: Error): typeof access => ({ ...access, api: { service: () => Promise.reject(error) } as unknown as SwarmApi })
    await expect(changeService(failing(refusal('service web not found', 404)), ref, withRestart)).rejects.toMatchObject({ reason: 'NotFound', message: 'Service "web" is not there (any more).' })
    await expect(changeService(failing(new DockerUnreachableError('Docker is not running.')), ref, withRestart)).rejects.toMatchObject({ reason: 'ServiceUnavailable', message: 'Docker is not running.' })
    await expect(changeService(access, { ...ref, kind: 'Task' }, withRestart)).rejects.toThrow(/A Task cannot be changed/)
  })
})
