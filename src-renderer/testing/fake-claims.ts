import type { ClaimCopy, ClaimDetail, ObjectRef } from '../../src-main/common/contract/index.ts'
import { ref } from './fake-world.ts'

const HOUR = 3_600_000
const GI = 1024 ** 3
const DIGEST = 'sha256:4d7a21f0c9be5a61d3f8e7b6a5948372615fedcba98765432100112233445566'

/** Claims as a small team has them: saved every night, never saved, failing, waiting. `lost`: the first one's server does not answer. */
export function fakeClaims(at: number, lost: boolean): ClaimDetail[] {
  const claim = (name: string, namespace: string, part: Partial<ClaimDetail>): ClaimDetail => ({
    id: `${namespace}/${name}`, ref: ref('PersistentVolumeClaim', name, namespace), state: 'bound', health: 'healthy', sizeBytes: 10 * GI, node: 'kitchen-1', pods: [], apps: [], onServerLoss: 'wait', createdAt: at - 31 * 24 * HOUR,
    storageClass: 'local', accessModes: ['ReadWriteOnce'], onServerLossFrom: 'default', expandable: true, copies: [], schedules: [],
    volume: { ref: ref('PersistentVolume', `pvc-${name}-6f1d`, ''), docker: `toque_pvc-${name}-6f1d`, reclaim: 'Delete' }, ...part,
  })
  const copy = (name: string, ago: number, part: Partial<ClaimCopy>): ClaimCopy => ({
    id: name, ref: ref('VolumeBackup', name, 'data', 'toque.dev/v1'), kind: 'backup', state: 'good', at: at - ago, where: { server: { name: 'pantry' } }, bytes: 3.1 * GI, entries: 1904, digest: DIGEST, hold: 'Freeze', schedule: 'orders-nightly', ...part,
  })
  const app = (kind: string, name: string, namespace: string): ObjectRef => ref(kind, name, namespace, 'apps/v1')
  const orders = claim('orders', 'data', {
    apps: [app('Deployment', 'orders-db', 'data')], pods: [ref('Pod', 'orders-db-7d5b9c1f-x3rsw', 'data')], usedBytes: 3.1 * GI, lastBackup: { name: 'orders-nightly-3', at: at - 3 * HOUR }, nextBackupAt: at + 21 * HOUR, onServerLoss: 'ask', onServerLossFrom: 'claim',
    copies: [
      copy('orders-before-16-4', HOUR, { ref: ref('VolumeSnapshot', 'orders-before-16-4', 'data', 'snapshot.storage.k8s.io/v1'), kind: 'snapshot', where: { server: { name: 'kitchen-1' } } }),
      copy('orders-nightly-3', 3 * HOUR, {}),
      copy('orders-nightly-2', 27 * HOUR, { state: 'failed', message: 'the disk is full. Make room there, or keep fewer copies' }),
      copy('orders-nightly-1', 51 * HOUR, { bytes: 2.9 * GI, entries: 1871 }),
    ].map(withoutSizes),
    schedules: [{ id: 's', ref: ref('BackupSchedule', 'orders-nightly', 'data', 'toque.dev/v1'), schedule: '0 3 * * *', timeZone: 'Asia/Seoul', suspended: false, where: { server: { name: 'pantry' } }, keep: { count: 7 }, nextAt: at + 21 * HOUR, lastSucceededAt: at - 3 * HOUR }],
    ...(lost ? { node: 'cellar', state: 'server-lost' as const, health: 'failed' as const, why: { reason: 'WaitingForData', message: 'Its data (claim "orders") is on server cellar, which does not answer: it waits for that server.' } } : {}),
  })
  const queue = [0, 1, 2].map((i) => claim(`data-queue-${String(i)}`, 'data', { sizeBytes: 5 * GI, node: i === 1 ? 'kitchen-2' : 'kitchen-1', apps: [app('StatefulSet', 'queue', 'data')], pods: [ref('Pod', `queue-${String(i)}`, 'data')] }))
  const uploads = claim('uploads', 'default', {
    sizeBytes: 40 * GI, usedBytes: 22.4 * GI, node: 'kitchen-2', apps: [app('Deployment', 'my-website-deployment', 'default')], health: 'degraded', backupProblem: 'https://s3.example.com/menu answers 403: the key may not write there.', lastBackup: { name: 'uploads-1', at: at - 4 * 24 * HOUR },
    nextBackupAt: at + 5 * HOUR, why: { reason: 'BackupFailed', message: 'https://s3.example.com/menu answers 403: the key may not write there.' },
  })
  const { node: _n, volume: _v, ...unbound } = claim('training-set', 'ml', { state: 'waits', health: 'stopped', sizeBytes: 200 * GI, expandable: false })
  return [orders, ...queue, uploads, unbound]
}

/** Only what was made has been counted; a snapshot never is. */
function withoutSizes({ bytes, entries, digest, schedule, ...rest }: ClaimCopy): ClaimCopy {
  if (rest.kind === 'snapshot') return rest
  const of = { ...rest, ...(schedule === undefined ? {} : { schedule }) }
  return rest.state === 'good' ? { ...of, ...(bytes === undefined ? {} : { bytes }), ...(entries === undefined ? {} : { entries }), ...(digest === undefined ? {} : { digest }) } : of
}
