import { expect, test } from 'vitest'
import { FakeClock } from '../../common/fake-clock.ts'
import type { SwarmApi } from '../docker/swarm-api.ts'
import { aService } from '../testing/objects.ts'
import type { RegistryLogins } from './registry-logins.ts'
import { ServiceActions } from './service-actions.ts'

const app = { apiVersion: 'swarm', kind: 'Service', namespace: 'default', name: 'web' }

/** What is said of another image for a service with these labels, where the registry knows the image. */
async function problemsOf(labels: Record<string, string>): Promise<string[]> {
  const api = {
    service: () => Promise.resolve(aService('web', {}, { Labels: labels })),
    distribution: () => Promise.resolve({ Descriptor: { digest: `sha256:${'a'.repeat(64)}` }, Platforms: [] }),
  } as unknown as SwarmApi
  const actions = new ServiceActions({ api, clock: new FakeClock() }, { for: () => undefined } as unknown as RegistryLogins)
  const { changes, problems } = await actions.preview({ type: 'setImage', app, container: 'web', image: 'nginx:2' })
  expect(changes).toHaveLength(1)
  return problems.map(({ severity, message }) => `${severity}: ${message}`)
}

test('another image for a service with canary labels: it is said that it goes past them, and how it would not', async () => {
  expect(await problemsOf({ 'toque.canary.steps': '10%,50%' })).toEqual([
    'warning: web has canary labels, and this goes past them: its tasks are updated as its update settings say. To try the image by steps first, edit the service and set the label toque.canary.image to nginx:2.',
  ])
  expect(await problemsOf({ 'toque.alert.tasks': '5m' })).toEqual([])
})
