import { stringify } from 'yaml'
import type { ClaimRef } from '../../src-main/common/contract/index.ts'
import { nextTime, parseSchedule } from '../../src-main/common/cron/schedule.ts'
import type { CopyTarget, VolumeHold } from '../../src-main/common/kube/volume-copies.ts'

/** What someone fills in to back a claim up: where to, and how it is kept whole. Numbers are text while they are typed. */
export interface CopyForm {
  target: 'folder' | 'server' | 's3'
  folder: string
  server: string
  endpoint: string
  bucket: string
  prefix: string
  region: string
  secret: string
  hold: VolumeHold
}

/** The same, at the times of a schedule. */
export interface ScheduleForm extends CopyForm {
  name: string
  often: 'hour' | 'day' | 'week' | 'own'
  /** `03:00`; of an hourly one only the minutes count. */
  time: string
  /** 0 is Sunday. */
  weekday: string
  /** With `own`: as cron has it. */
  cron: string
  zone: string
  /** '' keeps all. */
  count: string
  days: string
}

/** What is wrong with a field; the screen has the words. */
export type CopyProblem = 'folder_missing' | 'folder_whole' | 'server_missing' | 'endpoint_form' | 'bucket_form' | 'secret_missing' | 'name_form' | 'time_form' | 'cron_form' | 'cron_never' | 'zone_form' | 'count_form'
export type CopyField = keyof ScheduleForm

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const COUNT_MAX = 9999

/** An empty form; `server`: chosen at first. */
export function emptyCopy(server: string): CopyForm {
  return { target: 'folder', folder: '', server, endpoint: '', bucket: '', prefix: '', region: '', secret: '', hold: 'Freeze' }
}

/** Every night, a week of them. */
export function emptySchedule(claim: string, server: string, zone: string): ScheduleForm {
  return { ...emptyCopy(server), name: `${claim}-nightly`.slice(0, 63), often: 'day', time: '03:00', weekday: '0', cron: '0 3 * * *', zone, count: '7', days: '' }
}

/** Problems by field; empty when it can be done. */
export function copyProblems(form: CopyForm): Partial<Record<CopyField, CopyProblem>> {
  if (form.target === 'server') return form.server === '' ? { server: 'server_missing' } : {}
  if (form.target === 'folder') {
    const folder = form.folder.trim()
    return folder === '' ? { folder: 'folder_missing' } : isWholePath(folder) ? {} : { folder: 'folder_whole' }
  }
  return {
    ...(/^https?:\/\/[^/\s]+\/?$/.test(form.endpoint.trim()) ? {} : { endpoint: 'endpoint_form' as const }),
    ...(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(form.bucket.trim()) ? {} : { bucket: 'bucket_form' as const }),
    ...(form.secret === '' ? { secret: 'secret_missing' as const } : {}),
  }
}

/** As `copyProblems`, with the times and what is kept. */
export function scheduleProblems(form: ScheduleForm, now: number): Partial<Record<CopyField, CopyProblem>> {
  const problems = copyProblems(form)
  if (!NAME.test(form.name) || form.name.length > 63) problems.name = 'name_form'
  if (form.often !== 'own' && cronOf(form) === undefined) problems.time = 'time_form'
  const zoned = isZone(form.zone)
  if (!zoned) problems.zone = 'zone_form'
  if (form.often === 'own') {
    const schedule = parseSchedule(form.cron.trim())
    if (typeof schedule === 'string') problems.cron = 'cron_form'
    else if (zoned && nextTime(schedule, now, form.zone) === undefined) problems.cron = 'cron_never'
  }
  for (const field of ['count', 'days'] as const) {
    const text = form[field].trim()
    if (text !== '' && (!/^\d{1,4}$/.test(text) || Number(text) < 1 || Number(text) > COUNT_MAX)) problems[field] = 'count_form'
  }
  return problems
}

/** The form's times as cron has them; undefined while the time of day is none. */
export function cronOf({ often, time, weekday, cron }: Pick<ScheduleForm, 'often' | 'time' | 'weekday' | 'cron'>): string | undefined {
  if (often === 'own') return cron.trim()
  const found = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(time.trim())
  if (found === null) return undefined
  const [hour, minute] = [Number(found[1]), Number(found[2])]
  if (often === 'hour') return `${String(minute)} * * * *`
  return `${String(minute)} ${String(hour)} * * ${often === 'week' ? weekday : '*'}`
}

/** Where the copies go. */
export function targetOf(form: CopyForm): CopyTarget {
  if (form.target === 'folder') return { folder: { path: form.folder.trim() } }
  if (form.target === 'server') return { server: { name: form.server } }
  const [prefix, region] = [form.prefix.trim(), form.region.trim()]
  return { s3: { endpoint: form.endpoint.trim().replace(/\/$/, ''), bucket: form.bucket.trim(), ...(prefix === '' ? {} : { prefix }), ...(region === '' ? {} : { region }), secretName: form.secret } }
}

/** A VolumeBackup of the claim. */
export function backupYaml(claim: ClaimRef, form: CopyForm, now: number): string {
  return yaml({ apiVersion: 'toque.dev/v1', kind: 'VolumeBackup', metadata: { name: momentName(claim.name, now), namespace: claim.namespace }, spec: { claimName: claim.name, target: targetOf(form), hold: form.hold } })
}

/** A BackupSchedule of the claim. */
export function scheduleYaml(claim: ClaimRef, form: ScheduleForm): string {
  const keep = { ...(form.count.trim() === '' ? {} : { count: Number(form.count) }), ...(form.days.trim() === '' ? {} : { days: Number(form.days) }) }
  return yaml({
    apiVersion: 'toque.dev/v1', kind: 'BackupSchedule', metadata: { name: form.name, namespace: claim.namespace },
    spec: { schedule: cronOf(form) ?? '', timeZone: form.zone, claims: { names: [claim.name] }, target: targetOf(form), hold: form.hold, ...(Object.keys(keep).length === 0 ? {} : { keep }) },
  })
}

/** A VolumeSnapshot of the claim. */
export function snapshotYaml(claim: ClaimRef, now: number): string {
  return yaml({ apiVersion: 'snapshot.storage.k8s.io/v1', kind: 'VolumeSnapshot', metadata: { name: momentName(claim.name, now), namespace: claim.namespace }, spec: { source: { persistentVolumeClaimName: claim.name } } })
}

/** `data-20260102-030405`: a name for what is made of something now; of the start of a long name, so that it stays a name. */
export function momentName(of: string, now: number): string {
  const at = new Date(now).toISOString().replace(/\.\d+Z$/, '').replaceAll(/[-:]/g, '').replace('T', '-')
  return `${of.slice(0, 200).replace(/[-.]+$/, '')}-${at}`
}

/** Is it a name for an object that may have to be a label too? */
export function isName(text: string): boolean {
  return NAME.test(text) && text.length <= 63
}

function isWholePath(path: string): boolean {
  return path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path)
}

function isZone(zone: string): boolean {
  try {
    return zone !== '' && new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

function yaml(object: unknown): string {
  return stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })
}
