import type { Service } from '../../common/kube/generated/core-v1.ts'
import type { Endpoint, EndpointSlice } from '../../common/kube/generated/discovery-v1.ts'
import { CLUSTER_DOMAIN } from '../../common/kube/well-known.ts'
import { lines } from './lines.ts'
import { isEnding, isReachable, slicesByService } from './service-model.ts'
import type { ServiceInput } from './service-model.ts'

/** What dnsmasq is given. `hosts` it reads again in place; a changed `config` needs a new process. */
export interface DnsFiles {
  /** In the form of /etc/hosts. */
  hosts: string
  config: string
}

/** Where the helper keeps the hosts file. */
const HOSTS_FILE = '/run/toque/hosts'
/** Seconds an answer may be kept: short, as pods come and go. */
const TTL = 5

/**
 * The records of Kubernetes' DNS specification for these Services: addresses of Services and, for headless ones, of each ready pod that
 * answers (by its hostname too), SRV for named ports, CNAME for external names. What is not here of the cluster's domain does not exist;
 * everything else goes to the node's own resolvers.
 */
export function dnsRecords(input: ServiceInput, gateway: string): DnsFiles {
  const slices = slicesByService(input.slices)
  const hosts: string[] = []
  const records: string[] = []
  for (const service of input.services) {
    const name = `${service.metadata.name}.${service.metadata.namespace ?? ''}.svc.${CLUSTER_DOMAIN}`
    const { clusterIP, type, externalName } = service.spec ?? {}
    if (type === 'ExternalName') {
      if (externalName !== undefined && /^[a-zA-Z0-9._-]+$/.test(externalName)) records.push(`cname=${name},${externalName.replace(/\.$/, '')}`)
    } else if (clusterIP === 'None') {
      headless(name, service, slices.get(`${service.metadata.namespace ?? ''}/${service.metadata.name}`) ?? [], input, hosts, records)
    } else if (clusterIP !== undefined && clusterIP !== '') {
      hosts.push(`${clusterIP} ${name}`)
      for (const port of service.spec?.ports ?? []) if (port.name) records.push(srv(port.name, port.protocol, name, name, port.port))
    }
  }
  const config = [
    'no-hosts', 'user=nobody', 'bind-dynamic', `listen-address=${gateway}`, 'no-dhcp-interface=*', `local=/${CLUSTER_DOMAIN}/`,
    `addn-hosts=${HOSTS_FILE}`, `local-ttl=${String(TTL)}`, 'domain-needed', 'cache-size=2000', 'dns-forward-max=1000', ...[...new Set(records)].sort(),
  ]
  return { hosts: lines(hosts.sort()), config: lines(config) }
}

/** As for the rules: pods of servers that do not answer us are left out, unless there are no others. Who publishes unready ones wants them all. */
function headless(name: string, service: Service, slices: readonly EndpointSlice[], input: ServiceInput, hosts: string[], records: string[]): void {
  const all = service.spec?.publishNotReadyAddresses === true
  const isListed = (endpoint: Endpoint): boolean => all || !(endpoint.conditions?.ready === false || isEnding(endpoint, input.endingPods))
  const isHeard = ({ nodeName = '' }: Endpoint): boolean => all || !input.avoidedNodes.has(nodeName)
  const anyHeard = slices.some((slice) => slice.endpoints.some((endpoint) => isListed(endpoint) && isHeard(endpoint)))
  for (const slice of slices) {
    for (const endpoint of slice.endpoints) {
      const ip = endpoint.addresses[0]
      if (ip === undefined || !isReachable(endpoint) || !isListed(endpoint) || (anyHeard && !isHeard(endpoint))) continue
      const own = `${isLabel(endpoint.hostname) ? endpoint.hostname : ip.replaceAll('.', '-')}.${name}`
      // The first name on a line is what the address resolves back to.
      hosts.push(`${ip} ${own} ${name}`)
      for (const port of slice.ports ?? []) {
        if (isLabel(port.name) && port.port !== undefined) records.push(srv(port.name, port.protocol, name, own, port.port))
      }
    }
  }
}

/** One word of a name: anything else that stands in a stored slice does not get into dnsmasq's files. */
function isLabel(text: string | undefined): text is string {
  return text !== undefined && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(text)
}

function srv(port: string, protocol: string | undefined, name: string, target: string, number: number): string {
  return `srv-host=_${port}._${(protocol ?? 'TCP').toLowerCase()}.${name},${target},${String(number)},0,100`
}
