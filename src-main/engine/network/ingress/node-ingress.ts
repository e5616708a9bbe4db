import { pack } from 'tar-stream'
import type { Clock, Timer } from '../../../common/clock.ts'
import { messageOf } from '../../../common/errors.ts'
import type { HelperSession } from '../helper-session.ts'
import { lines } from '../lines.ts'
import { compileProxy, HTTP_PORT, HTTPS_PORT } from './haproxy-config.ts'
import type { ProxyFiles } from './haproxy-config.ts'
import type { IngressBackendModel, IngressModel } from './ingress-model.ts'
import { serverCommands, serverNames, taken } from './proxy-servers.ts'

/** What a node's proxy does now. */
export interface NodeIngressState {
  /** Ports that it serves; none: it does not run. */
  ports: readonly number[]
  /** Ports that it should serve and that somebody else on the server holds. */
  held: readonly number[]
  /** Why it does not do what it should, in the tool's words. */
  failure: string | undefined
}

export interface NodeIngressOptions<Look extends { model: IngressModel }> {
  clock: Clock
  /** What it has to serve; undefined: nothing, there is no Ingress. */
  look(): Look | undefined
  /** Told after each look, and of what was seen if the proxy serves that. */
  onState(state: NodeIngressState, looked: Look | undefined): void
}

/** A session with the helper, as far as it is needed here. */
export type Asked = Pick<HelperSession, 'request' | 'ended'>

/** Nobody says when a port becomes free, or why a tool failed: then it is tried again. */
const RETRY_MS = 30_000
/** Servers that left, and that a proxy keeps besides as many as it serves; more are forgotten by loading the configuration anew. */
const MOST_LEFT = 200
const NOTHING: NodeIngressState = { ports: [], held: [], failure: undefined }

/** What a proxy was given last in this session; `servers`: names of all that its process has. */
interface Sent {
  files: ProxyFiles
  state: NodeIngressState
  servers: ReadonlySet<string>
}

/** Keeps one node's proxy as the cluster wants it, through its helper. One request at a time: the caller sees to it. */
export class NodeIngress<Look extends { model: IngressModel }> {
  readonly #o: NodeIngressOptions<Look>
  /** What the proxy that runs serves; it outlives sessions. */
  #backends: readonly IngressBackendModel[] = []

  constructor(options: NodeIngressOptions<Look>) {
    this.#o = options
  }

  /** What the proxy that runs serves. */
  get backends(): readonly IngressBackendModel[] {
    return this.#backends
  }

  /**
   * For one connection to the helper: a function that brings the proxy up to date, and calls `due` when it should be called again. `open`: a session of its own, because a new
   * configuration takes a while; it is opened only when there is something to serve. `side`: one that is there. Rejects when the session ends.
   */
  session(side: Asked, open: () => Promise<Asked>, signal: AbortSignal, due: () => void): () => Promise<void> {
    const { clock, look, onState } = this.#o
    let helper: Promise<Asked> | undefined
    let sent: Sent | 'nothing' | undefined
    let held: readonly number[] = []
    let timer: Timer | undefined
    signal.addEventListener('abort', () => timer?.cancel(), { once: true })
    const ask = async (body: Buffer): Promise<string> => (await (helper ??= open())).request('ingress', body)
    const later = (): void => {
      timer?.cancel()
      timer = clock.setTimeout(() => {
        held = []
        sent = undefined
        due()
      }, RETRY_MS)
    }
    const stopServing = async (state: NodeIngressState): Promise<void> => {
      if (sent !== 'nothing') await (helper === undefined ? side : await helper).request('ingress')
      sent = 'nothing'
      onState(state, undefined)
    }
    return async () => {
      const looked = look()
      if (looked === undefined) {
        timer?.cancel()
        held = []
        await stopServing(NOTHING)
        return
      }
      const { model } = looked
      for (;;) {
        const ports = [HTTP_PORT, ...(model.certificates.length > 0 ? [HTTPS_PORT] : [])]
        const free = ports.filter((port) => !held.includes(port))
        if (free.length === 0) {
          later()
          return stopServing({ ports: [], held: ports, failure: undefined })
        }
        const files = compileProxy(model, free)
        const state: NodeIngressState = { ports: free, held: ports.filter((port) => held.includes(port)), failure: undefined }
        let servers: ReadonlySet<string>
        try {
          servers = await this.#apply(ask, sent === 'nothing' ? undefined : sent, files, model.backends)
        } catch (error) {
          // The connection's end, and not the proxy's trouble.
          if (signal.aborted || (await helper?.then(({ ended }) => ended, () => true)) !== false) throw error
          later()
          const port = /^port (\d+) is held/.exec(messageOf(error))?.[1]
          if (port !== undefined && !held.includes(Number(port))) {
            held = [...held, Number(port)]
            continue
          }
          // What ran before runs on, if anything did.
          onState({ ports: typeof sent === 'object' ? sent.state.ports : [], held, failure: messageOf(error) }, undefined)
          sent = undefined
          return
        }
        this.#backends = model.backends
        sent = { files, state, servers }
        return onState(state, looked)
      }
    }
  }

  /**
   * Changes servers in the proxy that runs where nothing else changed; if it does not take them, or more changed, it is given the whole. Also then it is told of the servers first: the process
   * that is replaced answers one more request on each connection that a client keeps. Gives the names of all servers that the proxy has now, also of those that left.
   */
  async #apply(ask: (body: Buffer) => Promise<string>, sent: Sent | undefined, { files, shape }: ProxyFiles, backends: readonly IngressBackendModel[]): Promise<ReadonlySet<string>> {
    const now = serverNames(backends)
    const commands = serverCommands(this.#backends, backends)
    if (sent?.files.shape === shape) {
      const all = new Set([...sent.servers, ...now])
      if (commands.length === 0) return all
      if (all.size <= 2 * now.length + MOST_LEFT && taken(commands, await ask(await archive(files, commands, false)).catch(() => 'failed'))) return all
    }
    await ask(await archive(files, commands, true))
    return new Set(now)
  }
}

/** `load`: the files are to be loaded; else the commands are enough. */
async function archive(files: ReadonlyMap<string, string>, live: readonly string[], load: boolean): Promise<Buffer> {
  const archived = pack()
  for (const [name, text] of files) archived.entry({ name, mode: 0o600 }, text)
  if (live.length > 0) archived.entry({ name: 'live', mode: 0o600 }, lines(live))
  if (load) archived.entry({ name: 'load', mode: 0o600 }, 'load\n')
  archived.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archived) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
