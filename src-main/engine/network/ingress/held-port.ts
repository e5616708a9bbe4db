import type Docker from 'dockerode'
import type { NodeIngressState } from './node-ingress.ts'
import { HTTP_PORT } from './haproxy-config.ts'

/** The condition of a node that says whether Ingresses are served there. */
export interface IngressCondition {
  status: 'True' | 'False'
  reason: 'Serving' | 'NoIngress' | 'PortInUse' | 'NotApplied'
  message: string
}

/** What a node's condition says. `holders`: who holds a port, where Docker knows it. Pure. */
export function ingressCondition(node: string, { ports, held, failure }: NodeIngressState, holders: ReadonlyMap<number, string>): IngressCondition {
  const served = ports.length > 0 ? ` Ingresses are served on port ${ports.join(' and ')}.` : ' No Ingress is served on this server.'
  if (held.length > 0) {
    const told = held.map((port) => {
      const holder = holders.get(port)
      if (holder !== undefined) return `Port ${String(port)} of server ${node} is held by the Docker container ${holder}: let it publish another port, or stop it.`
      return `Port ${String(port)} of server ${node} is held by another program (\`sudo ss -ltnp 'sport = :${String(port)}'\` there shows which): stop it, or let it listen on another port.`
    })
    return { status: 'False', reason: 'PortInUse', message: `${told.join(' ')}${served} It is tried again every half a minute` }
  }
  if (failure !== undefined) return { status: 'False', reason: 'NotApplied', message: `The server's proxy does not take what it should serve: ${failure.trim().slice(0, 500)}.${served}` }
  if (ports.length === 0) return { status: 'False', reason: 'NoIngress', message: `There is nothing to serve: no Ingress is this cluster's, and port ${String(HTTP_PORT)} is free` }
  return { status: 'True', reason: 'Serving', message: served.trim().slice(0, -1) }
}

/** Which containers publish these ports, by name. Empty where Docker does not say. */
export async function portHolders(docker: Docker, ports: readonly number[]): Promise<Map<number, string>> {
  const found = new Map<number, string>()
  if (ports.length === 0) return found
  const containers = await docker.listContainers().catch(() => [])
  for (const { Ports, Names } of containers) {
    for (const { PublicPort } of Ports) if (ports.includes(PublicPort)) found.set(PublicPort, (Names[0] ?? '').replace(/^\//, ''))
  }
  return found
}
