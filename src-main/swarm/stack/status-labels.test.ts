import { expect, test } from 'vitest'
import { CANARY_OF, LAST_RUN } from '../extras/labels.ts'
import { decideStack } from './apply/decide.ts'
import type { LiveSwarm } from './live-stack.ts'
import { readBack } from './read-back/read-back.ts'
import { readStack } from './testing/fixtures.ts'

const text = (command: string): string => `services: {backup: {image: busybox, command: [${command}], deploy: {replicas: 0, labels: {toque.schedule: "0 3 * * *"}}}}\n`
const stack = (command: string): ReturnType<typeof readStack>['stack'] => readStack(text(command), 's').stack
const ran = '2026-01-01T03:00:00Z'

/** A swarm in which the service has run by its schedule. */
function swarm(): LiveSwarm {
  const { services, networks } = stack('one')
  return {
    services: services.map((spec) => ({ id: 's1', version: 1, state: undefined, spec: { ...spec, Labels: { ...spec.Labels, [LAST_RUN]: ran } } })),
    networks: networks.map((spec) => ({ id: 'n1', spec, scope: 'swarm' })), secrets: [], configs: [],
  }
}

test('what Toque noted on a service is no part of its file', () => {
  const { text: file, lost, model } = readBack(swarm(), 's')
  expect(file).not.toContain('toque.status')
  expect(lost).toEqual([])
  expect(model.services['backup']?.deploy?.labels).toEqual({ 'toque.schedule': '0 3 * * *' })
})

test('a canary that is beside a service is no part of the file, is not missing there', () => {
  const live = swarm()
  const [backup] = live.services
  if (backup === undefined) throw new Error('no service')
  const both = { ...live, services: [...live.services, { ...backup, id: 's2', spec: { ...backup.spec, Name: 's_backup-canary', Labels: { ...backup.spec.Labels, [CANARY_OF]: 's1' } } }] }
  expect(readBack(both, 's').text).toBe(readBack(live, 's').text)
  const { steps, problems } = decideStack(stack('one'), both, [], new Map(), { resolveImage: 'never', prune: true })
  expect([steps, problems]).toEqual([[], []])
})

test('deployed again the service is left in peace, and one that is changed keeps its notes', () => {
  const decide = (command: string): ReturnType<typeof decideStack>['steps'] => decideStack(stack(command), swarm(), [], new Map(), { resolveImage: 'never' }).steps
  expect(decide('one')).toEqual([])
  expect(decide('two')).toMatchObject([{ do: 'update service', spec: { Labels: { 'toque.schedule': '0 3 * * *', [LAST_RUN]: ran } } }])
})
