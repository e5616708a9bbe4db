import { describe, expect, test } from 'vitest'
import type { Container, Pod, PodSpec } from '../../../common/kube/generated/core-v1.ts'
import { needsResolvConf, resolvConf } from './pod-dns.ts'
import { containerMounts } from './volume-mounts.ts'

const pod = (spec: Partial<PodSpec>): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'ns', uid: 'u', resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
})
const CHOSEN = { nameservers: ['1.1.1.1'], searches: ['my.search'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] }
const CLUSTER = 'search ns.svc.cluster.local svc.cluster.local cluster.local'

describe('the resolv.conf of a pod', () => {
  test.each<[string, Partial<PodSpec>, string | undefined]>([
    ['as most: Docker\'s', {}, undefined],
    ['of the node: Docker\'s', { dnsPolicy: 'Default', dnsConfig: { searches: ['x'] } }, undefined],
    ['that only adds where to search: Docker\'s', { dnsConfig: { searches: ['x'] } }, undefined],
    ['on the host\'s network: the host\'s', { hostNetwork: true }, undefined],
    ['with nothing but its own', { dnsPolicy: 'None', dnsConfig: CHOSEN }, 'search my.search\nnameserver 1.1.1.1\noptions ndots:2 edns0\n'],
    ['that adds a server', { dnsConfig: { nameservers: ['1.1.1.1'] } }, `${CLUSTER}\nnameserver 10.244.1.1\nnameserver 1.1.1.1\noptions ndots:5\n`],
    ['of the cluster on the host\'s network', { hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, `${CLUSTER}\nnameserver 10.244.1.1\noptions ndots:5\n`],
  ])('%s', (_, spec, text) => {
    const of = pod(spec)
    expect(needsResolvConf(of) ? resolvConf(of, '10.244.1.1') : undefined).toBe(text)
    const mounted = containerMounts(of, of.spec.containers[0] as Container, '/docker/volumes', new Map()).find(({ target }) => target === '/etc/resolv.conf')
    expect(mounted?.source).toBe(text === undefined ? undefined : '/docker/volumes/toque_u_.termination/_data/resolv.conf')
  })

  test('whoever mounts a file there has that', () => {
    const of = pod({ dnsPolicy: 'None', dnsConfig: CHOSEN, volumes: [{ name: 'v', configMap: { name: 'm' } }], containers: [{ name: 'c', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/etc/resolv.conf', subPath: 'f' }] }] })
    expect(containerMounts(of, of.spec.containers[0] as Container, '/docker/volumes', new Map()).filter(({ target }) => target === '/etc/resolv.conf')).toHaveLength(1)
  })
})
