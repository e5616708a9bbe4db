import { describe, expect, test } from 'vitest'
import type { Service } from '../../common/kube/generated/core-v1.ts'
import type { Draft } from '../../common/kube/object.ts'
import type { ServiceSpec } from '../../swarm/docker/specs.ts'
import { freedService, freedWorkload, HELD, heldService, heldWorkload } from './hold.ts'
import type { Workload } from './hold.ts'
import { published, publishes, UNPUBLISHED, unpublished } from './publish.ts'

const swarm = (rest: Partial<ServiceSpec>): ServiceSpec => ({ Name: 'shop_web', Labels: { mine: '1' }, TaskTemplate: { ContainerSpec: { Image: 'nginx' } }, ...rest })

describe('a service of Swarm', () => {
  test.each<[string, ServiceSpec]>([
    ['replicated', swarm({ Mode: { Replicated: { Replicas: 3 } } })],
    ['by a schedule, from 0', swarm({ Mode: { Replicated: { Replicas: 0 } }, Labels: { 'toque.schedule': '0 3 * * *' } })],
    ['global', swarm({ Mode: { Global: {} }, TaskTemplate: { Placement: { Constraints: ['node.role==worker'] } } })],
  ])('%s: at rest it has no tasks, and is afterwards what it was', (_, spec) => {
    const held = heldService(spec)
    expect(heldService(held)).toEqual(held)
    expect(held.Mode?.Global !== undefined ? held.TaskTemplate.Placement?.Constraints?.length : held.Mode?.Replicated?.Replicas).toBe(held.Mode?.Global !== undefined ? 2 : 0)
    expect(held.Labels?.['toque.schedule']).toBeUndefined()
    expect(freedService(held)).toEqual(spec)
    expect(freedService(spec)).toBe(spec)
  })

  test('the template of a replicated one is not touched, so that nothing is started again', () => {
    const spec = swarm({ Mode: { Replicated: { Replicas: 3 } } })
    expect(heldService(spec).TaskTemplate).toBe(spec.TaskTemplate)
  })

  test('a note that somebody has spoilt costs the number only', () => {
    expect(freedService(swarm({ Labels: { [HELD]: 'oops' }, Mode: { Replicated: { Replicas: 0 } } })).Mode?.Replicated?.Replicas).toBe(1)
  })
})

const workload = (kind: string, spec: Workload['spec']): Workload => ({ apiVersion: 'v1', kind, metadata: { name: 'web', annotations: { mine: '1' } }, spec: spec ?? {} })

describe('a workload', () => {
  test.each<[string, Workload]>([
    ['Deployment', workload('Deployment', { replicas: 3 })], ['StatefulSet', workload('StatefulSet', { replicas: 1 })],
    ['DaemonSet', workload('DaemonSet', { template: { spec: { containers: [], nodeSelector: { disk: 'ssd' } } } })], ['CronJob', workload('CronJob', { schedule: '* * * * *', suspend: false })],
  ])('%s: at rest it has no pods, and is afterwards what it was', (_, object) => {
    const held = heldWorkload(object)
    expect(heldWorkload(held)).toEqual(held)
    expect([held.spec?.replicas === 0, held.spec?.suspend === true, held.spec?.template?.spec?.nodeSelector?.[HELD] !== undefined].filter(Boolean)).toHaveLength(1)
    expect(freedWorkload(held)).toEqual(object)
    expect(freedWorkload(object)).toBe(object)
  })
})

const service = (spec: Service['spec']): Draft<Service> => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web-published' }, spec: spec ?? {} })

describe('a published Service', () => {
  test.each<[string, Draft<Service>]>([
    ['by the servers\' addresses', service({ type: 'ClusterIP', externalIPs: ['192.0.2.1'], ports: [{ port: 8080, protocol: 'TCP' }] })],
    ['by node ports', service({ type: 'NodePort', ports: [{ name: 'a', port: 80, nodePort: 30080 }, { name: 'b', port: 80, protocol: 'UDP', nodePort: 30081 }] })],
    ['by a load balancer', service({ type: 'LoadBalancer', ports: [{ port: 443, nodePort: 30443 }] })],
  ])('%s: is taken off the nodes\' ports, and put back', (_, object) => {
    const off = unpublished(object)
    expect([off.spec?.type, off.spec?.externalIPs, off.spec?.ports?.some(({ nodePort }) => nodePort !== undefined)]).toEqual(['ClusterIP', undefined, false])
    expect(off.metadata.annotations?.[UNPUBLISHED]).toBeDefined()
    expect(publishes(off)).toBe(true)
    expect(unpublished(off)).toBe(off)
    expect(published(off)).toEqual(object)
  })

  test('one of the cluster alone is left alone', () => {
    const inner = service({ clusterIP: 'None', ports: [{ port: 80 }] })
    expect(publishes(inner)).toBe(false)
    expect(unpublished(inner)).toBe(inner)
    expect(published(inner)).toBe(inner)
  })
})
