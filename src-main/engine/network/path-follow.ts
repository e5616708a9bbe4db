import type { Clock, Timer } from '../../common/clock.ts'
import { messageOf } from '../../common/errors.ts'
import type { Node } from '../../common/kube/generated/core-v1.ts'
import type { Frozen } from '../../common/kube/object.ts'
import type { HelperSession } from './helper-session.ts'
import type { ModeChoice } from './network-mode.ts'
import { compilePaths } from './path-text.ts'
import { pathReport, readHandshakes } from './path-report.ts'
import type { PathReport } from './path-report.ts'
import { pathsOf } from './pod-paths.ts'
import type { Peer } from './pod-paths.ts'
import { silentNodes } from './silent-nodes.ts'

export interface PathKeeperOptions {
  clock: Clock
  nodeName: string
  /** The cluster as it is now. */
  view(): { nodes: readonly Frozen<Node>[]; choice: ModeChoice }
  /** The node's public key for WireGuard is this, and others do not know it yet. */
  onKey(key: string): void
  /** Told after each look. */
  onReport(report: PathReport): void
}

/** Keeps one node's ways to other nodes' pods as the cluster wants them, through its helper. One request at a time: the caller sees to it. */
export class PathKeeper {
  readonly #o: PathKeeperOptions
  /** Since when each peer's handshake is waited for, by node; it outlives sessions. */
  readonly #asked = new Map<string, number>()

  constructor(options: PathKeeperOptions) {
    this.#o = options
  }

  /** For one session of the helper: a function that brings the node up to date, and calls `due` when it should be called again. Rejects when `signal` is aborted. */
  session(helper: Pick<HelperSession, 'request'>, gateway: string, signal: AbortSignal, due: () => void): () => Promise<void> {
    const { clock, nodeName, onKey, onReport } = this.#o
    let sent: string | undefined
    let failure: string | undefined
    let key: string | undefined
    let timer: Timer | undefined
    signal.addEventListener('abort', () => timer?.cancel(), { once: true })
    return async () => {
      const { nodes, choice } = this.#o.view()
      const paths = pathsOf(choice.mode, nodes, nodeName)
      if (paths === undefined) return
      const { self, peers } = paths
      const encrypted = peers.some(({ path }) => path === 'wireguard')
      if (encrypted) {
        key ??= (await helper.request('key')).trim()
        if (key !== self.key) onKey(key)
      }
      const text = compilePaths(self, peers, gateway)
      if (text !== sent || failure !== undefined) {
        failure = await helper.request('ways', text).then(() => undefined, (error: unknown) => messageOf(error))
        sent = text
      }
      const handshakes = readHandshakes(encrypted ? await helper.request('handshakes').catch(() => '') : '')
      signal.throwIfAborted()
      const report = pathReport({ self, peers, handshakes, waited: this.#waited(peers), silent: silentNodes(nodes), failure, problem: choice.problem })
      onReport(report)
      timer?.cancel()
      timer = report.lookAgainMs === undefined ? undefined : clock.setTimeout(due, report.lookAgainMs)
    }
  }

  /** How long each peer has been asked for, by now. */
  #waited(peers: readonly Peer[]): Map<string, number> {
    const now = this.#o.clock.monotonic()
    const wanted = new Set(peers.filter(({ path }) => path === 'wireguard').map(({ name }) => name))
    for (const name of this.#asked.keys()) if (!wanted.has(name)) this.#asked.delete(name)
    for (const name of wanted) if (!this.#asked.has(name)) this.#asked.set(name, now)
    return new Map([...this.#asked].map(([name, since]) => [name, now - since]))
  }
}
