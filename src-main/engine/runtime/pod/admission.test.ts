import { expect, test } from 'vitest'
import type { Node, Pod, PodSpec } from '../../../common/kube/generated/core-v1.ts'
import { refusal, statusMessage } from './admission.ts'

function podOf(spec: Partial<PodSpec> & Pick<PodSpec, 'containers'>): Pod {
  return { metadata: { name: 'a', uid: 'a', resourceVersion: '1', creationTimestamp: '' }, spec } as unknown as Pod
}
const NODE = { metadata: { name: 'n', labels: { disk: 'ssd' }, annotations: { 'toque.dev/allowed-unsafe-sysctls': 'kernel.msg*' } }, status: { allocatable: { cpu: '1', memory: '1Gi', pods: '2', 'example.com/dongle': '1' } } } as unknown as Node
const asking = (requests: Record<string, string>): Pod => podOf({ containers: [{ name: 'c', resources: { requests } }] })
const setting = (...names: string[]): Pod => podOf({ containers: [{ name: 'c' }], securityContext: { sysctls: names.map((name) => ({ name, value: '1' })) } })
const on = (hostPort: number, hostIP = ''): Pod => podOf({ containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort, hostIP }] }] })

test.each<[string, Pod, Pod[], string | undefined]>([
  ['with room', asking({ cpu: '500m' }), [asking({ cpu: '500m' })], undefined],
  ['more CPU than is free', asking({ cpu: '501m' }), [asking({ cpu: '500m' })], 'OutOfcpu'],
  ['more memory than there is', asking({ memory: '2Gi' }), [], 'OutOfmemory'],
  ['of a resource that is used up', asking({ 'example.com/dongle': '1' }), [asking({ 'example.com/dongle': '1' })], 'OutOfexample.com/dongle'],
  ['of a resource that the node does not speak of', asking({ 'example.com/other': '1' }), [], undefined],
  ['one too many', asking({}), [asking({}), asking({})], 'OutOfpods'],
  ['a port that is free', on(8080), [on(8081)], undefined],
  ['a port that is taken', on(8080), [on(8080)], 'NodePorts'],
  ['a port of another address', on(8080, '10.0.0.1'), [on(8080, '10.0.0.2')], undefined],
  ['a port of all addresses', on(8080, '10.0.0.1'), [on(8080, '0.0.0.0')], 'NodePorts'],
  ['a selector that matches', podOf({ containers: [{ name: 'c' }], nodeSelector: { disk: 'ssd' } }), [], undefined],
  ['a selector that does not match', podOf({ containers: [{ name: 'c' }], nodeSelector: { disk: 'hdd' } }), [], 'NodeAffinity'],
  ['a safe kernel parameter', setting('kernel.shm_rmid_forced'), [], undefined],
  ['one that the node allows', setting('kernel.msgmax'), [], undefined],
  ['one that it does not', setting('kernel.shm_rmid_forced', 'net.core.somaxconn'), [], 'SysctlForbidden'],
])('a pod %s', (_, pod, others, reason) => {
  expect(refusal(pod, NODE, others)?.reason).toBe(reason)
})

test('the message says how much was asked for and how much there is, and the status that the pod was rejected', () => {
  const why = refusal(asking({ cpu: '2' }), NODE, [asking({ cpu: '250m' })])
  expect(why?.message).toBe('Node didn\'t have enough resource: cpu, requested: 2000, used: 250, capacity: 1000')
  expect(why && statusMessage(why)).toBe('Pod was rejected: Node didn\'t have enough resource: cpu, requested: 2000, used: 250, capacity: 1000')
})

test('of several kernel parameters the first that is not allowed is named', () => {
  expect(refusal(setting('net.ipv4.tcp_syncookies', 'net.core.somaxconn', 'kernel.sem'), NODE, [])?.message).toBe('forbidden sysctl: "net.core.somaxconn" not allowlisted (the node\'s annotation toque.dev/allowed-unsafe-sysctls can allow it)')
})
