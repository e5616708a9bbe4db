import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Node, PersistentVolume, PersistentVolumeClaim } from '../../../common/kube/generated/core-v1.ts'
import type { StorageClass } from '../../../common/kube/generated/storage-v1.ts'
import { wholeNumber } from '../../../common/kube/quantity.ts'
import { bestVolume } from '../../../common/kube/volume-match.ts'
import { decideClaim } from './decide-claim.ts'
import { decideVolume } from './decide-volume.ts'
import { cannotProvision, freestNode, volumeFor } from './provision.ts'
import { freshClaim } from './start-empty.ts'

const AT = '2026-01-01T00:00:00Z'
const meta = (name: string, more: object = {}): PersistentVolume['metadata'] => ({ name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: AT, ...more })
const pv = (name: string, size: string, spec: Partial<PersistentVolume['spec']> = {}, metadata: object = {}, phase = 'Available'): PersistentVolume => ({
  apiVersion: 'v1', kind: 'PersistentVolume', metadata: meta(name, metadata), status: { phase },
  spec: { capacity: { storage: size }, accessModes: ['ReadWriteOnce'], nfs: { server: 's', path: '/' }, ...spec },
})
const pvc = (spec: Partial<PersistentVolumeClaim['spec']> = {}, annotations: Record<string, string> = {}): PersistentVolumeClaim => ({
  apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta('c', { namespace: 'ns', annotations }),
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: '', ...spec },
})
const sc = (name: string, volumeBindingMode = 'Immediate', provisioner = 'toque.dev/docker-volume'): StorageClass => ({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: meta(name), provisioner, volumeBindingMode })
const node = (name: string, ready = true): Node => ({ apiVersion: 'v1', kind: 'Node', metadata: meta(name, { labels: { 'kubernetes.io/hostname': name } }), spec: {}, status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] } })
const onA = { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['a'] }] }] } } }
const ref = (name: string, uid?: string): PersistentVolume['spec'] => ({ claimRef: { namespace: 'ns', name, ...(uid === undefined ? {} : { uid }) } })
const COMPLETED = { 'pv.kubernetes.io/bind-completed': 'yes' }

describe('which volume a claim gets', () => {
  test.each<[string, PersistentVolumeClaim, PersistentVolume[], Parameters<typeof bestVolume>[2], string | undefined]>([
    ['the smallest that is large enough', pvc(), [pv('large', '5Gi'), pv('small', '500Mi'), pv('fits', '2Gi')], {}, 'fits'],
    ['none too small', pvc(), [pv('small', '500Mi')], {}, undefined],
    ['one reserved for it, before all others', pvc(), [pv('exact', '1Gi'), pv('reserved', '9Gi', ref('c'))], {}, 'reserved'],
    ['none reserved for another', pvc(), [pv('other', '1Gi', ref('d'))], {}, undefined],
    ['none of an earlier claim of its name', pvc(), [pv('old', '1Gi', ref('c', 'uid-before'))], {}, undefined],
    ['of its class only', pvc({ storageClassName: 'fast' }), [pv('none', '1Gi'), pv('fast', '2Gi', { storageClassName: 'fast' })], {}, 'fast'],
    ['with all its modes', pvc({ accessModes: ['ReadWriteOnce', 'ReadWriteMany'] }), [pv('one', '1Gi'), pv('many', '2Gi', { accessModes: ['ReadWriteOnce', 'ReadWriteMany'] })], {}, 'many'],
    ['as its selector says', pvc({ selector: { matchLabels: { tier: 'db' } } }), [pv('x', '1Gi'), pv('y', '2Gi', {}, { labels: { tier: 'db' } })], {}, 'y'],
    ['of its mode', pvc({ volumeMode: 'Block' }), [pv('x', '1Gi')], {}, undefined],
    ['none that was released', pvc(), [pv('x', '1Gi', {}, {}, 'Released')], {}, undefined],
    ['none that is going', pvc(), [pv('x', '1Gi', {}, { deletionTimestamp: AT })], {}, undefined],
    ['none that is promised', pvc(), [pv('x', '1Gi')], { taken: new Set(['x']) }, undefined],
    ['on its node', pvc(), [pv('x', '1Gi', onA)], { node: node('a') }, 'x'],
    ['not on another', pvc(), [pv('x', '1Gi', onA)], { node: node('b') }, undefined],
    ['none before a pod is there', pvc(), [pv('x', '1Gi')], { delayed: true }, undefined],
    ['but one reserved for it', pvc(), [pv('x', '1Gi', ref('c'))], { delayed: true }, 'x'],
  ])('%s', (_, claim, volumes, options, expected) => expect(bestVolume(claim, volumes, options)?.metadata.name).toBe(expected))

  test('it is always large enough, and none that would do is smaller', () => {
    fc.assert(fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 8 }), fc.integer({ min: 1, max: 50 }), (sizes, wanted) => {
      const volumes = sizes.map((size, i) => pv(`v${String(i)}`, `${String(size)}Gi`))
      const found = bestVolume(pvc({ resources: { requests: { storage: `${String(wanted)}Gi` } } }), volumes)
      const enough = sizes.filter((size) => size >= wanted)
      expect(found === undefined ? undefined : wholeNumber(found.spec.capacity?.['storage']) / 2 ** 30).toBe(enough.length === 0 ? undefined : Math.min(...enough))
    }))
  })
})

describe('what becomes of a claim', () => {
  const local = sc('local', 'WaitForFirstConsumer')
  const around = (volumes: PersistentVolume[], storageClass?: StorageClass, defaultClass?: StorageClass): Parameters<typeof decideClaim>[1] => ({ volumes, storageClass, defaultClass })
  test.each<[string, PersistentVolumeClaim, Parameters<typeof decideClaim>[1], object]>([
    ['bound where one fits', pvc(), around([pv('v', '1Gi')]), { do: 'bind', volume: { metadata: { name: 'v' } } }],
    ['nothing fits and no class', pvc(), around([]), { do: 'pending', said: { reason: 'FailedBinding' } }],
    ['an unknown class', pvc({ storageClassName: 'x' }), around([]), { do: 'pending', said: { reason: 'ProvisioningFailed', message: 'storageclass.storage.k8s.io "x" not found' } }],
    ['no class yet, and a default one came', (({ storageClassName: _, ...spec }) => ({ ...pvc(), spec }))(pvc().spec), around([], undefined, local), { do: 'name-class', name: 'local' }],
    ['made', pvc({ storageClassName: 'x' }), around([], sc('x')), { do: 'provision', provisioner: 'toque.dev/docker-volume' }],
    ['made by others', pvc({ storageClassName: 'x' }), around([], sc('x', 'Immediate', 'example.com/nas')), { do: 'provision', said: { reason: 'ExternalProvisioning' } }],
    ['waits for a pod', pvc({ storageClassName: 'local' }), around([pv('v', '1Gi', { storageClassName: 'local' })], local), { do: 'pending', said: { reason: 'WaitForFirstConsumer' } }],
    ['made where the pod goes', pvc({ storageClassName: 'local' }, { 'volume.kubernetes.io/selected-node': 'a' }), around([pv('v', '1Gi', { storageClassName: 'local' })], local), { do: 'provision' }],
    ['names a volume that does', pvc({ volumeName: 'v' }), around([pv('v', '1Gi')]), { do: 'bind' }],
    ['names one that is too small', pvc({ volumeName: 'v' }), around([pv('v', '1Mi')]), { do: 'pending', said: { reason: 'VolumeMismatch', message: 'Cannot bind to requested volume "v": requested PV is too small' } }],
    ['names one of another class', pvc({ volumeName: 'v' }), around([pv('v', '1Gi', { storageClassName: 'x' })]), { do: 'pending', said: { message: 'Cannot bind to requested volume "v": storageClassName does not match' } }],
    ['names one that is taken', pvc({ volumeName: 'v' }), around([pv('v', '1Gi', ref('d', 'uid-d'))]), { do: 'pending', said: { message: 'volume "v" already bound to a different claim (ns/d).' } }],
    ['names one that is not there yet', pvc({ volumeName: 'v' }), around([]), { do: 'pending' }],
    ['still bound', pvc({ volumeName: 'v' }, COMPLETED), around([pv('v', '1Gi', ref('c', 'uid-c'), {}, 'Bound')]), { do: 'bind' }],
    ['its volume is gone', pvc({ volumeName: 'v' }, COMPLETED), around([]), { do: 'lost', said: { reason: 'ClaimLost' } }],
    ['its volume is another\'s', pvc({ volumeName: 'v' }, COMPLETED), around([pv('v', '1Gi', ref('d', 'uid-d'))]), { do: 'lost', said: { reason: 'ClaimMisbound' } }],
  ])('%s', (_, claim, surroundings, expected) => expect(decideClaim(claim, surroundings)).toMatchObject(expected))
})

describe('what becomes of a volume', () => {
  const docker = { nfs: undefined, csi: { driver: 'toque.dev/docker-volume', volumeHandle: 'a/v' } }
  const bound = { ...pvc({ volumeName: 'v' }, COMPLETED) }
  const cases: [string, Partial<PersistentVolume['spec']>, PersistentVolumeClaim | undefined, object, Record<string, string>?][] = [
    ['free', {}, undefined, { do: 'phase', phase: 'Available' }],
    ['reserved for a name', ref('c'), undefined, { do: 'phase', phase: 'Available' }],
    ['reserved, and the claim came', ref('c'), pvc(), { do: 'bind-claim' }],
    ['bound', ref('c', 'uid-c'), bound, { do: 'phase', phase: 'Bound' }],
    ['half bound', ref('c', 'uid-c'), pvc(), { do: 'bind-claim' }],
    ['its claim is gone: kept', ref('c', 'uid-c'), undefined, { do: 'release', then: { do: 'retain' } }],
    ['another claim of that name', ref('c', 'uid-old'), pvc(), { do: 'release', then: { do: 'retain' } }],
    ['its claim is gone: deleted', { ...ref('c', 'uid-c'), ...docker, persistentVolumeReclaimPolicy: 'Delete' }, undefined, { do: 'release', then: { do: 'delete' } }],
    ['nobody can delete an NFS folder', { ...ref('c', 'uid-c'), persistentVolumeReclaimPolicy: 'Delete' }, undefined, { do: 'release', then: { do: 'fail', reason: 'VolumeFailedDelete' } }],
    ['another driver deletes its own', { ...ref('c', 'uid-c'), csi: { driver: 'x', volumeHandle: 'y' }, persistentVolumeReclaimPolicy: 'Delete' }, undefined, { do: 'release', then: { do: 'elsewhere' } }],
    ['nothing is recycled', { ...ref('c', 'uid-c'), persistentVolumeReclaimPolicy: 'Recycle' }, undefined, { do: 'release', then: { do: 'fail', reason: 'VolumeFailedRecycle' } }],
    ['its claim took another', ref('c', 'uid-c'), { ...bound, spec: { ...bound.spec, volumeName: 'w' } }, { do: 'unbind', keepName: true }],
    ['its claim took another, by itself', ref('c', 'uid-c'), { ...bound, spec: { ...bound.spec, volumeName: 'w' } }, { do: 'unbind', keepName: false }, { 'pv.kubernetes.io/bound-by-controller': 'yes' }],
  ]
  test.each(cases)('%s', (_, spec, claim, expected, annotations = {}) => expect(decideVolume(pv('v', '1Gi', spec, { annotations }), claim)).toMatchObject(expected))
})

describe('making volumes', () => {
  test('a Docker volume on the node, for this claim alone, and on that node only', () => {
    expect(volumeFor(pvc({ storageClassName: 'local' }), { ...sc('local'), reclaimPolicy: 'Delete' }, node('a'))).toEqual({
      apiVersion: 'v1', kind: 'PersistentVolume',
      metadata: { name: 'pvc-uid-c', annotations: { 'pv.kubernetes.io/provisioned-by': 'toque.dev/docker-volume' }, finalizers: ['toque.dev/docker-volume'] },
      spec: {
        accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'ns', name: 'c', uid: 'uid-c' },
        csi: { driver: 'toque.dev/docker-volume', volumeHandle: 'a/toque_pvc-uid-c' }, ...onA, persistentVolumeReclaimPolicy: 'Delete', storageClassName: 'local', volumeMode: 'Filesystem',
      },
    })
  })
  test.each<[Partial<PersistentVolumeClaim['spec']>, RegExp | undefined]>([
    [{}, undefined], [{ accessModes: ['ReadWriteOncePod'] }, undefined], [{ accessModes: ['ReadWriteMany'] }, /type nfs/], [{ accessModes: ['ReadOnlyMany'] }, /one server/],
    [{ volumeMode: 'Block' }, /Block/], [{ selector: {} }, /selector/], [{ dataSource: { kind: 'PersistentVolumeClaim', name: 'x' } }, /dataSource/],
  ])('%j: %s', (spec, why) => {
    const said = cannotProvision(pvc(spec))
    if (why === undefined) expect(said).toBeUndefined()
    else expect(said).toMatch(why)
  })
  test('where no pod says where: the Ready node with the fewest', () => {
    const taken = pv('x', '1Gi', { nfs: undefined, csi: { driver: 'toque.dev/docker-volume', volumeHandle: 'a/x' } })
    expect(freestNode(sc('x'), [node('a'), node('b'), node('c', false)], [taken])?.metadata.name).toBe('b')
    expect(freestNode({ ...sc('x'), allowedTopologies: [{ matchLabelExpressions: [{ key: 'kubernetes.io/hostname', values: ['a'] }] }] }, [node('a'), node('b')], [taken])?.metadata.name).toBe('a')
    expect(freestNode(sc('x'), [node('c', false)], [])).toBeUndefined()
  })
  test('a claim made anew is as it was asked for', () => {
    const claim = pvc({ volumeName: 'v' }, { ...COMPLETED, mine: 'yes', 'volume.kubernetes.io/selected-node': 'a', 'toque.dev/on-server-loss': 'start-empty' })
    expect(freshClaim(claim)).toMatchObject({ metadata: { name: 'c', namespace: 'ns', annotations: { mine: 'yes' } }, spec: { accessModes: ['ReadWriteOnce'] } })
    expect(freshClaim(claim).spec.volumeName).toBeUndefined()
    expect(Object.keys(freshClaim(claim).metadata.annotations ?? {})).toEqual(['mine'])
  })
})
