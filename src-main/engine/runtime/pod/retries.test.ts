import { expect, test } from 'vitest'
import { freshMemory } from './pod-view.ts'
import type { PodMemory, Trouble } from './pod-view.ts'
import { retryOnRoom, retryOnSources } from './retries.ts'

const trouble = (reason: string, message = 'why', retryAt = 5): Trouble => ({ reason, message, retryAt, attempts: 1 })
const FULL = 'The node\'s disk is full (write /var/lib/docker/tmp/x: no space left on device)'

function memory(more: Partial<PodMemory>, container?: Trouble): PodMemory {
  const containers = new Map([['web', { ...freshMemory(), trouble: container }]])
  return { address: undefined, filesIn: undefined, sandboxTrouble: undefined, filesTrouble: undefined, initialized: false, failed: undefined, containers, ...more }
}

const waits = ({ filesTrouble, sandboxTrouble, containers }: PodMemory): boolean => [filesTrouble, sandboxTrouble, containers.get('web')?.trouble].some((t) => t !== undefined)

test.each<[string, PodMemory, { sources: boolean; room: boolean }]>([
  ['missing files', memory({ filesTrouble: trouble('FailedMount') }), { sources: false, room: true }],
  ['a volume that is not supported at all', memory({ filesTrouble: trouble('FailedMount', 'why', Infinity) }), { sources: true, room: true }],
  ['data that is not there', memory({ sandboxTrouble: trouble('FailedMount') }), { sources: false, room: true }],
  ['a sandbox that cannot be made', memory({ sandboxTrouble: trouble('FailedCreatePodSandBox') }), { sources: true, room: true }],
  ['a sandbox without room', memory({ sandboxTrouble: trouble('FailedCreatePodSandBox', FULL) }), { sources: true, room: false }],
  ['a secret that is missing', memory({}, trouble('CreateContainerConfigError')), { sources: false, room: true }],
  ['a registry that refuses', memory({}, trouble('ErrImagePull')), { sources: false, room: true }],
  ['an image without room', memory({}, trouble('RunContainerError', FULL)), { sources: true, room: false }],
])('%s: still waits after a source changed, after room was made', (_, remembered, { sources, room }) => {
  const other = structuredClone(remembered)
  retryOnSources(remembered)
  retryOnRoom(other)
  expect({ sources: waits(remembered), room: waits(other) }).toEqual({ sources, room })
})
