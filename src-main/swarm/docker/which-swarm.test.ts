import { expect, test } from 'vitest'
import { managersToAsk } from './which-swarm.ts'
import type { OwnPlace } from './which-swarm.ts'

type Server = [name: string, place: OwnPlace | undefined]
const manager = (name: string, cluster: string, ...others: string[]): Server => [name, { NodeID: name, ControlAvailable: true, Cluster: { ID: cluster }, RemoteManagers: [name, ...others].map((NodeID) => ({ NodeID })) }]
const worker = (name: string, ...managers: string[]): Server => [name, { NodeID: name, ControlAvailable: false, RemoteManagers: managers.map((NodeID) => ({ NodeID })) }]
const silent: Server = ['x', undefined]

test.each([
  ['nobody', [silent, worker('a', 'm')], undefined, []],
  ['one swarm, in the order of the list', [manager('a', '1', 'b'), manager('b', '1', 'a')], undefined, ['a', 'b']],
  ['of two swarms the one that most are in, whoever is first', [manager('a', '2'), manager('b', '1'), worker('c', 'b')], undefined, ['b']],
  ['of two as large the first', [manager('a', '2'), manager('b', '1')], undefined, ['a']],
  ['the known one, though another has become larger', [manager('a', '2'), manager('b', '1'), worker('c', 'a')], '1', ['b']],
  ['another one when the known one is over', [silent, manager('b', '1')], '9', ['b']],
  ['not another one while one that knows nothing may be of the known one', [manager('a', ''), manager('b', '2')], '1', ['a']],
  ['one without a majority comes last', [manager('a', ''), manager('b', '1')], undefined, ['b', 'a']],
] satisfies [string, Server[], string | undefined, string[]][])('%s', (_, servers, known, asked) => {
  expect(managersToAsk<Server>(servers, ([, place]) => place, known).map(([name]) => name)).toEqual(asked)
})
