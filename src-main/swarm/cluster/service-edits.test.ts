import { describe, expect, test } from 'vitest'
import { aService } from '../testing/objects.ts'
import { checkedImage, registryAuth, registryOf, withImage, withReplicas, withRestart } from './service-edits.ts'

const DIGEST = `sha256:${'a'.repeat(64)}`
const resolved = { digest: DIGEST, platforms: [{ OS: 'linux', Architecture: 'amd64' }] }

test('an edit keeps every field that it does not know', () => {
  const service = aService('web', {}, { Mode: { Replicated: { Replicas: 2 } }, ...{ Unknown: { deep: [1] } } })
  const before = structuredClone(service.Spec)
  expect(withReplicas(service, 5)).toEqual({ ...before, Mode: { Replicated: { Replicas: 5 } } })
  expect(withRestart(service)).toEqual({ ...before, TaskTemplate: { ...before.TaskTemplate, ForceUpdate: 1 } })
  expect(service.Spec).toEqual(before)
})

describe('replicas', () => {
  test.each([-1, 1.5, Number.NaN])('%s is none', (count) => expect(() => withReplicas(aService('web'), count)).toThrow(/whole number, 0 or more/))
  test('a global service has none', () => expect(() => withReplicas(aService('agent', {}, { Mode: { Global: {} } }), 2)).toThrow(/one task on each server/))
})

describe('image', () => {
  const web = aService('shop_web', {}, { Labels: { 'com.docker.stack.namespace': 'shop' }, TaskTemplate: { ContainerSpec: { Image: 'nginx:1' }, Placement: { Constraints: ['node.role==worker'], Platforms: [{ OS: 'linux', Architecture: 'arm64' }] } } })

  test('is pinned to what the registry says, and only for its platforms', () => {
    const { TaskTemplate } = withImage(web, 'web', ' nginx ', resolved)
    expect(TaskTemplate.ContainerSpec?.Image).toBe(`nginx:latest@${DIGEST}`)
    expect(TaskTemplate.Placement).toEqual({ Constraints: ['node.role==worker'], Platforms: [{ OS: 'linux', Architecture: 'amd64' }] })
  })

  test('where the registry is not reached it stays as written, and the platforms of the old one do not', () => {
    const { TaskTemplate } = withImage(web, 'web', 'localhost:5000/team/app', undefined)
    expect(TaskTemplate.ContainerSpec?.Image).toBe('localhost:5000/team/app')
    expect(TaskTemplate.Placement?.Platforms).toBeUndefined()
  })

  test('with a digest it is what it is', () => expect(withImage(web, 'web', `nginx@${DIGEST}`, resolved).TaskTemplate.ContainerSpec?.Image).toBe(`nginx@${DIGEST}`))
  test('another container is none', () => expect(() => withImage(web, 'app', 'nginx', undefined)).toThrow(/has no container "app".*"web"/))

  test.each(['nginx', 'nginx:1.27', 'ghcr.io/team/app:v1', 'localhost:5000/a/b', `nginx@${DIGEST}`, 'a__b/c--d'])('%s is a name', (name) => expect(checkedImage(name)).toBe(name))
  test.each(['', 'a b', 'Nginx', 'nginx:', ':1', 'nginx@sha256:12', 'http://nginx'])('"%s" is not', (name) => expect(() => checkedImage(name)).toThrow(/is not an image name/))
})

test.each([
  ['nginx', 'docker.io'], ['team/app:1', 'docker.io'], ['ghcr.io/team/app', 'ghcr.io'], ['localhost/app', 'localhost'], [`10.0.0.1:5000/a:1@${DIGEST}`, '10.0.0.1:5000'],
])('%s is pulled from %s', (image, registry) => expect(registryOf(image)).toBe(registry))

test('a login names its registry as images do', () => {
  expect(registryAuth({ server: 'https://ghcr.io/', username: ' me ', password: 'x' })).toEqual({ registry: 'ghcr.io', auth: { username: 'me', password: 'x', serveraddress: 'ghcr.io' } })
  expect(registryAuth({ server: '', username: 'me', password: 'x' }).registry).toBe('docker.io')
  expect(() => registryAuth({ server: 'a b', username: 'me', password: 'x' })).toThrow(/no registry's address/)
  expect(() => registryAuth({ server: '', username: ' ', password: 'x' })).toThrow(/which user/)
  expect(() => registryAuth({ server: '', username: 'me', password: '' })).toThrow(/password/)
})
