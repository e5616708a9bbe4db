import { PATH_REASONS, VXLAN_PORT, WIREGUARD_PORT } from '../../common/kube/pod-network.ts'
import type { PodPath } from '../../common/kube/pod-network.ts'
import { shareLink } from './pod-paths.ts'
import type { NetNode, Peer } from './pod-paths.ts'

/** How it stands with the ways to other nodes' pods; the node's condition `PodNetwork`. */
export interface PathReport {
  status: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
  /** When to look again, milliseconds; undefined: when something changes. */
  lookAgainMs: number | undefined
}

/** What is known of one node's ways. */
export interface PathFacts {
  self: NetNode
  peers: readonly Peer[]
  /** Seconds since the last handshake, by WireGuard key. */
  handshakes: ReadonlyMap<string, number>
  /** How long each peer's handshake has been waited for, milliseconds, by node. */
  waited: ReadonlyMap<string, number>
  /** Nodes that do not answer anyway. */
  silent: ReadonlySet<string>
  /** What the node's tools said when they refused. */
  failure: string | undefined
  /** What is wrong with the cluster's choice. */
  problem: string | undefined
}

/** A handshake is made anew every two minutes, and a session without one is over after three. */
const HANDSHAKE_LASTS_S = 195
/** A first handshake may take a second try, which WireGuard makes after 5 s. */
const PATIENCE_MS = 8_000
const SOON_MS = 1_000
const LATER_MS = 5_000
/** There is no event for a handshake that is missing. */
const GUARD_MS = 60_000
const HOW: Record<PodPath, string> = { routes: 'by plain routes', vxlan: `through VXLAN (UDP port ${String(VXLAN_PORT)})`, wireguard: `through WireGuard, encrypted (UDP port ${String(WIREGUARD_PORT)})` }

/** What to say of them. Pure. */
export function pathReport(facts: PathFacts): PathReport {
  const { self, peers, problem } = facts
  const apart = peers.filter((peer) => peer.path === 'routes' && !shareLink(self, peer))
  // The kernel refuses such routes; in its words that helps nobody, and asking again does not either.
  const failure = apart.length > 0 ? undefined : facts.failure
  const used = (['routes', 'vxlan', 'wireguard'] as const).filter((path) => peers.some((peer) => peer.path === path))
  const reason = used.map((path) => PATH_REASONS[path]).join('And') || 'Alone'
  const awaited = peers.filter((peer) => peer.path === 'wireguard' && !facts.silent.has(peer.name) && !shaken(peer, facts))
  const overdue = awaited.filter(({ name }) => (facts.waited.get(name) ?? 0) > PATIENCE_MS)
  const problems = [
    ...(problem === undefined ? [] : [problem]),
    ...apart.map((peer) => noLink(self, peer)),
    ...overdue.map((peer) => noHandshake(self, peer)),
    ...(failure === undefined ? [] : [`The way to other nodes' pods could not be set up as wanted on ${self.name}: ${failure.trim().replace(/\s*\n\s*/g, '; ').slice(0, 200)}`]),
  ]
  const lookAgainMs = awaited.length > overdue.length ? SOON_MS : awaited.length > 0 || failure !== undefined ? LATER_MS : used.includes('wireguard') ? GUARD_MS : undefined
  const is = (status: PathReport['status'], message: string): PathReport => ({ status, reason, message, lookAgainMs })
  if (problems.length > 0) return is('False', problems.join(' '))
  if (awaited.length > 0) return is('Unknown', `WireGuard is being set up with ${names(awaited)}.`)
  if (peers.length === 0) return is('True', 'There is no other node.')
  return is('True', `Other nodes' pods are reached ${used.map((path) => `${HOW[path]}: ${names(peers.filter((peer) => peer.path === path))}`).join('; ')}.`)
}

/** Reads what the helper says of handshakes: its clock, then a key and a time (0: never) a line. Pure. */
export function readHandshakes(text: string): Map<string, number> {
  const [now = '', ...lines] = text.split('\n')
  return new Map(lines.flatMap((line) => {
    const [key = '', at = '0'] = line.split('\t')
    return at.trim() === '0' || key === '' ? [] : [[key, Number(now) - Number(at)] as const]
  }))
}

function shaken({ key }: Peer, { handshakes }: PathFacts): boolean {
  const age = key === undefined ? undefined : handshakes.get(key)
  return age !== undefined && age < HANDSHAKE_LASTS_S
}

function noLink(a: NetNode, b: NetNode): string {
  return `${pair(a, b)} share no network link, so plain routes cannot lead from one to the other: their pods do not reach each other. Choose Automatic, VXLAN or WireGuard for the pod network.`
}

function noHandshake(a: NetNode, b: NetNode): string {
  return `WireGuard gets no answer between ${pair(a, b)}: their pods do not reach each other, for nothing is sent unencrypted. Open UDP port ${String(WIREGUARD_PORT)} between them, in the servers' own firewalls and the provider's.`
}

/** The same words on both. */
function pair(a: NetNode, b: NetNode): string {
  return [a, b].sort((x, y) => (x.name < y.name ? -1 : 1)).map(({ name, address }) => `${name} (${address})`).join(' and ')
}

function names(nodes: readonly NetNode[]): string {
  return nodes.map(({ name }) => name).sort().join(', ')
}
