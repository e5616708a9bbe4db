import { describe, expect, test } from 'vitest'
import type { Endpoint } from '../../common/kube/generated/discovery-v1.ts'
import { serviceModel } from './service-model.ts'
import { deadFlows, staleFlows, unansweredFlows } from './stale-flows.ts'
import { endpoint, service, slice } from './testing/objects.ts'

const A = endpoint('10.244.0.2')
const B = endpoint('10.244.0.3')
const models = (endpoints: Endpoint[]) => serviceModel({ services: [service('web', '10.96.0.5')], slices: [slice('web', endpoints)], nodeName: 'node-1', endingPods: new Set(), avoidedNodes: new Set() })

describe('staleFlows', () => {
  const dns = { ports: [{ name: 'http', port: 53, protocol: 'UDP', nodePort: 30053 }] }
  const udp = (endpoints: Endpoint[]) => serviceModel({ services: [service('dns', '10.96.0.10', dns)], slices: [slice('dns', endpoints, [{ name: 'http', port: 53, protocol: 'UDP' }])], nodeName: 'node-1', endingPods: new Set(), avoidedNodes: new Set() })
  test.each([
    ['a UDP backend that left', udp([A, B]), udp([B]), ['-p udp --orig-dst 10.96.0.10 --orig-port-dst 53 --dst-nat 10.244.0.2', '-p udp --orig-port-dst 30053 --dst-nat 10.244.0.2']],
    ['a UDP Service that is gone', udp([A]), [], ['-p udp --orig-dst 10.96.0.10 --orig-port-dst 53 --dst-nat 10.244.0.2', '-p udp --orig-port-dst 30053 --dst-nat 10.244.0.2']],
    ['a UDP backend that came', udp([A]), udp([A, B]), []],
    ['TCP never: an ending pod finishes what it began', models([A, B]), models([B]), []],
  ])('%s', (_, before, after, lines) => expect(staleFlows(before, after)).toEqual(lines))
})

test('connections to servers that fell silent are forgotten where nobody answered them, once', () => {
  const on = (ip: string, nodeName: string): Endpoint => endpoint(ip, { nodeName })
  const slices = [slice('web', [on('10.244.1.2', 'a'), on('10.244.2.2', 'b'), on('10.244.2.3', 'b')])]
  const lines = ['-p tcp --state SYN_SENT --dst-nat 10.244.2.2', '-p tcp --state SYN_SENT --dst-nat 10.244.2.3']
  expect(unansweredFlows(slices, new Set(['b']), new Set())).toEqual(lines)
  expect(unansweredFlows(slices, new Set(['b']), new Set(['b']))).toEqual([])
  expect(unansweredFlows(slices, new Set(), new Set())).toEqual([])
})

test('what is sent to pods that are gone is forgotten; other addresses are none of our business', () => {
  const live = new Set(['10.244.0.2', '10.244.1.9'])
  const node = { clusterCidr: '10.244.0.0/16', gateway: '10.244.0.1' }
  expect(deadFlows(['10.244.0.1', '10.244.0.2', '10.244.1.8', '10.244.1.9', '172.17.0.2', '10.88.0.12'], live, node)).toEqual(['-p tcp --dst-nat 10.244.1.8', '-p udp --dst-nat 10.244.1.8'])
  expect(deadFlows([], new Set(), node)).toEqual([])
})
