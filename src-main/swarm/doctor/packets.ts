import type { LinkFacts } from './facts.ts'

/** A server as links are probed. */
export interface LinkEnd {
  name: string
  /** Its address in the swarm. */
  address: string
  manager: boolean
}

/** One UDP packet to try; `source` tells it from all others. */
export interface Packet {
  from: string
  to: string
  address: string
  port: number
  source: number
  /** Bytes, with IP and UDP headers. */
  size: number
}

/** What came of the packets at one server; undefined: it could not be looked at. */
export interface Arrivals {
  sent: ReadonlySet<number> | undefined
  /** `SOURCE>PORT`. */
  arrived: ReadonlySet<string> | undefined
}

export const GOSSIP_PORT = 7946
export const MANAGER_PORT = 2377
const SMALL = 64
/** Tried besides what the networks send, to tell how much does get through: Ethernet less usual tunnels, and the least that IPv6 allows. */
const SIZES = [1450, 1400, 1280]

/** Packets for each pair of servers, both ways, and one of each to itself: what does not even see that cannot judge the others. Pure. */
export function planPackets(ends: readonly LinkEnd[], dataPathPort: number, mtus: readonly number[], firstSource: number): Packet[] {
  const largest = Math.max(...mtus, 0)
  const sizes = [...new Set([SMALL, ...mtus, ...SIZES.filter((size) => size < largest)])].sort((a, b) => a - b)
  let source = firstSource
  const packet = (from: LinkEnd, to: LinkEnd, port: number, size: number): Packet => ({ from: from.name, to: to.name, address: to.address, port, size, source: source++ })
  return ends.flatMap((from) => ends.flatMap((to) => {
    if (from === to) return [packet(from, to, dataPathPort, SMALL)]
    return [packet(from, to, GOSSIP_PORT, SMALL), ...sizes.map((size) => packet(from, to, dataPathPort, size))]
  }))
}

/** What the packets say about the ways. `unknown`: pairs that could not be judged, and why not. Pure. */
export function judgePackets(packets: readonly Packet[], of: (server: string) => Arrivals): { links: LinkFacts[]; unknown: { from: string; to: string; why: string }[] } {
  const came = (p: Packet): boolean => of(p.to).arrived?.has(`${String(p.source)}>${String(p.port)}`) === true
  const links: LinkFacts[] = []
  const unknown: { from: string; to: string; why: string }[] = []
  const pairs = new Set(packets.filter(({ from, to }) => from !== to).map(({ from, to }) => JSON.stringify([from, to])))
  for (const pair of pairs) {
    const [from = '', to = ''] = JSON.parse(pair) as string[]
    const between = packets.filter((p) => p.from === from && p.to === to)
    const own = packets.find((p) => p.from === to && p.to === to)
    const sent = of(from).sent
    const why = sent === undefined ? `No packets could be sent from ${from}.` : of(to).arrived === undefined || own === undefined || !came(own) ? `${to} does not see what arrives there.` : undefined
    if (why !== undefined) {
      unknown.push({ from, to, why })
      continue
    }
    for (const port of new Set(between.map((p) => p.port))) {
      const tried = between.filter((p) => p.port === port)
      // Too large for its own interface counts as tried: it does not get through either.
      const small = tried.find(({ size }) => size === SMALL)
      if (small === undefined || sent?.has(small.source) !== true) {
        unknown.push({ from, to, why: `${from} could not send to UDP port ${String(port)}.` })
        continue
      }
      const arrived = tried.filter(came).map(({ size }) => size)
      const large = tried.filter(({ size }) => size !== SMALL)
      links.push({
        from, to, protocol: 'udp', port, state: arrived.length > 0 ? 'open' : 'closed',
        ...(large.length === 0 ? {} : { largest: { arrived: Math.max(0, ...arrived.filter((size) => size !== SMALL)), tried: Math.max(...large.map(({ size }) => size)) } }),
      })
    }
  }
  return { links, unknown }
}
