import type { EndpointSlice } from '../../common/kube/generated/discovery-v1.ts'
import { clash } from '../../common/ipv4.ts'
import type { ServicePortModel } from './service-model.ts'

/**
 * conntrack's arguments for the UDP flows to forget after a change of backends: UDP has no connections, so a client that keeps its
 * port would be sent to an address that has left, for as long as it talks. TCP flows are left alone: that is what lets an ending
 * pod finish what it has begun; and one that is over leads nobody anywhere, for the kernel looks for a backend anew when its port opens another.
 */
export function staleFlows(before: readonly ServicePortModel[], after: readonly ServicePortModel[]): string[] {
  const now = new Map(after.map((m) => [m.name, m]))
  const lines: string[] = []
  for (const old of before) {
    if (old.protocol !== 'udp') continue
    const current = now.get(old.name)
    const kept = new Set([...(current?.internal ?? []), ...(current?.all ?? [])].map((b) => b.ip))
    const gone = new Set([...old.internal, ...old.all].map((b) => b.ip).filter((ip) => !kept.has(ip)))
    for (const ip of gone) {
      for (const vip of [old.clusterIP, ...old.externalIPs]) if (vip !== '') lines.push(`-p udp --orig-dst ${vip} --orig-port-dst ${String(old.port)} --dst-nat ${ip}`)
      if (old.nodePort !== 0) lines.push(`-p udp --orig-port-dst ${String(old.nodePort)} --dst-nat ${ip}`)
    }
  }
  return lines
}

/**
 * conntrack's arguments for the flows to forget because the pod that they are sent to is gone. Its end may never have been heard (its server was cut off or
 * lost its power), and the kernel keeps an open connection for days: a client that comes by the same port again would be sent to nobody.
 * `backends`: the addresses that flows are sent to; `live`: those of all pods.
 */
export function deadFlows(backends: readonly string[], live: ReadonlySet<string>, { clusterCidr, gateway }: { clusterCidr: string; gateway: string }): string[] {
  const dead = backends.filter((ip) => ip !== gateway && !live.has(ip) && clash(`${ip}/32`, [clusterCidr]) !== undefined)
  return dead.flatMap((ip) => ['tcp', 'udp'].map((protocol) => `-p ${protocol} --dst-nat ${ip}`))
}

/**
 * conntrack's arguments for TCP connections that were sent to pods of servers that are avoided from now on (they fell silent), and that nobody has answered: forgotten, the client's next
 * attempt (or another connection of the same port) is sent to a pod that serves. Answered ones are left alone: the server may only hang.
 */
export function unansweredFlows(slices: readonly EndpointSlice[], avoidedNodes: ReadonlySet<string>, knownBefore: ReadonlySet<string>): string[] {
  const addresses = slices.flatMap((slice) => slice.endpoints)
    .filter(({ nodeName = '' }) => avoidedNodes.has(nodeName) && !knownBefore.has(nodeName))
    .flatMap((endpoint) => endpoint.addresses)
  return [...new Set(addresses)].sort().map((ip) => `-p tcp --state SYN_SENT --dst-nat ${ip}`)
}
