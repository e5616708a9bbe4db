import type { AddressChoice } from '../../common/contract/index.ts'
import { clash, ipToNumber, numberToIp, rangeOf } from '../../common/ipv4.ts'
import type { ServerPlace } from './swarm-server.ts'

const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10']
/** A private network of a server is seldom the whole of it: a VPC is usually a /16. */
const VPC_BITS = 16
/**
 * Where overlay networks could get their addresses, best first: Docker's own choice, then parts of it. Not 172.16/12 and 192.168/16, from which Docker takes those of
 * its bridges, nor 10.96/12 and 10.240/12, where Toque's and most other Kubernetes' Services and pods are.
 */
export const POOLS: readonly string[] = ['10.0.0.0/8', '10.208.0.0/12', '10.192.0.0/12', '10.176.0.0/12', '10.160.0.0/12', '10.144.0.0/12', '10.128.0.0/12', '10.64.0.0/12', '10.32.0.0/12', '10.16.0.0/12', '100.64.0.0/12', '198.18.0.0/15']

/** A server's addresses that the others could know it by: those in a network with others first, then private ones, then the one that SSH came to. Pure. */
export function addressChoices(own: ServerPlace, others: readonly ServerPlace[]): AddressChoice[] {
  const choices = own.networks.map((cidr) => {
    const [address = ''] = cidr.split('/')
    const network = networkOf(cidr)
    const shared = others.filter(({ networks }) => networks.some((n) => networkOf(n) === network)).length
    const inPrivate = clash(`${address}/32`, PRIVATE) !== undefined
    const why = shared > 0 ? { reason: 'Shared', message: `${String(shared)} of the other servers ${shared === 1 ? 'is' : 'are'} in the same network ${network}.` }
      : inPrivate ? { reason: 'Private', message: 'A private address: make sure that all the servers reach it.' }
      : { reason: 'Public', message: 'A public address: open the swarm\'s ports (2377, 7946, 4789) to the other servers only.' }
    return { choice: { address, network, why }, rank: [-shared, inPrivate ? 0 : 1, address === own.address ? 0 : 1] as const }
  })
  choices.sort((a, b) => a.rank[0] - b.rank[0] || a.rank[1] - b.rank[1] || a.rank[2] - b.rank[2])
  return choices.map(({ choice }) => choice)
}

/** The first pool that no network of any server has addresses of; undefined: none is free. `networks` as CIDRs. Pure. */
export function freePool(networks: readonly string[]): string | undefined {
  const taken = networks.map(asVpc)
  return POOLS.find((pool) => clash(pool, taken) === undefined)
}

/** The network of an address with its prefix: `10.1.2.3/24` is in `10.1.2.0/24`. Pure. */
export function networkOf(cidr: string): string {
  return `${numberToIp(Math.max(0, rangeOf(cidr)[0]))}/${cidr.split('/')[1] ?? '32'}`
}

/** What is wrong with a pool that a person chose; undefined: nothing. Pure. */
export function poolProblem(pool: string, networks: readonly string[]): string | undefined {
  const [address = '', bits = ''] = pool.split('/')
  if (ipToNumber(address) === undefined || !/^\d+$/.test(bits) || Number(bits) < 8 || Number(bits) > 23) {
    return `"${pool}" is no pool for overlay networks: write a network such as 10.64.0.0/12, not smaller than a /23.`
  }
  const met = clash(pool, networks)
  return met === undefined ? undefined : `The pool ${pool} has addresses of ${networkOf(met)}, in which one of the servers is: overlay networks would hide it. Choose another pool${suggestion(networks)}.`
}

function suggestion(networks: readonly string[]): string {
  const free = freePool(networks)
  return free === undefined ? '' : `, for instance ${free}`
}

function asVpc(cidr: string): string {
  const [address = '', bits = '32'] = cidr.split('/')
  return clash(cidr, PRIVATE) !== undefined && Number(bits) > VPC_BITS ? networkOf(`${address}/${String(VPC_BITS)}`) : cidr
}
