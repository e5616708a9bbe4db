import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PersistentVolume, PersistentVolumeClaim } from '../../../common/kube/generated/core-v1.ts'
import { PersistentVolumeClaims, PersistentVolumes, StorageClasses } from '../../../common/kube/kinds.ts'
import { bootstrap } from '../bootstrap.ts'
import { AS_TESTER, startTestApi } from '../testing/test-api.ts'
import type { TestApi } from '../testing/test-api.ts'
import { FieldErrors } from '../validation/field-errors.ts'
import type { Kind } from './kind.ts'
import { persistentVolumeClaimKind } from './persistent-volume-claim.ts'
import { persistentVolumeKind } from './persistent-volume.ts'
import { podKind } from './pod.ts'
import { storageClassKind } from './storage-class.ts'

function problems(kind: Kind, object: object, old?: object): string[] {
  const errors = new FieldErrors()
  const draft = (o: object): never => {
    const made = structuredClone({ metadata: { name: 'x' }, ...o }) as never
    kind.defaults?.(made)
    return made
  }
  if (old === undefined) kind.validate?.(draft(object), errors)
  else kind.validateUpdate?.(draft(object), draft(old), errors)
  return errors.causes.map((c) => `${c.field ?? ''}: ${c.message ?? ''}`)
}

const RWO = ['ReadWriteOnce']
const pv = (spec: object = {}): object => ({ spec: { accessModes: RWO, capacity: { storage: '1Gi' }, nfs: { server: 'nas', path: '/srv' }, ...spec } })
const pvc = (spec: object = {}, status?: object): object => ({ spec: { accessModes: RWO, resources: { requests: { storage: '1Gi' } }, ...spec }, ...(status === undefined ? {} : { status }) })
const withVolume = (volume: object): object => ({ spec: { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'v', ...volume }] } })
const file = (of: object): object => ({ path: 'f', ...of })
const sc = (more: object = {}): object => ({ provisioner: 'toque.dev/docker-volume', ...more })
const size = (storage: string): object => ({ resources: { requests: { storage } } })
const on = (node: string): object => ({ required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] }] } })
const docker = (volumeHandle: string, node: string, annotations: Record<string, string> = {}): object => ({ metadata: { name: 'x', annotations }, ...pv({ nfs: undefined, csi: { driver: 'toque.dev/docker-volume', volumeHandle }, nodeAffinity: on(node) }) })
const affinity = { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['a'] }] }] } }

describe('validation in upstream\'s words', () => {
  test.each<[string, Kind, object, string[]]>([
    ['a good volume', persistentVolumeKind, pv(), []],
    ['no access mode', persistentVolumeKind, pv({ accessModes: [] }), ['spec.accessModes: Required value']],
    ['a bad access mode', persistentVolumeKind, pv({ accessModes: ['RWO'] }), ['spec.accessModes: Unsupported value: "RWO": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"']],
    ['one pod and others', persistentVolumeKind, pv({ accessModes: ['ReadWriteOncePod', 'ReadWriteOnce'] }), ['spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes']],
    ['no size', persistentVolumeKind, pv({ capacity: undefined }), ['spec.capacity: Required value']],
    ['a size of nothing', persistentVolumeKind, pv({ capacity: { storage: '0' } }), ['spec.capacity[storage]: Invalid value: "0": must be greater than zero']],
    ['no source', persistentVolumeKind, pv({ nfs: undefined }), ['spec: Required value: must specify a volume type']],
    ['two sources', persistentVolumeKind, pv({ hostPath: { path: '/x' } }), ['spec.nfs: Forbidden: may not specify more than 1 volume type']],
    ['local without its node', persistentVolumeKind, pv({ nfs: undefined, local: { path: '/x' } }), ['spec.nodeAffinity: Required value: Local volume requires node affinity']],
    ['local with its node', persistentVolumeKind, pv({ nfs: undefined, local: { path: '/x' }, nodeAffinity: affinity }), []],
    ['a way out', persistentVolumeKind, pv({ nfs: undefined, hostPath: { path: '/x/../y' } }), ['spec.hostPath.path: Invalid value: "/x/../y": must not contain \'..\'']],
    ['a Docker volume nowhere', persistentVolumeKind, pv({ nfs: undefined, csi: { driver: 'toque.dev/docker-volume', volumeHandle: 'data' } }), ['spec.csi.volumeHandle: Invalid value: "data": must be the name of a server and of a Docker volume on it: NODE/VOLUME']],
    ['an odd policy', persistentVolumeKind, pv({ persistentVolumeReclaimPolicy: 'Keep' }), ['spec.persistentVolumeReclaimPolicy: Unsupported value: "Keep": supported values: "Delete", "Recycle", "Retain"']],
    ['a pod with NFS from nowhere', podKind, withVolume({ nfs: { server: '', path: 'srv' } }), ['spec.volumes[0].nfs.server: Required value', 'spec.volumes[0].nfs.path: Invalid value: "srv": must be an absolute path']],
    ['an ephemeral volume without a template', podKind, withVolume({ ephemeral: {} }), ['spec.volumes[0].ephemeral.volumeClaimTemplate: Required value']],
    ['an emptyDir of less than nothing', podKind, withVolume({ emptyDir: { sizeLimit: '-1' } }), ['spec.volumes[0].emptyDir.sizeLimit: Invalid value: "-1": SizeLimit field must be a valid resource quantity']],
    ['files with modes and keys of their own', podKind, withVolume({ configMap: { name: 'm', items: [{ key: 'k', path: 'a/b', mode: 0o400 }] } }), []],
    ['a file in the engine\'s place', podKind, withVolume({ configMap: { name: 'm', items: [{ key: 'k', path: '..data' }] } }), ["spec.volumes[0].configMap.items[0].path: Invalid value: \"..data\": must not start with '..'"]],
    ['a mode that is none', podKind, withVolume({ secret: { secretName: 's', items: [{ key: 'k', path: 'k', mode: 0o1777 }] } }), ['spec.volumes[0].secret.items[0].mode: Invalid value: 1023: must be a number between 0 and 0777 (octal), both inclusive']],
    ['what a pod says of itself', podKind, withVolume({ downwardAPI: { items: [file({ fieldRef: { fieldPath: "metadata.labels['app.kubernetes.io/name']" } }), file({ fieldRef: { fieldPath: 'metadata.uid' } }), file({ resourceFieldRef: { containerName: 'c', resource: 'limits.cpu', divisor: '1m' } })] } }), []],
    ['nothing of the pod', podKind, withVolume({ downwardAPI: { items: [file({})] } }), ['spec.volumes[0].downwardAPI.items[0]: Required value: one of fieldRef and resourceFieldRef is required']],
    ['a field that only variables have', podKind, withVolume({ downwardAPI: { items: [file({ fieldRef: { fieldPath: 'status.podIP' } })] } }), ['spec.volumes[0].downwardAPI.items[0].fieldRef.fieldPath: Unsupported value: "status.podIP": supported values: "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"']],
    ['a field that is none', podKind, withVolume({ downwardAPI: { items: [file({ fieldRef: { fieldPath: 'spec.containers' } })] } }), ['spec.volumes[0].downwardAPI.items[0].fieldRef.fieldPath: Invalid value: "spec.containers": error converting fieldPath: field label not supported: spec.containers']],
    ['resources of no container', podKind, withVolume({ projected: { sources: [{ downwardAPI: { items: [file({ resourceFieldRef: { resource: 'limits.cpu' } })] } }] } }), ['spec.volumes[0].projected.sources[0].downwardAPI.items[0].resourceFieldRef.containerName: Required value']],
    ['an odd divisor', podKind, withVolume({ downwardAPI: { items: [file({ resourceFieldRef: { containerName: 'c', resource: 'limits.cpu', divisor: '3' } })] } }), ["spec.volumes[0].downwardAPI.items[0].resourceFieldRef.divisor: Invalid value: \"3\": only divisor's values 1m and 1 are supported with the cpu resource"]],
    ['a driver without a name', podKind, withVolume({ csi: { driver: '' } }), ['spec.volumes[0].csi.driver: Required value']],
    ['a good claim', persistentVolumeClaimKind, pvc(), []],
    ['a claim without access modes', persistentVolumeClaimKind, pvc({ accessModes: undefined }), ['spec.accessModes: Required value: at least 1 access mode is required']],
    ['a claim without a size', persistentVolumeClaimKind, pvc({ resources: {} }), ['spec.resources[storage]: Required value']],
    ['a good class', storageClassKind, sc(), []],
    ['a class that says what to do', storageClassKind, sc({ parameters: { 'on-server-loss': 'ask' } }), []],
    ['a class with an odd word', storageClassKind, sc({ parameters: { 'on-server-loss': 'panic' } }), ['parameters[on-server-loss]: Unsupported value: "panic": supported values: "ask", "restore", "wait"']],
    ['no provisioner', storageClassKind, {}, ['provisioner: Required value']],
    ['an odd binding mode', storageClassKind, sc({ volumeBindingMode: 'Later' }), ['volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"']],
  ])('%s', (_, kind, object, expected) => expect(problems(kind, object)).toEqual(expected))

  const bound = { phase: 'Bound', capacity: { storage: '1Gi' } }
  const immutable = ['spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims']
  test.each<[string, Kind, object, object, string[]]>([
    ['another source', persistentVolumeKind, pv({ nfs: { server: 'other', path: '/srv' } }), pv(), ['spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation']],
    ['a move that says from where', persistentVolumeKind, docker('b/v', 'b', { 'toque.dev/moved-from': 'a/v' }), docker('a/v', 'a'), []],
    ['a move that does not', persistentVolumeKind, docker('b/v', 'b'), docker('a/v', 'a'), ['spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation', `spec.nodeAffinity: Invalid value: ${JSON.stringify(on('b'))}: field is immutable`]],
    ['a move that lies', persistentVolumeKind, docker('b/v', 'a', { 'toque.dev/moved-from': 'c/v' }), docker('a/v', 'a'), ['spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation']],
    ['a move to another driver', persistentVolumeKind, { ...docker('b/v', 'a', { 'toque.dev/moved-from': 'a/v' }), ...pv() }, docker('a/v', 'a'), ['spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation', 'spec.nodeAffinity: Invalid value: null: field is immutable']],
    ['another policy', persistentVolumeKind, pv({ persistentVolumeReclaimPolicy: 'Delete' }), pv(), []],
    ['another node', persistentVolumeKind, pv(), pv({ nodeAffinity: affinity }), ['spec.nodeAffinity: Invalid value: null: field is immutable']],
    ['a first node', persistentVolumeKind, pv({ nodeAffinity: affinity }), pv(), []],
    ['binding', persistentVolumeClaimKind, pvc({ volumeName: 'v' }), pvc(), []],
    ['binding anew', persistentVolumeClaimKind, pvc({ volumeName: 'w' }), pvc({ volumeName: 'v' }, bound), immutable],
    ['a late default class', persistentVolumeClaimKind, pvc({ storageClassName: 'local' }), pvc(), []],
    ['another class', persistentVolumeClaimKind, pvc({ storageClassName: 'b' }), pvc({ storageClassName: 'a' }), immutable],
    ['other modes', persistentVolumeClaimKind, pvc({ accessModes: ['ReadWriteMany'] }), pvc({}, bound), immutable],
    ['larger', persistentVolumeClaimKind, pvc(size('2Gi')), pvc({}, bound), []],
    ['larger before it is bound', persistentVolumeClaimKind, pvc(size('2Gi')), pvc({}, { phase: 'Pending' }), immutable],
    ['smaller', persistentVolumeClaimKind, pvc(size('500Mi')), pvc({}, bound), ['spec.resources.requests.storage: Forbidden: field can not be less than status.capacity']],
    ['other parameters', storageClassKind, sc({ parameters: { a: 'b' } }), sc(), ['parameters: Forbidden: updates to parameters are forbidden.']],
    ['another reclaim policy', storageClassKind, sc({ reclaimPolicy: 'Retain' }), sc(), ['reclaimPolicy: Invalid value: "Retain": field is immutable']],
    ['expansion', storageClassKind, sc({ allowVolumeExpansion: true }), sc(), []],
  ])('an update: %s', (_, kind, now, old, expected) => expect(problems(kind, now, old)).toEqual(expected))
})

describe('on the API', () => {
  let t: TestApi
  beforeAll(async () => {
    t = await startTestApi()
  })
  afterAll(() => t.close())
  const claim = (name: string, spec: object = {}): Promise<PersistentVolumeClaim> =>
    t.api.create(PersistentVolumeClaims, 'default', { metadata: { name }, ...pvc(spec) }, AS_TESTER) as Promise<PersistentVolumeClaim>

  test('a claim gets the default class, its finalizer and its phase; one that names none stays so', async () => {
    expect(await claim('plain')).toMatchObject({ metadata: { finalizers: ['kubernetes.io/pvc-protection'] }, spec: { storageClassName: 'local', volumeMode: 'Filesystem' }, status: { phase: 'Pending' } })
    expect((await claim('none', { storageClassName: '' })).spec.storageClassName).toBe('')
    const volume = await t.api.create(PersistentVolumes, '', { metadata: { name: 'v' }, ...pv() }, AS_TESTER) as PersistentVolume
    expect(volume).toMatchObject({ metadata: { finalizers: ['kubernetes.io/pv-protection'] }, spec: { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }, status: { phase: 'Pending' } })
  })

  test('the newest of several default classes counts', async () => {
    const marked = { metadata: { name: 'aaa', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } } }
    await t.api.create(StorageClasses, '', { ...marked, ...sc() }, AS_TESTER)
    expect((await claim('second')).spec.storageClassName).toBe('aaa')
    await t.api.delete(StorageClasses, '', 'aaa', {}, AS_TESTER)
  })

  test('only a class that allows it lets a bound claim grow', async () => {
    const grow = async (name: string): Promise<unknown> => {
      await t.api.patch(PersistentVolumeClaims, 'default', name, 'application/merge-patch+json', { status: { phase: 'Bound' } }, 'status', AS_TESTER)
      return t.api.patch(PersistentVolumeClaims, 'default', name, 'application/merge-patch+json', { spec: size('2Gi') }, 'main', AS_TESTER)
    }
    await claim('grows')
    await claim('stays', { storageClassName: '' })
    expect(await grow('grows')).toMatchObject({ spec: size('2Gi') })
    await expect(grow('stays')).rejects.toMatchObject({ reason: 'Forbidden', message: expect.stringContaining('only dynamically provisioned pvc can be resized') as string })
  })

  test('the class of a new cluster is made once: who deletes it does not find it again', async () => {
    expect(t.api.get(StorageClasses, '', 'local')).toMatchObject({ provisioner: 'toque.dev/docker-volume', volumeBindingMode: 'WaitForFirstConsumer', reclaimPolicy: 'Delete', allowVolumeExpansion: true })
    await t.api.delete(StorageClasses, '', 'local', {}, AS_TESTER)
    await bootstrap(t.api)
    expect(() => t.api.get(StorageClasses, '', 'local')).toThrow('not found')
  })

  test('columns', () => {
    const made = { metadata: { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z' }, ...pvc({ volumeName: 'v', storageClassName: 'local' }, { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: RWO }) }
    expect(cells(persistentVolumeClaimKind, made)).toEqual(['x', 'Bound', 'v', '1Gi', 'RWO', 'local', '<unset>', '0s'])
    const volume = { metadata: made.metadata, ...pv({ persistentVolumeReclaimPolicy: 'Delete', claimRef: { namespace: 'ns', name: 'c' } }), status: { phase: 'Released' } }
    expect(cells(persistentVolumeKind, volume)).toEqual(['x', '1Gi', 'RWO', 'Delete', 'Released', 'ns/c', '', '<unset>', '', '0s'])
    const classed = { metadata: { ...made.metadata, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } }, ...sc({ reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' }) }
    expect(cells(storageClassKind, classed)).toEqual(['x (default)', 'toque.dev/docker-volume', 'Delete', 'Immediate', false, '0s'])
  })
})

function cells(kind: Kind, object: object): unknown[] {
  return kind.columns.filter((c) => c.priority !== 1).map((c) => c.cell(object as never, Date.parse('2026-01-01T00:00:00Z')))
}
