import type { Form, Of, Reading } from './form.ts'
import { list, object } from './form.ts'
import { text, whole } from './scalars.ts'

const long = object({ name: text, mode: text, host_ip: text, target: whole, published: whole, protocol: text, app_protocol: text }, 'target')

/** A port of a container, and where it is published: on every node (`mode: ingress`, Docker's default) or on the container's own (`host`). */
export type Port = Of<typeof long>

const SHORT = /^(?:(\[[\da-fA-F:.]+\]|\d+(?:\.\d+){3}):)?(?:(\d+)(?:-(\d+))?:|:)?(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/

/** `ports`: in any of its ways, ranges written out, with the defaults that Docker fills in (`mode: ingress`, `protocol: tcp`). */
export const ports: Form<Port[]> = {
  ...list(long, ({ target, published, protocol, host_ip }) => JSON.stringify([target, published, protocol, host_ip])),
  read: (value, at) => (Array.isArray(value) ? value.flatMap((item, i) => read(item, at.at(i))) : undefined),
}

function read(value: unknown, at: Reading): Port[] {
  if (typeof value === 'number' || typeof value === 'string') return readShort(String(value), at)
  const port = long.read(value, at)
  if (port === undefined) return []
  if (port.mode !== undefined && port.mode !== 'ingress' && port.mode !== 'host') at.at('mode').problem(`must be ingress or host, not "${port.mode}".`)
  if (port.protocol !== undefined && !/^(tcp|udp|sctp)$/.test(port.protocol)) at.at('protocol').problem(`must be tcp, udp or sctp, not "${port.protocol}".`)
  return [port.target, port.published].every((n, i) => inRange(n, at.at(i === 0 ? 'target' : 'published'))) ? [{ ...port, mode: port.mode ?? 'ingress', protocol: port.protocol ?? 'tcp' }] : []
}

function readShort(spec: string, at: Reading): Port[] {
  const m = SHORT.exec(spec)
  const wrong = (why: string): Port[] => (at.problem(why), [])
  if (m === null) return wrong(`cannot be "${spec}": write PORT, PUBLISHED:PORT or ADDRESS:PUBLISHED:PORT, each port a number or a range such as 8000-8010, with /udp at the end for UDP.`)
  const [, address, publishedFrom, publishedTo, targetFrom = '', targetTo, protocol = 'tcp'] = m
  if (![publishedFrom, publishedTo, targetFrom, targetTo].every((n) => inRange(n === undefined ? undefined : Number(n), at))) return []
  const targets = range(targetFrom, targetTo)
  const published = publishedFrom === undefined ? undefined : range(publishedFrom, publishedTo)
  if (targets.length === 0 || published?.length === 0) return wrong(`cannot be "${spec}": a range goes from the lower to the higher port.`)
  // Several published ports may lead to one; otherwise each has its own.
  const one = targets.length === 1
  if (published !== undefined && !one && published.length !== targets.length) return wrong(`cannot be "${spec}": the two ranges have ${String(published.length)} and ${String(targets.length)} ports, and each published port needs its own.`)
  const ip = address?.replace(/^\[|\]$/g, '')
  return (published ?? targets).map((_, i) => ({
    ...(ip === undefined ? {} : { host_ip: ip }), target: targets[one ? 0 : i] ?? 0,
    ...(published === undefined ? {} : { published: published[i] ?? 0 }), protocol, mode: 'ingress',
  }))
}

function range(from: string, to: string | undefined): number[] {
  const first = Number(from)
  const count = Number(to ?? from) - first + 1
  return Array.from({ length: Math.max(0, count) }, (_, i) => first + i)
}

function inRange(port: number | undefined, at: Reading): boolean {
  if (port === undefined || (port >= 0 && port <= 65535)) return true
  at.problem(`cannot be ${String(port)}: ports go from 1 to 65535.`)
  return false
}
