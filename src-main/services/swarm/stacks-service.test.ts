import { expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import { EMPTY_PICTURE } from '../../swarm/state/picture.ts'
import type { SwarmPicture } from '../../swarm/state/picture.ts'
import type { SwarmState } from '../../swarm/state/swarm-state.ts'
import { aService } from '../../swarm/testing/objects.ts'
import { ComposeStacks } from './stack-texts.ts'
import { StacksService } from './stacks-service.ts'

const secret = { ID: 'key', Version: { Index: 1 }, CreatedAt: '2026-01-01T00:00:00Z', UpdatedAt: '', Spec: { Name: 'key', Labels: {} } }
const uses = (name: string): ReturnType<typeof aService> => aService(name, {}, { TaskTemplate: { ContainerSpec: { Image: 'nginx', Secrets: [{ SecretID: 'key', SecretName: 'key', File: { Name: 'key', UID: '0', GID: '0', Mode: 0o444 } }] }, Networks: [{ Target: 'net' }] } })

/** On a picture; whatever would be asked of a manager fails the test. */
function service(picture: Partial<SwarmPicture>): StacksService {
  const state = {
    synced: Promise.resolve(), now: { ...EMPTY_PICTURE, ...picture }, onChange: () => () => undefined, looked: () => Promise.resolve(),
    get managerHost() { throw new Error('a manager was asked') },
  } as unknown as SwarmState
  return new StacksService(state, new ComposeStacks(state, { for: () => undefined }, new FakeClock()), new FakeClock())
}

test('what is in use is not removed, and who uses it is named', async () => {
  const one = service({ services: [uses('web')], secrets: [secret], networks: [{ Id: 'net', Name: 'back', Created: '', Scope: 'swarm', Driver: 'overlay' }, { Id: 'in', Name: 'ingress', Created: '', Scope: 'swarm', Driver: 'overlay', Ingress: true }] })
  await expect(one.removeFile({ kind: 'secret', name: 'key' })).rejects.toThrow('The secret key cannot be removed: web uses it. Take it out of there first.')
  await expect(one.removeNetwork('back')).rejects.toThrow('The network back cannot be removed: web is on it.')
  await expect(one.removeNetwork('ingress')).rejects.toThrow("ingress is Swarm's own network")
  await expect(service({ services: [uses('web'), uses('api')], secrets: [secret] }).removeFile({ kind: 'secret', name: 'key' })).rejects.toThrow('web, api use it')
  await expect(one.removeFile({ kind: 'config', name: 'key' })).rejects.toMatchObject({ reason: 'NotFound', message: 'There is no config key (any more).' })
  await expect(one.removeNetwork('gone')).rejects.toThrow('There is no network gone')
})

test('what cannot be is refused before a manager is asked', async () => {
  const one = service({})
  await expect(one.createFile({ kind: 'secret', name: 'a b', content: 'x' })).rejects.toThrow('"a b" cannot be the name of a secret')
  await expect(one.createFile({ kind: 'config', name: 'c', content: '' })).rejects.toThrow('would be empty')
  await expect(one.createFile({ kind: 'secret', name: 's', content: 'x'.repeat(500 * 1024) })).rejects.toThrow('Swarm takes less than')
  await expect(one.createNetwork({ name: ' ', attachable: true, encrypted: false, internal: false })).rejects.toThrow('cannot be the name of a network')
  await expect(one.removalPlan('')).rejects.toThrow('removed one by one')
  expect(await one.plan({ text: 'services: {' })).toMatchObject({ changes: [], problems: [{ severity: 'error', line: 1 }] })
})

test('a name that is taken is told with what to do', async () => {
  const manager = { listSecrets: () => Promise.resolve([secret]) }
  const state = { synced: Promise.resolve(), now: EMPTY_PICTURE, onChange: () => () => undefined, looked: () => Promise.resolve(), managerHost: { docker: manager } } as unknown as SwarmState
  const one = new StacksService(state, new ComposeStacks(state, { for: () => undefined }, new FakeClock()), new FakeClock())
  await expect(one.createFile({ kind: 'secret', name: 'key', content: 'x' })).rejects.toMatchObject({ reason: 'AlreadyExists', message: 'There is a secret key already: choose another name, or rotate that one to give it another content.' })
})

test('a stack that is gone ends its watch', async () => {
  const [first] = [service({ services: [uses('web')] }).watchStack('nothing')]
  await expect((async () => { for await (const _ of first) return })()).rejects.toMatchObject({ reason: 'NotFound' })
})
