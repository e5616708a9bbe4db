import type Docker from 'dockerode'
import { expect, test } from 'vitest'
import { leaveDocker } from './leave.ts'

test('a server that leaves keeps the data of PersistentVolumes, and nothing else of the cluster', async () => {
  const removed: string[] = []
  const volumes = [{ Name: 'of-a-pod', Labels: { 'toque.dev/pod-uid': 'x' } }, { Name: 'of-a-claim', Labels: { 'toque.dev/pv-uid': 'y' } }]
  const part = (name: string): unknown => ({ remove: () => Promise.resolve(void removed.push(name)), inspect: () => Promise.reject(Object.assign(new Error('none'), { statusCode: 404 })) })
  const docker = {
    listContainers: () => Promise.resolve([{ Id: 'container' }]), listVolumes: () => Promise.resolve({ Volumes: volumes }), listNetworks: () => Promise.resolve([{ Id: 'network' }]),
    getContainer: part, getVolume: part, getNetwork: part,
  } as unknown as Docker
  await leaveDocker(docker, 'c')
  expect(removed).toContain('of-a-pod')
  expect(removed).not.toContain('of-a-claim')
})
