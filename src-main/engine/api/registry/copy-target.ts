import { VOLUME_HOLDS } from '../../../common/kube/volume-copies.ts'
import type { CopyTarget, VolumeHold } from '../../../common/kube/volume-copies.ts'
import type { FieldErrors } from '../validation/field-errors.ts'
import { dnsSubdomain } from '../validation/names.ts'

/** Longer than this a database is not held still by mistake. */
const LONGEST_FREEZE = 3600
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/i
const ABSOLUTE = /^(\/|[A-Za-z]:[\\/])/

/** What backups and their schedules say of where and how. */
export function validateCopying({ target, hold, freezeSeconds }: { target?: CopyTarget; hold?: VolumeHold; freezeSeconds?: number }, errors: FieldErrors): void {
  if (hold !== undefined && !VOLUME_HOLDS.includes(hold)) errors.notSupported('spec.hold', hold, VOLUME_HOLDS)
  if (freezeSeconds !== undefined && (freezeSeconds < 1 || freezeSeconds > LONGEST_FREEZE)) errors.invalid('spec.freezeSeconds', freezeSeconds, `must be between 1 and ${String(LONGEST_FREEZE)}`)
  if (target === undefined) return errors.required('spec.target', 'where the copy is kept: folder, server or s3')
  const { folder, server, s3 } = target
  const given = [folder, server, s3].filter((one) => one !== undefined).length
  if (given !== 1) errors.invalid('spec.target', target, `must name exactly one of folder, server and s3, and names ${String(given)}`)
  if (folder !== undefined && !ABSOLUTE.test(folder.path ?? '')) errors.invalid('spec.target.folder.path', folder.path, 'must be the whole path of a folder of the machine that the engine runs on')
  if (server !== undefined) checkName('spec.target.server.name', server.name, errors)
  if (s3 === undefined) return
  if (!URL.canParse(s3.endpoint ?? '') || !/^https?:\/\/[^/]+\/?$/.test(s3.endpoint)) errors.invalid('spec.target.s3.endpoint', s3.endpoint, 'must be like https://s3.example.com, without a path')
  if (!BUCKET.test(s3.bucket ?? '')) errors.invalid('spec.target.s3.bucket', s3.bucket, 'must be the name of a bucket: 3 to 63 letters, digits, dots and hyphens')
  if (s3.prefix?.startsWith('/') === true) errors.invalid('spec.target.s3.prefix', s3.prefix, 'must not begin with a slash')
  checkName('spec.target.s3.secretName', s3.secretName, errors)
}

/** The name of another object: there, and well-formed. */
export function checkName(field: string, name: string | undefined, errors: FieldErrors): void {
  if (!name) return errors.required(field)
  errors.check(field, name, dnsSubdomain)
}
