import { describe, expect, test } from 'vitest'
import { VolumeBackups } from '../../../common/kube/volume-copies.ts'
import type { VolumeBackup } from '../../../common/kube/volume-copies.ts'
import { DEFINITIONS } from '../openapi/definitions.ts'
import { AS_TESTER, startTestApi } from '../testing/test-api.ts'
import { FieldErrors } from '../validation/field-errors.ts'
import { backupScheduleKind } from './backup-schedule.ts'
import type { Kind } from './kind.ts'
import { volumeBackupKind } from './volume-backup.ts'
import { volumeSnapshotKind } from './volume-snapshot.ts'

function problems(kind: Kind, spec: object | undefined): string[] {
  const errors = new FieldErrors()
  kind.validate?.({ metadata: { name: 'x' }, spec } as never, errors)
  return errors.causes.map((c) => `${c.field ?? ''}: ${c.message ?? ''}`)
}
const folder = { folder: { path: '/b' } }
const s3 = (more: object = {}): object => ({ target: { s3: { endpoint: 'https://s3.example.com', bucket: 'copies', secretName: 's3', ...more } } })
const backup = (more: object = {}): object => ({ claimName: 'data', target: folder, ...more })
const schedule = (more: object = {}): object => ({ schedule: '@daily', claims: { names: ['data'] }, target: folder, ...more })

describe('what is refused', () => {
  test.each<[string, Kind, object | undefined, (string | RegExp)[]]>([
    ['a good backup', volumeBackupKind, backup(), []], ['of a bucket', volumeBackupKind, backup(s3()), []], ['of a server', volumeBackupKind, backup({ target: { server: { name: 'web-1' } } }), []],
    ['nothing at all', volumeBackupKind, undefined, ['spec: Required value']],
    ['no claim', volumeBackupKind, backup({ claimName: undefined }), ['spec.claimName: Required value']],
    ['a claim with an odd name', volumeBackupKind, backup({ claimName: 'A b' }), [/^spec\.claimName: Invalid value: "A b"/]],
    ['no target', volumeBackupKind, backup({ target: undefined }), [/^spec\.target: Required value: where the copy is kept/]],
    ['an empty target', volumeBackupKind, backup({ target: {} }), [/exactly one of folder, server and s3, and names 0/]],
    ['two targets', volumeBackupKind, backup({ target: { ...folder, server: { name: 'a' } } }), [/and names 2/]],
    ['a folder from here', volumeBackupKind, backup({ target: { folder: { path: 'b/c' } } }), [/^spec\.target\.folder\.path: .*whole path/]],
    ['an endpoint without a scheme', volumeBackupKind, backup(s3({ endpoint: 'minio:9000' })), [/^spec\.target\.s3\.endpoint: .*must be like https/]],
    ['an endpoint with a path', volumeBackupKind, backup(s3({ endpoint: 'https://s3.example.com/bucket' })), [/without a path/]],
    ['no bucket, no Secret', volumeBackupKind, backup(s3({ bucket: undefined, secretName: '' })), [/^spec\.target\.s3\.bucket/, 'spec.target.s3.secretName: Required value']],
    ['a prefix from the root', volumeBackupKind, backup(s3({ prefix: '/x' })), [/must not begin with a slash/]],
    ['an odd hold', volumeBackupKind, backup({ hold: 'Pray' }), ['spec.hold: Unsupported value: "Pray": supported values: "Freeze", "None", "Stop"']],
    ['a freeze without end', volumeBackupKind, backup({ freezeSeconds: 86_400 }), [/between 1 and 3600/]],
    ['a good schedule', backupScheduleKind, schedule({ timeZone: 'Asia/Seoul', keep: { count: 3, days: 7 } }), []], ['of all claims', backupScheduleKind, schedule({ claims: { selector: {} } }), []],
    ['a bad schedule and zone', backupScheduleKind, schedule({ schedule: '61 * * * *', timeZone: 'Mars/Olympus' }), [/^spec\.schedule: Invalid value/, /^spec\.timeZone: Invalid value/]],
    ['no claims', backupScheduleKind, schedule({ claims: {} }), [/^spec\.claims: Required value/]], ['none said', backupScheduleKind, schedule({ claims: undefined }), [/^spec\.claims: Required value/]],
    ['nothing kept', backupScheduleKind, schedule({ keep: { count: 0, days: -1 } }), [/^spec\.keep\.count: .*at least 1/, /^spec\.keep\.days/]],
    ['a good snapshot', volumeSnapshotKind, { source: { persistentVolumeClaimName: 'data' } }, []],
    ['a snapshot of nothing', volumeSnapshotKind, { source: {} }, ['spec.source.persistentVolumeClaimName: Required value']],
    ['of what is there already', volumeSnapshotKind, { source: { volumeSnapshotContentName: 'c' } }, [/not supported: name a claim/]],
  ])('%s', (_, kind, spec, expected) => {
    const found = problems(kind, spec)
    expect(found).toHaveLength(expected.length)
    expected.forEach((one, i) => expect(found[i]).toMatch(one instanceof RegExp ? one : new RegExp(`^${one.replace(/[.[\]()*+?]/g, '\\$&')}$`)))
  })

  test('a change of what is to be saved', () => {
    const errors = new FieldErrors()
    volumeBackupKind.validateUpdate?.({ metadata: {}, spec: backup({ claimName: 'other' }) } as never, { metadata: {}, spec: backup() } as never, errors)
    expect(errors.causes.map((c) => c.message)).toEqual(['Forbidden: a backup is of one time and place: make another one'])
  })
})

test('every description refers to one that is served', () => {
  const mine = Object.keys(DEFINITIONS).filter((name) => name.startsWith('dev.toque') || name.startsWith('io.k8s.storage.snapshot'))
  expect(mine.length).toBeGreaterThan(10)
  for (const name of mine) for (const [, ref = ''] of JSON.stringify(DEFINITIONS[name]).matchAll(/"#\/definitions\/([^"]+)"/g)) expect(DEFINITIONS[ref], `${name} -> ${ref}`).toBeDefined()
})

test('status is not taken from who makes one, and a backup is held until its copy is gone', async () => {
  const t = await startTestApi()
  try {
    const made = await t.api.create(VolumeBackups, 'default', { metadata: { name: 'b' }, spec: backup(), status: { phase: 'Succeeded', digest: 'sha256:x' } }, AS_TESTER)
    expect(made).toMatchObject({ status: { phase: 'Pending' }, metadata: { finalizers: ['toque.dev/volume-copy'] } })
    expect((made as VolumeBackup).status?.digest).toBeUndefined()
    await t.api.delete(VolumeBackups, 'default', 'b', {}, AS_TESTER)
    expect(t.api.get(VolumeBackups, 'default', 'b').metadata.deletionTimestamp).toBeDefined()
  } finally {
    await t.close()
  }
})
