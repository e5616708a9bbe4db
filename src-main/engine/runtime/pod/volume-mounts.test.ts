import { describe, expect, test } from 'vitest'
import type { Container, Node, PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '../../../common/kube/generated/core-v1.ts'
import { claimedVolumes } from './claimed-volumes.ts'
import type { Claims } from './claimed-volumes.ts'
import { MissingSourceError } from './sources.ts'
import { containerMounts, sandboxMounts, unsupportedVolume } from './volume-mounts.ts'

const meta = (name: string, more: object = {}): PersistentVolume['metadata'] => ({ name, uid: `uid-${name}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...more })
const pod = (volume: Omit<Volume, 'name'>, mount: object = {}, resources: object = {}): Pod => ({
  apiVersion: 'v1', kind: 'Pod', metadata: meta('p', { namespace: 'ns' }),
  spec: { containers: [{ name: 'c', image: 'i', resources, volumeMounts: [{ name: 'v', mountPath: '/data', ...mount }] }], volumes: [{ name: 'v', ...volume }] },
})
const claim: Omit<Volume, 'name'> = { persistentVolumeClaim: { claimName: 'data' } }
const MADE = { annotations: { 'toque.dev/volume-made': 'true' } }
const docker = { csi: { driver: 'toque.dev/docker-volume', volumeHandle: 'n/toque_pv' } }
const pvc: PersistentVolumeClaim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta('data', { namespace: 'ns', annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } }), spec: { volumeName: 'pv' } }
const pv = (spec: Partial<PersistentVolume['spec']>, metadata: object = MADE): PersistentVolume =>
  ({ apiVersion: 'v1', kind: 'PersistentVolume', metadata: meta('pv', metadata), spec: { accessModes: ['ReadWriteOnce'], claimRef: { namespace: 'ns', name: 'data', uid: 'uid-data' }, ...spec } })
const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: meta('n', { labels: { 'kubernetes.io/hostname': 'n' } }), spec: {} }
const claims = (volume?: PersistentVolume, of: PersistentVolumeClaim | null = pvc): Claims => ({ claim: () => of ?? undefined, volume: () => volume, node: () => node })
const only = (host: string): Partial<PersistentVolume['spec']> => ({ nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [host] }] }] } } })

function mounts(p: Pod, volume?: PersistentVolume): { sandbox: object[]; container: object | undefined } {
  const claimed = claimedVolumes(p, 'n', claims(volume))
  return {
    sandbox: sandboxMounts(p, 'cluster', claimed).slice(1).map(({ labels, ...rest }) => ({ ...rest, labelled: labels?.['toque.dev/pod-uid'] !== undefined })),
    container: containerMounts(p, p.spec.containers[0] as Container, '/docker/volumes', new Map(), claimed)[0],
  }
}
const inSandbox = (source: string, labelled: boolean, more: object = {}): object => ({ type: 'volume', source, target: '/volumes/v', readOnly: false, labelled, ...more })
const bind = (source: string, create: boolean, readOnly = false, propagation = 'rprivate'): object => ({ type: 'bind', source, target: '/data', readOnly, create, propagation })
const nfs = (o: string): object => ({ driverOptions: { type: 'nfs', device: ':/srv', o } })

describe('where a pod finds its volumes', () => {
  test.each<[string, Pod, PersistentVolume | undefined, object[], object]>([
    ['a claim: the kept volume, which is no pod\'s', pod(claim), pv(docker), [inSandbox('toque_pv', false)], { type: 'volume', source: 'toque_pv', target: '/data', readOnly: false }],
    ['part of it', pod(claim, { subPath: 'db' }), pv(docker), [inSandbox('toque_pv', false)], { ...bind('/docker/volumes/toque_pv/_data/db', true, false, 'rslave'), part: { volume: 'v', root: '/docker/volumes/toque_pv/_data', path: 'db', ours: true } }],
    ['only to read', pod({ persistentVolumeClaim: { claimName: 'data', readOnly: true } }), pv(docker), [inSandbox('toque_pv', false)], { type: 'volume', source: 'toque_pv', target: '/data', readOnly: true }],
    ['only to read, by its mount', pod(claim, { readOnly: true }), pv(docker), [inSandbox('toque_pv', false)], { type: 'volume', source: 'toque_pv', target: '/data', readOnly: true }],
    ['an ephemeral one', pod({ ephemeral: {} }), pv(docker), [inSandbox('toque_pv', false)], { type: 'volume', source: 'toque_pv', target: '/data', readOnly: false }],
    ['a folder by hand', pod(claim), pv({ hostPath: { path: '/srv', type: 'DirectoryOrCreate' } }), [], bind('/srv', true)],
    ['a folder that must be there', pod(claim), pv({ hostPath: { path: '/srv', type: 'Directory' } }), [], bind('/srv', false)],
    ['a local disk is never made', pod(claim), pv({ local: { path: '/mnt/disk' }, ...only('n') }), [], bind('/mnt/disk', false)],
    ['NFS, mounted for the pod', pod(claim), pv({ nfs: { server: 'nas', path: '/srv' }, mountOptions: ['nfsvers=4'] }), [inSandbox('toque_uid-p_v', true, nfs('addr=nas,rw,nfsvers=4'))], { type: 'volume', source: 'toque_uid-p_v', target: '/data', readOnly: false }],
    ['NFS only to read', pod(claim), pv({ accessModes: ['ReadOnlyMany'], nfs: { server: 'nas', path: '/srv', readOnly: true } }), [inSandbox('toque_uid-p_v', true, nfs('addr=nas,ro'))], { type: 'volume', source: 'toque_uid-p_v', target: '/data', readOnly: true }],
    ['NFS without a claim', pod({ nfs: { server: 'nas', path: '/srv' } }), undefined, [inSandbox('toque_uid-p_v', true, nfs('addr=nas,rw'))], { type: 'volume', source: 'toque_uid-p_v', target: '/data', readOnly: false }],
    ['memory, with a limit', pod({ emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }), undefined, [inSandbox('toque_uid-p_v', true, { driverOptions: { type: 'tmpfs', device: 'tmpfs', o: 'mode=0777,size=1048576' } })], { type: 'volume', source: 'toque_uid-p_v', target: '/data', readOnly: false }],
    ['memory, of a pod that may have less', pod({ emptyDir: { medium: 'Memory', sizeLimit: '1Gi' } }, {}, { limits: { memory: '64Mi' } }), undefined, [inSandbox('toque_uid-p_v', true, { driverOptions: { type: 'tmpfs', device: 'tmpfs', o: 'mode=0777,size=67108864' } })], { type: 'volume', source: 'toque_uid-p_v', target: '/data', readOnly: false }],
    ['memory, as much as the pod has', pod({ emptyDir: { medium: 'Memory' } }, {}, { limits: { memory: '64Mi' } }), undefined, [inSandbox('toque_uid-p_v', true, { driverOptions: { type: 'tmpfs', device: 'tmpfs', o: 'mode=0777,size=67108864' } })], { type: 'volume', source: 'toque_uid-p_v', target: '/data', readOnly: false }],
    ['a config map', pod({ configMap: { name: 'x' } }), undefined, [inSandbox('toque_uid-p_v', true)], { type: 'volume', source: 'toque_uid-p_v', target: '/data', readOnly: true }],
  ])('%s', (_, p, volume, sandbox, container) => expect(mounts(p, volume)).toEqual({ sandbox, container }))

  test.each<[string, PersistentVolume | undefined, PersistentVolumeClaim | null, RegExp]>([
    ['no claim', undefined, null, /"data" not found/],
    ['not bound', undefined, { ...pvc, metadata: meta('data') }, /not bound to a volume yet/],
    ['being moved', pv(docker), { ...pvc, metadata: meta('data', { annotations: { ...pvc.metadata.annotations, 'toque.dev/volume-busy': 'moved to server b' } }) }, /is being moved to server b/],
    ['its volume is gone', undefined, pvc, /has lost its volume "pv"/],
    ['its volume is another\'s', pv({ ...docker, claimRef: { namespace: 'ns', name: 'data', uid: 'other' } }), pvc, /has lost its volume/],
    ['on another server', pv({ csi: { ...docker.csi, volumeHandle: 'm/toque_pv' } }), pvc, /is not on this server \(n\) but on m/],
    ['not for this server', pv({ local: { path: '/x' }, ...only('m') }), pvc, /is not on this server/],
    ['not made yet', pv(docker, {}), pvc, /is being made/],
    ['a block device', pv({ ...docker, volumeMode: 'Block' }), pvc, /volumeMode Filesystem/],
    ['of a kind that nobody here knows', pv({ iscsi: { iqn: 'x', lun: 0, targetPortal: 'y' } }), pvc, /cannot mount/],
  ])('waits: %s', (_, volume, of, why) => expect(() => claimedVolumes(pod(claim), 'n', claims(volume, of))).toThrow(why))

  test.each<[Omit<Volume, 'name'>, boolean]>([[claim, true], [{ emptyDir: { medium: 'Memory' } }, true], [{ emptyDir: { medium: 'HugePages-2Mi' } }, false], [{ nfs: { server: 's', path: '/' } }, true], [{ ephemeral: {} }, true], [{ iscsi: { iqn: 'x', lun: 0, targetPortal: 'y' } }, false]])('%j: %s', (volume, can) => {
    expect(unsupportedVolume(pod(volume)) === undefined).toBe(can)
  })
})

describe('a sub-path made of variables', () => {
  const at = (subPathExpr: string, env: Record<string, string>): string | undefined => {
    const p = pod({ emptyDir: {} }, { subPathExpr })
    return containerMounts(p, p.spec.containers[0] as Container, '/docker/volumes', new Map(Object.entries(env)))[0]?.source
  }
  test('is where they say', () => expect(at('logs/$(POD)-$$(POD)', { POD: 'web' })).toBe('/docker/volumes/toque_uid-p_v/_data/logs/web-$(POD)'))
  test.each<[string, string, Record<string, string>, string]>([
    ['a variable that is not there', '$(POD)/$(NODE)/$(POD)', { NODE: 'n' }, 'the sub-path "$(POD)/$(NODE)/$(POD)" of volume "v" needs a value for POD'],
    ['empty ones', '$(POD)$(A)', { POD: '', A: '' }, 'the sub-path "$(POD)$(A)" of volume "v" needs a value for A, POD'],
    ['out of the volume', '$(POD)', { POD: '..' }, 'sub-path ".." of volume "v" must stay inside it'],
    ['an absolute one', '$(POD)', { POD: '/tmp' }, 'sub-path "/tmp" of volume "v" must stay inside it'],
  ])('waits: %s', (_, expression, env, why) => {
    expect(() => at(expression, env)).toThrow(new MissingSourceError(why))
    expect(() => at(expression, env)).toThrow(MissingSourceError)
  })
})

describe('/etc/hosts', () => {
  const targets = (more: Partial<Pod['spec']>, mountPath = '/data'): string[] => {
    const p = pod({ emptyDir: {} }, { mountPath })
    return containerMounts({ ...p, spec: { ...p.spec, ...more } }, p.spec.containers[0] as Container, '/docker/volumes', new Map()).map(({ source, target }) => `${source.split('/').at(-1) ?? ''}:${target}`)
  }
  test.each<[string, Partial<Pod['spec']>, string, string[]]>([
    ['is the pod\'s', {}, '/data', ['toque_uid-p_v:/data', '31:/etc/hosts', '0:/dev/termination-log']],
    ['is the node\'s on its network', { hostNetwork: true }, '/data', ['toque_uid-p_v:/data', '0:/dev/termination-log']],
    ['is the container\'s own where it mounts one', {}, '/etc/hosts', ['toque_uid-p_v:/etc/hosts', '0:/dev/termination-log']],
  ])('%s', (_, spec, mountPath, expected) => expect(targets(spec, mountPath)).toEqual(expected))
})
