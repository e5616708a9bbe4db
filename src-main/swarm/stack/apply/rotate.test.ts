import { expect, test } from 'vitest'
import { Contents } from '../../docker/contents.ts'
import type { LiveFile, LiveSwarm } from '../live-stack.ts'
import { VERSION_OF } from '../live-stack.ts'
import { decideRotation } from './rotate.ts'

const file = (Name: string, more: Record<string, string> = {}): LiveFile => ({ id: Name, version: 1, spec: { Name, Labels: more }, createdAt: '2026-01-01T00:00:00Z', contents: undefined })
const swarm = (...secrets: LiveFile[]): LiveSwarm => ({ services: [], networks: [], secrets, configs: [] })
const told = (swarmNow: LiveSwarm, contents: Contents | undefined, live: LiveFile | undefined): unknown[] => {
  const { changes, problems } = decideRotation({ kind: 'secret', name: 'key', contents }, swarmNow, { spec: live?.spec ?? { Name: 'key_1' }, live })
  return [changes.map(({ action }) => action), problems.map(({ severity, message }) => `${severity} ${message}`)]
}

test('the content that is there already is no rotation, and that is said', () => {
  const only = file('key')
  expect(told(swarm(only), new Contents('same'), only)).toEqual([['unchanged'], ['warning key holds exactly this already: there is nothing to rotate.']])
})

test('another content is one; so is the rest of one that stopped, with its content or without', () => {
  const [first, second] = [file('key'), file('key_1', { [VERSION_OF]: 'key' })]
  expect(told(swarm(first), new Contents('other'), undefined)).toEqual([['create', 'delete'], []])
  expect(told(swarm(first, second), new Contents('same'), second)).toEqual([['unchanged', 'delete'], []])
  expect(told(swarm(first, second), undefined, second)).toEqual([['unchanged', 'delete'], []])
})
