import { isMap } from '../../json.ts'
import type { Form } from './form.ts'
import { list, map, object, short } from './form.ts'
import { bytes, text, whole } from './scalars.ts'

/** `ulimits`: one number is the soft and the hard limit. */
export const ulimits = map(short(object({ soft: whole, hard: whole }, 'soft', 'hard'), (value) => (isMap(value) ? value : { soft: value, hard: value })))

const rates = list(object({ path: text, rate: bytes }))
const counts = list(object({ path: text, rate: whole }))

/** How fast a container may read and write devices. */
export const blkio = object({ device_read_bps: rates, device_read_iops: counts, device_write_bps: rates, device_write_iops: counts, weight: whole, weight_device: list(object({ path: text, weight: whole })) })

/** `devices`: `HOST:CONTAINER:rwm` or in words. */
export const devices = list(short(object({ source: text, target: text, permissions: text }, 'source'), (value) => {
  if (typeof value !== 'string') return value
  const [source, target, permissions] = value.split(':')
  return { source, ...(target === undefined ? {} : { target }), ...(permissions === undefined ? {} : { permissions }) }
}))

/** A size where -1 stands for "no limit". */
export const bytesOrUnlimited: Form<number> = { ...bytes, read: (value, at) => (String(value) === '-1' ? -1 : value === null || value === undefined ? undefined : bytes.read(value, at)), write: (value) => (value === -1 ? -1 : bytes.write(value)) }
