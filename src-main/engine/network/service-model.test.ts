import { describe, expect, test } from 'vitest'
import type { ServiceSpec } from '../../common/kube/generated/core-v1.ts'
import type { Endpoint } from '../../common/kube/generated/discovery-v1.ts'
import { servingAddresses, serviceModel } from './service-model.ts'
import { endpoint, service, slice } from './testing/objects.ts'

const A = '10.244.0.2'
const B = '10.244.0.3'
const away = { nodeName: 'node-2' }
const ending = { conditions: { ready: false, serving: true, terminating: true } }

function model(endpoints: Endpoint[], spec: ServiceSpec = {}, endingPods: string[] = [], avoidedNodes: string[] = []) {
  const models = serviceModel({ services: [service('web', '10.96.0.5', spec)], slices: [slice('web', endpoints)], nodeName: 'node-1', endingPods: new Set(endingPods), avoidedNodes: new Set(avoidedNodes) })
  const ips = (list: { ip: string }[] | undefined): string[] => (list ?? []).map((b) => b.ip)
  return { internal: ips(models[0]?.internal), external: ips(models[0]?.external), serving: [...servingAddresses(models)], models }
}

describe('who gets a Service\'s traffic', () => {
  test.each<[string, Endpoint[], ServiceSpec, string[], string[], string[]]>([
    // what, endpoints, spec, ending pods, internal, serving
    ['all that are ready', [endpoint(B), endpoint(A)], {}, [], [A, B], [A, B]],
    ['a missing ready condition counts as ready', [endpoint(A, { conditions: {} })], {}, [], [A], [A]],
    ['not the unready', [endpoint(A), endpoint(B, { conditions: { ready: false } })], {}, [], [A], [A]],
    ['not the ending, while others are ready', [endpoint(A), endpoint(B, ending)], {}, [], [A], [A]],
    ['not a pod being deleted, though its slice still says ready', [endpoint(A), endpoint(B)], {}, [`uid-${B}`], [A], [A]],
    ['the ending ones when nobody else is left, without counting as serving', [endpoint(A, ending), endpoint(B)], {}, [`uid-${B}`], [A, B], []],
    ['nobody, when the ending ones do not serve', [endpoint(A, { conditions: { ready: false, serving: false, terminating: true } })], {}, [], [], []],
    ['this node\'s only, where the internal policy says so', [endpoint(A), endpoint(B, away)], { internalTrafficPolicy: 'Local' }, [], [A], [A, B]],
    ['not the Service\'s own address, which would lead back to it', [endpoint('10.96.0.5'), endpoint(A)], {}, [], [A], [A]],
    ['nothing that is no address, nor the server\'s own loopback', [endpoint('x } ; y'), endpoint('127.0.0.1'), endpoint(A)], {}, [], [A], [A]],
    ['each address once, though two slices name it', [endpoint(A), endpoint(A)], {}, [], [A], [A]],
  ])('%s', (_, endpoints, spec, deleted, internal, serving) => {
    const got = model(endpoints, spec, deleted)
    expect(got.internal).toEqual(internal)
    expect(got.serving.sort()).toEqual(serving)
  })

  test('external policy Local keeps outside traffic on the node, inside traffic anywhere', () => {
    const got = model([endpoint(A), endpoint(B, away)], { externalTrafficPolicy: 'Local', type: 'NodePort' })
    expect(got).toMatchObject({ internal: [A, B], external: [A] })
  })

  test('a port goes to the slice port of its name and protocol', () => {
    const ports = [{ name: 'dns', port: 53, protocol: 'UDP' }, { name: 'dns-tcp', port: 53, protocol: 'TCP' }]
    const slices = [slice('dns', [endpoint(A)], [{ name: 'dns', port: 5353, protocol: 'UDP' }])]
    const models = serviceModel({ services: [service('dns', '10.96.0.10', { ports })], slices, nodeName: 'node-1', endingPods: new Set(), avoidedNodes: new Set() })
    expect(models.map((m) => [m.name, m.protocol, m.internal.map((b) => b.port)])).toEqual([['default/dns:dns', 'udp', [5353]], ['default/dns:dns-tcp', 'tcp', []]])
  })

  test.each([['headless', 'None', {}], ['without an address yet', '', {}], ['external', '', { type: 'ExternalName', externalName: 'x.org' }]])('a Service %s has no rules', (_, ip, spec) => {
    expect(serviceModel({ services: [service('web', ip, spec)], slices: [slice('web', [endpoint(A)])], nodeName: 'node-1', endingPods: new Set(), avoidedNodes: new Set() })).toEqual([])
  })
})
