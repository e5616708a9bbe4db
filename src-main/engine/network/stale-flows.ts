import type { ServicePortModel } from './service-model.ts'

/**
 * conntrack's arguments for the UDP flows to forget after a change of backends: UDP has no connections, so a client that keeps its
 * port would be sent to an address that has left, for as long as it talks. TCP flows are left alone: that is what lets an ending
 * pod finish what it has begun.
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
