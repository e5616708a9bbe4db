import type { PodSpec } from '../../common/kube/generated/core-v1.ts'
import type { ServiceContext } from './context.ts'
import { defined } from './context.ts'

/** Names and name servers of the pods. */
export function hostsOf({ service, note, kind }: ServiceContext): Partial<PodSpec> {
  const byAddress = new Map<string, string[]>()
  for (const [host, addresses] of Object.entries(service.extra_hosts ?? {})) {
    addresses.forEach((address, i) => {
      const path = ['extra_hosts', host, i]
      if (!/^(\d{1,3}(\.\d{1,3}){3}|[\da-fA-F:]*:[\da-fA-F:.]*)$/.test(address)) note.lost(path, address === 'host-gateway' ? 'A pod has no such address: use the node\'s, which the downward API tells (status.hostIP).' : 'It is no address.')
      else {
        note.same(...path)
        byAddress.set(address, [...(byAddress.get(address) ?? []), host])
      }
    })
  }
  const hostname = service.hostname
  const isLabel = hostname !== undefined && /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(hostname)
  if (kind === 'StatefulSet') note.lost('hostname', 'Each replica is called after its number (db-0), so that it keeps its data and its name.')
  else if (hostname !== undefined && !isLabel) note.lost('hostname', 'A pod can be called by lower-case letters, digits and dashes only.')
  else note.same('hostname')
  note.changed('dns', 'Asked after the cluster\'s own, which knows the services; write dnsPolicy: None to ask only these.')
  note.changed('dns_search', 'Searched after the cluster\'s own domains.')
  const options = (service.dns_opt ?? []).map((option, i) => {
    const [name = option, value] = option.split(':')
    note.same('dns_opt', i)
    return value === undefined ? { name } : { name, value }
  })
  return defined({
    hostname: isLabel && kind !== 'StatefulSet' ? hostname : undefined,
    hostAliases: [...byAddress.entries()].map(([ip, hostnames]) => ({ ip, hostnames })),
    dnsConfig: defined({ nameservers: service.dns, searches: service.dns_search, options }),
  })
}
