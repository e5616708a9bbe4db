import type { SshHost } from './ssh-host.ts'

/** What a server says of itself, besides what its Docker says. */
export interface ServerFacts {
  hostname: string
  /** Its address to whoever came by SSH: the one of its own that the connection arrived at. */
  address: string
  /** Its networks as CIDRs, without loopback, container bridges and pods'. */
  networks: string[]
  /** The largest packet on the interface of `address`, bytes. */
  mtu: number | undefined
  /** Its clock, milliseconds since the epoch. */
  clock: number
}

const ASK = 'hostname; echo "$SSH_CONNECTION"; date +%s%3N; ip -o -4 addr show; echo; ip -o link show'
const OURS = /^(lo|docker|br-|toque|veth|virbr|cni|flannel)/

/** Asks a server over SSH. Rejects with an SshError. */
export async function serverFacts(host: Pick<SshHost, 'run'>, signal?: AbortSignal): Promise<ServerFacts> {
  const { stdout } = await host.run(ASK, signal === undefined ? {} : { signal })
  return readFacts(stdout)
}

/** Reads what the command above prints. Pure. */
export function readFacts(text: string): ServerFacts {
  const [hostname = '', connection = '', clock = '', ...lines] = text.split('\n')
  const addresses = lines.flatMap((line) => {
    const [, name = '', cidr = ''] = /^\d+:\s+(\S+)\s+inet\s+(\S+)/.exec(line) ?? []
    return name === '' || OURS.test(name) ? [] : [{ name, cidr: cidr.includes('/') ? cidr : `${cidr}/32` }]
  })
  const arrivedAt = connection.split(' ')[2] ?? ''
  const own = addresses.find(({ cidr }) => cidr.startsWith(`${arrivedAt}/`)) ?? addresses[0]
  const mtu = lines.flatMap((line) => {
    const [, name, bytes] = /^\d+:\s+([^:@\s]+)[^:]*:.*\bmtu (\d+)/.exec(line) ?? []
    return name !== undefined && name === own?.name ? [Number(bytes)] : []
  })[0]
  return { hostname: hostname.trim(), address: own?.cidr.split('/')[0] ?? arrivedAt, networks: addresses.map(({ cidr }) => cidr), mtu, clock: Number(clock) }
}
