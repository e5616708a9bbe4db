import { sleep } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import { messageOf } from '../../common/errors.ts'
import { groupBy } from '../../common/group-by.ts'
import { orAborted } from '../../common/or-aborted.ts'
import type { DeskServer } from '../setup/swarm-server.ts'
import type { LinkFacts } from './facts.ts'
import { GOSSIP_PORT, judgePackets, MANAGER_PORT, planPackets } from './packets.ts'
import type { Arrivals, LinkEnd, Packet } from './packets.ts'
import type { ProbeContainer } from './probe-container.ts'
import { ARRIVED, readArrived, readSent, SEND } from './probe-scripts.ts'

/** Between servers on different continents an answer takes 0.3 s. */
const DIAL_MS = 3_000
const SETTLE_MS = 300
/** Source ports of packets: above those that kernels give by themselves. */
const FIRST_SOURCE = 61_000
const SOURCES = 3_000

/** A server that links are probed from and to. */
export interface Probed extends LinkEnd {
  server: DeskServer
  /** Undefined: the helper's image is not there. UDP cannot be tried then. */
  probe: ProbeContainer | undefined
}

export interface ProbedLinks {
  links: LinkFacts[]
  unknown: { from: string; to: string; why: string }[]
}

/** Tries every port that Swarm needs between each two servers: TCP by connecting, UDP by packets that are looked for where they should arrive. */
export async function probeLinks(servers: readonly Probed[], dataPathPort: number, mtus: readonly number[], clock: Clock, random: () => number, signal: AbortSignal): Promise<ProbedLinks> {
  const [tcp, udp] = await Promise.all([probeTcp(servers, signal), probeUdp(servers, dataPathPort, mtus, clock, random, signal)])
  return { links: [...tcp.links, ...udp.links], unknown: [...tcp.unknown, ...udp.unknown] }
}

async function probeTcp(servers: readonly Probed[], signal: AbortSignal): Promise<ProbedLinks> {
  const tries = servers.flatMap((from) => servers.filter((to) => to !== from).flatMap((to) => [GOSSIP_PORT, ...(to.manager ? [MANAGER_PORT] : [])].map((port) => ({ from, to, port }))))
  const found: ProbedLinks = { links: [], unknown: [] }
  await Promise.all(tries.map(async ({ from, to, port }) => {
    const state = await dial(from, to.address, port, signal)
    if (state instanceof Error) found.unknown.push({ from: from.name, to: to.name, why: messageOf(state) })
    else found.links.push({ from: from.name, to: to.name, protocol: 'tcp', port, state })
  }))
  return found
}

/** An error says that it could not be tried, not that the port is shut. */
async function dial({ server }: Probed, address: string, port: number, signal: AbortSignal): Promise<LinkFacts['state'] | Error> {
  const late = AbortSignal.timeout(DIAL_MS)
  try {
    const stream = await orAborted(server.host.dial(address, port, AbortSignal.any([signal, late])), AbortSignal.any([signal, late]))
    stream.on('error', () => undefined).destroy()
    return 'open'
  } catch (error) {
    if (late.aborted) return 'closed'
    switch ((error as NodeJS.ErrnoException).code) {
      case 'ECONNREFUSED': return 'refused'
      case 'ETIMEDOUT': case 'EHOSTUNREACH': case 'ENETUNREACH': return 'closed'
      default: return error instanceof Error ? error : new Error(String(error))
    }
  }
}

async function probeUdp(servers: readonly Probed[], dataPathPort: number, mtus: readonly number[], clock: Clock, random: () => number, signal: AbortSignal): Promise<ProbedLinks> {
  const packets = planPackets(servers, dataPathPort, mtus, FIRST_SOURCE + Math.floor(random() * SOURCES))
  const bySender = groupBy(packets, ({ from }) => from)
  const sent = await each(servers, async ({ name, probe }) => readSent(await ask(probe, SEND, argsOf(bySender.get(name) ?? []), signal)))
  await sleep(clock, SETTLE_MS, signal)
  const arrived = await each(servers, async ({ probe }) => readArrived(await ask(probe, ARRIVED, [], signal)))
  return judgePackets(packets, (name): Arrivals => ({ sent: sent.get(name), arrived: arrived.get(name) }))
}

function ask(probe: ProbeContainer | undefined, script: string, args: readonly string[], signal: AbortSignal): Promise<string> {
  return probe === undefined ? Promise.reject(new Error('there are no tools')) : probe.run(script, args, signal)
}

function argsOf(packets: readonly Packet[]): string[] {
  return packets.flatMap(({ address, port, source, size }) => [address, String(port), String(source), String(size)])
}

/** By server, of those where it went well. */
async function each<T>(servers: readonly Probed[], act: (server: Probed) => Promise<T>): Promise<Map<string, T>> {
  const found = await Promise.all(servers.map(async (server) => [server.name, await act(server).catch(() => undefined)] as const))
  return new Map(found.filter((entry): entry is [string, Awaited<T>] => entry[1] !== undefined))
}
