import fc from 'fast-check'
import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { parseSchedule } from '../../src-main/common/cron/schedule.ts'
import type { CopyForm, ScheduleForm } from './copy-form.ts'
import { backupYaml, copyProblems, cronOf, emptyCopy, emptySchedule, isName, momentName, scheduleProblems, scheduleYaml, snapshotYaml, targetOf } from './copy-form.ts'

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
const claim = { namespace: 'shop', name: 'data' }
const s3 = { target: 's3', endpoint: 'https://s3.example.com', bucket: 'menu', secret: 'keys' } as const

describe('where to', () => {
  test.each<[string, Partial<CopyForm>, ReturnType<typeof copyProblems>]>([
    ['no folder', {}, { folder: 'folder_missing' }],
    ['a relative one', { folder: 'backups' }, { folder: 'folder_whole' }],
    ['a folder', { folder: ' /srv/backups ' }, {}],
    ['one of Windows', { folder: 'D:\\backups' }, {}],
    ['no server', { target: 'server' }, { server: 'server_missing' }],
    ['a server', { target: 'server', server: 'b' }, {}],
    ['S3 without all', { target: 's3' }, { endpoint: 'endpoint_form', bucket: 'bucket_form', secret: 'secret_missing' }],
    ['an address with a path', { ...s3, endpoint: 'https://s3.example.com/menu' }, { endpoint: 'endpoint_form' }],
    ['a bucket in capitals', { ...s3, bucket: 'Menu' }, { bucket: 'bucket_form' }],
    ['S3', s3, {}],
  ])('%s', (_, part, problems) => expect(copyProblems({ ...emptyCopy(''), ...part })).toEqual(problems))

  test('only what was said is in the target', () => {
    expect(targetOf({ ...emptyCopy(''), folder: ' /srv ' })).toEqual({ folder: { path: '/srv' } })
    expect(targetOf({ ...emptyCopy(''), ...s3, endpoint: 'http://minio:9000/' })).toEqual({ s3: { endpoint: 'http://minio:9000', bucket: 'menu', secretName: 'keys' } })
    expect(targetOf({ ...emptyCopy(''), ...s3, prefix: 'toque/', region: 'eu' })).toMatchObject({ s3: { prefix: 'toque/', region: 'eu' } })
  })
})

describe('when', () => {
  const form = (part: Partial<ScheduleForm>): ScheduleForm => ({ ...emptySchedule('data', '', 'Asia/Seoul'), folder: '/srv', ...part })

  test.each<[Partial<ScheduleForm>, string | undefined]>([
    [{}, '0 3 * * *'], [{ often: 'hour', time: '03:20' }, '20 * * * *'], [{ often: 'week', weekday: '5', time: '23:59' }, '59 23 * * 5'], [{ often: 'own', cron: ' @daily ' }, '@daily'], [{ time: '24:00' }, undefined], [{ time: '3 am' }, undefined],
  ])('%j is %s', (part, cron) => expect(cronOf(form(part))).toBe(cron))

  test.each<[Partial<ScheduleForm>, object]>([
    [{}, {}], [{ time: '25:00' }, { time: 'time_form' }], [{ often: 'own', cron: 'often' }, { cron: 'cron_form' }], [{ often: 'own', cron: '0 0 30 2 *' }, { cron: 'cron_never' }], [{ zone: 'Mars/Base' }, { zone: 'zone_form' }],
    [{ count: '0' }, { count: 'count_form' }], [{ days: 'many' }, { days: 'count_form' }], [{ count: '', days: '' }, {}], [{ name: 'Data' }, { name: 'name_form' }], [{ often: 'own', cron: '0 3 * * *', time: '' }, {}],
  ])('%j: %j', (part, problems) => expect(scheduleProblems(form(part), NOW)).toEqual(problems))

  test('every time of day is a schedule', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }), fc.constantFrom('hour', 'day', 'week'), fc.integer({ min: 0, max: 6 }), (hour, minute, often, weekday) => {
      const cron = cronOf({ often, time: `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`, weekday: String(weekday), cron: '' })
      expect(typeof parseSchedule(cron ?? '')).toBe('object')
    }))
  })
})

test('the documents say what the forms say', () => {
  expect(parse(backupYaml(claim, { ...emptyCopy(''), folder: '/srv', hold: 'Stop' }, NOW))).toEqual({
    apiVersion: 'toque.dev/v1', kind: 'VolumeBackup', metadata: { name: 'data-20260102-030405', namespace: 'shop' }, spec: { claimName: 'data', target: { folder: { path: '/srv' } }, hold: 'Stop' },
  })
  expect(parse(scheduleYaml(claim, { ...emptySchedule('data', 'b', 'Asia/Seoul'), target: 'server', days: '30' }))).toEqual({
    apiVersion: 'toque.dev/v1', kind: 'BackupSchedule', metadata: { name: 'data-nightly', namespace: 'shop' },
    spec: { schedule: '0 3 * * *', timeZone: 'Asia/Seoul', claims: { names: ['data'] }, target: { server: { name: 'b' } }, hold: 'Freeze', keep: { count: 7, days: 30 } },
  })
  expect(parse(snapshotYaml(claim, NOW))).toMatchObject({ apiVersion: 'snapshot.storage.k8s.io/v1', metadata: { name: 'data-20260102-030405' }, spec: { source: { persistentVolumeClaimName: 'data' } } })
  expect(parse(scheduleYaml(claim, { ...emptySchedule('data', 'b', 'UTC'), count: '' })) as { spec: object }).not.toHaveProperty('spec.keep')
})

test('a name of a moment is a name, of whatever it is', () => {
  expect(momentName(`${'a'.repeat(199)}.b`, NOW)).toBe(`${'a'.repeat(199)}-20260102-030405`)
  expect([isName('data-2'), isName('-data'), isName('a'.repeat(64))]).toEqual([true, false, false])
})
