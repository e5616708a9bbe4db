import { isMap } from '../json.ts'
import type { Problems } from './context.ts'
import type { ComposeModel } from './forms/file.ts'
import type { Port } from './forms/ports.ts'
import { ports } from './forms/ports.ts'

interface Published {
  readonly service: string
  readonly port: Port
}

/** Finds ports that are published twice: only one service can have a port of the nodes. `raw`: the file as it is written, for the place. */
export function checkDuplicatePorts(model: ComposeModel, raw: Readonly<Record<string, unknown>>, problems: Problems): void {
  const all: Published[] = Object.entries(model.services).flatMap(([service, { ports: own }]) => (own ?? []).map((port) => ({ service, port })))
  // A range may be thousands: only those of one number are compared.
  const earlier = new Map<string, Published[]>()
  for (const { service, port } of all) {
    if (port.published === undefined || port.published === 0) continue
    const key = `${String(port.published)}/${port.protocol ?? ''}`
    const others = earlier.get(key) ?? []
    earlier.set(key, [...others, { service, port }])
    const first = others.find((other) => clash(other.port, port))
    if (first === undefined) continue
    const who = first.service === service ? `${service} publishes the port ${text(port)} twice` : `The port ${text(port)} is published by ${first.service} and by ${service}`
    problems.add(placeIn(raw, service, port), `${who}: give each a port of its own, or put a proxy before them.`)
  }
}

/** Do two of one number meet on an address? */
function clash(...both: readonly [Port, Port]): boolean {
  const [a, b] = both.map(({ host_ip: ip }) => (ip === undefined || ip === '0.0.0.0' || ip === '::' ? undefined : ip))
  return a === undefined || b === undefined || a === b
}

function text(port: Port): string {
  return `${String(port.published)}${port.protocol === 'tcp' ? '' : `/${port.protocol ?? ''}`}`
}

/** The written entry that this port comes from: the last such, for the first one is not to blame. */
function placeIn(raw: Readonly<Record<string, unknown>>, service: string, port: Port): (string | number)[] {
  const path = ['services', service, 'ports']
  const services = raw['services']
  const own = isMap(services) ? services[service] : undefined
  const written = isMap(own) && Array.isArray(own['ports']) ? (own['ports'] as unknown[]) : []
  const quiet = { path: [], problem: () => undefined, at: () => quiet }
  const i = written.findLastIndex((entry) => ports.read([entry], quiet)?.some((p) => p.published === port.published && p.protocol === port.protocol))
  return i < 0 ? path : [...path, i]
}
