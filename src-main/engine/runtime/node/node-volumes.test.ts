import { afterEach, beforeEach, expect, test } from 'vitest'
import { FakeClock } from '../../../common/fake-clock.ts'
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../../../common/kube/generated/core-v1.ts'
import { PersistentVolumeClaims, PersistentVolumes, Pods } from '../../../common/kube/kinds.ts'
import type { Frozen } from '../../../common/kube/object.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import { SharedInformers } from '../../client/informers.ts'
import { MemoryClient } from '../../client/testing/memory-client.ts'
import { simulatedRuntime } from '../simulated/simulated-runtime.ts'
import { startNodeAgent } from './node-agent.ts'
import type { NodeAgent } from './node-agent.ts'

let clock: FakeClock
let client: MemoryClient
let node: ReturnType<typeof simulatedRuntime>
let informers: SharedInformers
let agent: NodeAgent
let errors: string[]
let events: string[]

beforeEach(async () => {
  clock = new FakeClock()
  client = new MemoryClient(clock)
  errors = []
  events = []
  node = simulatedRuntime({ clusterId: 'c', clock, hostname: 'h', cpus: 2, memoryBytes: 2 ** 30 })
  await begin()
})
afterEach(() => end())
async function begin(): Promise<void> {
  const onError = (error: unknown): void => void errors.push(String(error))
  informers = new SharedInformers({ client, clock, onError })
  agent = startNodeAgent({
    client, informers, clock, onError, nodeName: 'n', clusterId: 'c', place: () => Promise.resolve({ address: '10.0.0.1', networks: [] }), runtime: node,
    host: { description: 'simulated', docker: {} as never, dial: () => Promise.reject(new Error('no network')), another: () => { throw new Error('no network') }, close: () => Promise.resolve() },
    recorder: { event: (object, _, reason, message) => void events.push(`${object.metadata.name} ${reason} ${message}`) },
  })
  await clock.advance(100)
}
async function end(): Promise<void> {
  await Promise.all([agent.stop(), informers.stop(), clock.advance(10)])
}
const FINALIZERS = ['toque.dev/docker-volume']
const volume = (name = 'pv', more: Partial<PersistentVolume['spec']> = {}, on = 'n'): Promise<Frozen<PersistentVolume>> => client.create(PersistentVolumes, {
  apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name, finalizers: FINALIZERS, annotations: { 'pv.kubernetes.io/provisioned-by': 'toque.dev/docker-volume' } },
  spec: { accessModes: ['ReadWriteOnce'], claimRef: { namespace: 'default', name: 'data', uid: claim.metadata.uid }, persistentVolumeReclaimPolicy: 'Delete', csi: { driver: 'toque.dev/docker-volume', volumeHandle: `${on}/toque_pv` }, ...more },
})
let claim: Frozen<PersistentVolumeClaim>
beforeEach(async () => {
  claim = await client.create(PersistentVolumeClaims, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'default', annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }, spec: { volumeName: 'pv' } })
})
const user = (): Promise<Frozen<Pod>> => client.create(Pods, {
  apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' },
  spec: { nodeName: 'n', containers: [{ name: 'app', image: 'i', volumeMounts: [{ name: 'v', mountPath: '/data' }] }], volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] },
})
const waiting = async (): Promise<string> => {
  const [status] = (await client.get(Pods, 'default', 'p')).status?.containerStatuses ?? []
  return `${status?.state?.waiting?.reason ?? (status?.state?.running === undefined ? '' : 'Running')} ${status?.state?.waiting?.message ?? ''}`.trim()
}
const has = (name = 'toque_pv'): Promise<boolean> => node.resources.hasVolume(name)
const there = (): boolean => client.all(PersistentVolumes).some((v) => v.metadata.name === 'pv')

test('a volume is made once, and a pod waits for it; one on another server is not ours', async () => {
  await user()
  await clock.advance(100)
  expect(await waiting()).toBe('FailedMount persistentvolumeclaim "data" has lost its volume "pv"')
  await volume('elsewhere', { csi: { driver: 'toque.dev/docker-volume', volumeHandle: 'm/other' } })
  await volume()
  await clock.advance(200)
  expect([await has(), await has('other'), (await client.get(PersistentVolumes, '', 'pv')).metadata.annotations?.['toque.dev/volume-made'], await waiting()]).toEqual([true, false, 'true', 'Running'])
  // The container that opened it is gone.
  expect((await node.containers.list()).map((c) => c.labels['toque.dev/role'])).not.toContain('volume')
  expect(errors).toEqual([])
})

test('a volume that was lost is not made anew: the pod says so', async () => {
  await volume()
  await clock.advance(100)
  await node.resources.removeVolume('toque_pv')
  await end()
  await begin()
  await user()
  await clock.advance(200)
  expect([await has(), await waiting()]).toEqual([false, 'FailedMount the Docker volume toque_pv of volume "v" is no longer on server n: bring it back there, or delete the claim to begin with an empty one'])
})

test('it is removed when its object goes and says Delete; not before, and not where it says Retain or another object has it', async () => {
  const made = await volume()
  await clock.advance(100)
  await client.updateStatus(PersistentVolumes, { ...await client.get(PersistentVolumes, '', 'pv'), status: { phase: 'Bound' } })
  await client.delete(PersistentVolumes, '', 'pv')
  await clock.advance(100)
  expect([await has(), there()]).toEqual([true, true])
  await client.updateStatus(PersistentVolumes, { ...await client.get(PersistentVolumes, '', 'pv'), status: { phase: 'Released' } })
  await clock.advance(100)
  expect([await has(), there()]).toEqual([false, false])
  expect(made.metadata.finalizers).toEqual(FINALIZERS)

  for (const [more, other] of [[{ persistentVolumeReclaimPolicy: 'Retain' }, false], [{}, true]] as const) {
    await volume('pv', more)
    if (other) await volume('twin')
    await clock.advance(100)
    await client.delete(PersistentVolumes, '', 'pv')
    await clock.advance(100)
    expect([await has(), there()]).toEqual([true, false])
  }
  expect(errors).toEqual([])
})

test('what Docker refuses is told and tried again; what it cannot answer waits until it is back', async () => {
  await volume()
  await clock.advance(100)
  const remove = node.resources.removeVolume
  let answers: Error[] = [new Error('volume is in use'), new DockerUnreachableError('away')]
  node.resources.removeVolume = (name) => {
    const [first, ...rest] = answers
    answers = rest
    return first === undefined ? remove(name) : Promise.reject(first)
  }
  await client.delete(PersistentVolumes, '', 'pv')
  await clock.advance(100)
  expect(events).toContain('pv VolumeFailedDelete The Docker volume toque_pv could not be removed from server n: volume is in use')
  await clock.advance(15_000)
  expect([await has(), there()]).toEqual([true, true])
  await clock.advance(60_000)
  expect([await has(), there()]).toEqual([false, false])
})
