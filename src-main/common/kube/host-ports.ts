import type { Pod } from './generated/core-v1.ts'

/** A port of the node that a pod takes. */
export interface HostPort {
  /** `0.0.0.0`: every address of the node. */
  ip: string
  protocol: string
  port: number
}

/** The ports of its node that a pod takes; all its ports where it is on the node's network. */
export function hostPortsOf({ spec }: Pod): HostPort[] {
  const sidecars = (spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always')
  return [...spec.containers, ...sidecars].flatMap((c) => c.ports ?? []).flatMap(({ hostPort, hostIP, protocol, containerPort }) => {
    const port = hostPort || (spec.hostNetwork === true ? containerPort : 0)
    return port ? [{ ip: hostIP || '0.0.0.0', protocol: protocol ?? 'TCP', port }] : []
  })
}

/** Can the two not be on one node? */
export function portsClash(a: HostPort, b: HostPort): boolean {
  return a.port === b.port && a.protocol === b.protocol && (a.ip === b.ip || a.ip === '0.0.0.0' || b.ip === '0.0.0.0')
}
