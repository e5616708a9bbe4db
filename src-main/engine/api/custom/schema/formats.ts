import { isIP, isIPv4, isIPv6 } from 'node:net'

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const DATE_TIME = /^\d{4}-\d{2}-\d{2}[tT ]\d{2}:\d{2}:\d{2}(\.\d+)?([zZ]|[+-]\d{2}:\d{2})$/
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?([0-9a-f])[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const HOST = /^([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const DURATION = /^[-+]?(0|(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))*)$/
const SPELT_DURATION = /^(\d+)\s*(ns|nanos?|nanoseconds?|us|µs|micros?|microseconds?|ms|millis?|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)$/
const EMAIL = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+$/
const MAC = /^([0-9a-f]{2}([:-])([0-9a-f]{2}\2){4}[0-9a-f]{2}|([0-9a-f]{4}\.){2}[0-9a-f]{4})$/i

/** Formats of strings that are checked, as upstream does; any other name is ignored. */
const CHECKS: Readonly<Record<string, (text: string) => boolean>> = {
  'date': isDate,
  'date-time': isDateTime,
  'datetime': isDateTime,
  'duration': (text) => DURATION.test(text) || SPELT_DURATION.test(text),
  'email': (text) => EMAIL.test(text),
  'hostname': (text) => text.length <= 255 && HOST.test(text),
  'ipv4': isIPv4,
  'ipv6': isIPv6,
  'ip': (text) => isIP(text) !== 0,
  'cidr': isCidr,
  'mac': (text) => MAC.test(text),
  'uuid': (text) => UUID.test(text),
  'uuid3': (text) => UUID.exec(text)?.[1] === '3',
  'uuid4': (text) => UUID.exec(text)?.[1] === '4',
  'uuid5': (text) => UUID.exec(text)?.[1] === '5',
  'byte': (text) => BASE64.test(text),
  'uri': (text) => URL.canParse(text) || (text.startsWith('/') && URL.canParse(text, 'http://localhost')),
  'bsonobjectid': (text) => /^[0-9a-f]{24}$/i.test(text),
  'hexcolor': (text) => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  'rgbcolor': (text) => /^rgb\(\s*(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\s*(,\s*(\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])\s*){2}\)$/.test(text),
  'isbn10': (text) => /^\d{9}[\dX]$/.test(text.replace(/[- ]/g, '')),
  'isbn13': (text) => /^\d{13}$/.test(text.replace(/[- ]/g, '')),
  'creditcard': (text) => /^\d{12,19}$/.test(text.replace(/[- ]/g, '')),
  'ssn': (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
}

/** Has a text this format? Yes for formats that nobody knows. */
export function hasFormat(text: string, format: string): boolean {
  return !Object.hasOwn(CHECKS, format) || CHECKS[format]?.(text) === true
}

function isDate(text: string): boolean {
  const m = DATE.exec(text)
  if (m === null) return false
  const time = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text)
}

function isDateTime(text: string): boolean {
  return DATE_TIME.test(text) && isDate(text.slice(0, 10)) && !Number.isNaN(Date.parse(text.replace(' ', 'T').toUpperCase()))
}

/** `10.0.0.0/8`, `fd00::/8`. */
function isCidr(text: string): boolean {
  const [address = '', bits = '', more] = text.split('/')
  if (more !== undefined || !/^(0|[1-9]\d{0,2})$/.test(bits)) return false
  return isIPv4(address) ? Number(bits) <= 32 : isIPv6(address) && Number(bits) <= 128
}
