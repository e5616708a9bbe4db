import { isMap } from '../../json.ts'
import type { Form, Of } from './form.ts'
import { list, map, object, short } from './form.ts'
import { flag, labels, number, oneOrMore, text, textMap, texts } from './scalars.ts'

const attachment = object({ aliases: texts, interface_name: text, ipv4_address: text, ipv6_address: text, link_local_ips: texts, mac_address: text, driver_opts: textMap, priority: number, gw_priority: number })

/** How a service is on one network. */
export type Attachment = Of<typeof attachment>

/** A service's `networks`: a list of names is each without options. */
export const attachments: Form<Record<string, Attachment>> = short(map(attachment, () => ({})), (value) => (Array.isArray(value) ? Object.fromEntries(value.map((name) => [String(name), {}])) : value))

const network = object({
  name: text, driver: text, driver_opts: textMap,
  ipam: object({ driver: text, config: list(object({ subnet: text, ip_range: text, gateway: text, aux_addresses: textMap })), options: textMap }),
  external: flag, internal: flag, enable_ipv4: flag, enable_ipv6: flag, attachable: flag, labels,
})
export type Network = Of<typeof network>

const volume = object({ name: text, driver: text, driver_opts: textMap, external: flag, labels })
export type Volume = Of<typeof volume>

/** The top-level `networks`. */
export const networks = map(named(network), () => ({}))

/** The top-level `volumes`. */
export const volumes = map(named(volume), () => ({}))

/** `external: {name: x}` is an old way to say `external: true` and `name: x`. */
export function named<T>(form: Form<T>): Form<T> {
  return short(form, (value) => {
    const external = isMap(value) ? value['external'] : undefined
    return isMap(value) && isMap(external) ? { ...value, external: true, ...(external['name'] === undefined ? {} : { name: external['name'] }) } : value
  })
}

/** `extra_hosts`: host names and their addresses; `host:ip`, `host=ip` or a map. As Docker reads it, a list keeps its order, and a map is sorted: so what is not sorted is written as a list. */
export const extraHosts: Form<Record<string, string[]>> = { ...short(map(oneOrMore), (value) => {
  if (isMap(value)) return sorted(value)
  if (!Array.isArray(value)) return value
  const hosts: Record<string, string[]> = {}
  for (const item of value.map(String)) {
    const m = /^([^:=]+)[:=](.*)$/.exec(item)
    const address = (m?.[2] ?? '').replace(/^\[(.*)\]$/, '$1');
    (hosts[m?.[1] ?? item] ??= []).push(address)
  }
  return hosts
}), write: (hosts) => {
  const list = Object.entries(hosts).flatMap(([name, addresses]) => addresses.map((address) => `${name}:${address}`))
  const isSorted = Object.keys(sorted(hosts)).every((name, i) => Object.keys(hosts)[i] === name)
  return isSorted || new Set(list).size < list.length ? hosts : list
} }

function sorted<T>(hosts: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(hosts).sort(([a], [b]) => (`${a}:` < `${b}:` ? -1 : 1)))
}

/** `depends_on`: a list of names waits for each to be started. */
export const dependsOn = short(map(object({ restart: flag, required: flag, condition: text }, 'condition')), (value) => (
  Array.isArray(value) ? Object.fromEntries(value.map((name) => [String(name), { condition: 'service_started' }])) : value))
