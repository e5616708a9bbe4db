import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'

/** This machine's own IPv4 networks as CIDRs, without loopback and Docker's bridges (those are asked of Docker). */
function machineNetworks(): string[] {
  return ownInterfaces().flatMap((i) => i.cidr ?? [])
}

/** This machine's address to others: the first IPv4 address that is not loopback's or a container bridge's; 127.0.0.1 without a network. */
export function machineAddress(): string {
  return ownInterfaces()[0]?.address ?? '127.0.0.1'
}

function ownInterfaces(): { name: string; address: string; cidr: string | null }[] {
  return Object.entries(networkInterfaces())
    .filter(([name]) => !/^(docker|br-|toque|veth|virbr)/.test(name))
    .flatMap(([name, list]) => (list ?? []).filter((i) => i.family === 'IPv4' && !i.internal).map(({ address, cidr }) => ({ name, address, cidr })))
}

/** Where this machine is among networks; `address`: its address to others, where it is known better. */
export function machinePlace(address: string = machineAddress()): { address: string; networks: string[]; mtu?: number } {
  const uplink = ownInterfaces().find((i) => i.address === address)
  const mtu = uplink === undefined ? undefined : mtuOf(uplink.name)
  return { address, networks: machineNetworks(), ...(mtu === undefined ? {} : { mtu }) }
}

/** The largest packet an interface takes, bytes; undefined where that is not known (not Linux). */
function mtuOf(name: string): number | undefined {
  try {
    return Number(readFileSync(`/sys/class/net/${name}/mtu`, 'utf8')) || undefined
  } catch {
    return undefined
  }
}
