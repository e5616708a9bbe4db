import { describe, expect, test } from 'vitest'
import type { Service } from '../../common/kube/generated/core-v1.ts'
import type { EndpointSlice } from '../../common/kube/generated/discovery-v1.ts'
import { dnsRecords } from './dns-records.ts'
import { endpoint, service, slice } from './testing/objects.ts'

const A = '10.244.0.2'
const records = (s: Service, slices: EndpointSlice[] = [], ending: string[] = [], avoided: string[] = []) =>
  dnsRecords({ services: [s], slices, nodeName: 'node-1', endingPods: new Set(ending), avoidedNodes: new Set(avoided) }, '10.244.0.1')

describe('dnsRecords', () => {
  test('a Service: its address, and SRV for a named port', () => {
    const { hosts, config } = records(service('web', '10.96.0.5'), [slice('web', [endpoint(A)])])
    expect(hosts).toBe('10.96.0.5 web.default.svc.cluster.local\n')
    expect(config).toContain('srv-host=_http._tcp.web.default.svc.cluster.local,web.default.svc.cluster.local,80,0,100\n')
  })

  test('a headless Service: each ready pod, by the Service\'s name and its own', () => {
    const slices = [slice('db', [endpoint(A, { hostname: 'db-0' }), endpoint('10.244.0.3'), endpoint('10.244.0.4', { conditions: { ready: false } }), endpoint('10.244.0.5')])]
    const { hosts, config } = records(service('db', 'None'), slices, ['uid-10.244.0.5'])
    expect(hosts.trim().split('\n')).toEqual([
      '10.244.0.2 db-0.db.default.svc.cluster.local db.default.svc.cluster.local',
      '10.244.0.3 10-244-0-3.db.default.svc.cluster.local db.default.svc.cluster.local',
    ])
    expect(config).toContain('srv-host=_http._tcp.db.default.svc.cluster.local,db-0.db.default.svc.cluster.local,8080,0,100\n')
  })

  test('what is no name or address in a stored slice does not get into the files', () => {
    const slices = [slice('db', [endpoint(A, { hostname: 'a\nserver=6.6.6.6' }), endpoint('10.0.0.1\n10.96.0.1 x')], [{ name: 'x\nserver=6.6.6.6', port: 1 }])]
    const { hosts, config } = records(service('db', 'None'), slices)
    expect(hosts).toBe('10.244.0.2 10-244-0-2.db.default.svc.cluster.local db.default.svc.cluster.local\n')
    expect(config).not.toContain('6.6.6.6')
  })

  describe('with servers that are avoided', () => {
    const pods = [slice('db', [endpoint('10.244.0.2'), endpoint('10.244.1.2', { nodeName: 'node-2' }), endpoint('10.244.2.2', { nodeName: 'node-3' })])]
    const left = (avoided: string[], spec = {}, slices = pods): string[] => {
      const { hosts, config } = records(service('db', 'None', spec), slices, [], avoided)
      expect(config.match(/^srv-host/gm) ?? []).toHaveLength(hosts.trim().split('\n').length)
      return hosts.trim().split('\n').map((line) => line.split(' ')[0] ?? '')
    }
    test.each<[string, string[], string[]]>([
      ['none', [], ['10.244.0.2', '10.244.1.2', '10.244.2.2']], ['one: its pods are left out', ['node-2'], ['10.244.0.2', '10.244.2.2']],
      ['also its own, which may have ended with it', ['node-1', 'node-2'], ['10.244.2.2']],
    ])('%s', (_, avoided, expected) => expect(left(avoided)).toEqual(expected))
    test('with nobody else, those: they may answer others', () => {
      expect(left(['node-2', 'node-3'], {}, [slice('db', [endpoint('10.244.1.2', { nodeName: 'node-2' }), endpoint('10.244.0.9', { conditions: { ready: false } })])])).toEqual(['10.244.1.2'])
    })
    test('publishNotReadyAddresses wants them all', () => expect(left(['node-2'], { publishNotReadyAddresses: true })).toHaveLength(3))
  })

  test('publishNotReadyAddresses publishes them', () => {
    const { hosts } = records(service('db', 'None', { publishNotReadyAddresses: true }), [slice('db', [endpoint(A, { conditions: { ready: false } })])])
    expect(hosts).toContain(A)
  })

  test('an external name is a CNAME; one that is no name cannot smuggle in a line', () => {
    expect(records(service('out', '', { type: 'ExternalName', externalName: 'example.org.' })).config).toContain('cname=out.default.svc.cluster.local,example.org\n')
    expect(records(service('out', '', { type: 'ExternalName', externalName: 'x\naddress=/#/6.6.6.6' })).config).not.toContain('6.6.6.6')
  })

  test('pods that come and go behind a cluster IP change nothing: dnsmasq is left alone', () => {
    const web = service('web', '10.96.0.5')
    expect(records(web, [slice('web', [endpoint(A)])])).toEqual(records(web, []))
  })
})
