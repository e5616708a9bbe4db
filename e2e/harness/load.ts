import { Agent, request } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { performance } from 'node:perf_hooks'

/** What a load saw from outside. */
export interface LoadReport {
  /** When the load began, milliseconds since the epoch. */
  beganAt: number
  requests: number
  /** Requests that got no good answer, with why, when they ended, and when they were sent (milliseconds since the load began). */
  failures: { atMs: number; sentMs: number; why: string }[]
  /**
   * Requests sent again because a kept connection was closed before any byte of the answer (RFC 9110, 9.2.2: a client may).
   * Not failures, but counted.
   */
  retries: number
  /** How many answers each body (trimmed, first 80 characters) got. */
  bodies: Map<string, number>
  /** The longest time between two good answers, milliseconds. */
  longestGapMs: number
}

export interface LoadOptions {
  host: string
  port: number
  path?: string
  /** The Host that is asked for, where it is not the address. */
  name?: string
  /** Over TLS: what signs the server's certificate (PEM), and the name that it must be for. */
  tls?: { ca: string; servername: string }
  /** How many requests are under way at once. */
  concurrency: number
  keepAlive: boolean
  /** Milliseconds for one request, connecting included. */
  timeoutMs?: number
  /** Rest between a worker's requests, milliseconds. */
  pauseMs?: number
}

/** A load that runs until `stop`. */
export interface Load {
  /** Requests answered so far. */
  readonly answered: number
  /** Requests that failed so far. */
  readonly failures: LoadReport['failures']
  /** Ends the load; what is under way finishes first. */
  stop(): Promise<LoadReport>
}

/** Sends GET requests from `concurrency` workers, one after the other each, until stopped. */
export function startLoad(options: LoadOptions): Load {
  const sockets = { keepAlive: options.keepAlive, maxSockets: options.concurrency, maxFreeSockets: options.concurrency }
  const agent = options.tls === undefined ? new Agent(sockets) : new TlsAgent({ ...sockets, ...options.tls })
  const began = performance.now()
  const report: LoadReport = { beganAt: Date.now(), requests: 0, failures: [], retries: 0, bodies: new Map(), longestGapMs: 0 }
  let lastGood = began
  let stopped = false

  async function worker(): Promise<void> {
    while (!stopped) {
      report.requests += 1
      const sent = performance.now()
      try {
        const body = await answerTo(options, agent, () => (report.retries += 1))
        const now = performance.now()
        report.longestGapMs = Math.max(report.longestGapMs, now - lastGood)
        lastGood = now
        report.bodies.set(body, (report.bodies.get(body) ?? 0) + 1)
      } catch (error) {
        report.failures.push({ atMs: Math.round(performance.now() - began), sentMs: Math.round(sent - began), why: error instanceof Error ? error.message : String(error) })
      }
      if (options.pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, options.pauseMs))
    }
  }
  const workers = Array.from({ length: options.concurrency }, worker)
  return {
    get answered() {
      return report.requests - report.failures.length
    },
    failures: report.failures,
    async stop() {
      stopped = true
      await Promise.all(workers)
      agent.destroy()
      return report
    },
  }
}

async function answerTo(options: LoadOptions, agent: Agent, onRetry: () => void): Promise<string> {
  for (;;) {
    try {
      return await once(options, agent)
    } catch (error) {
      if (!(error instanceof ReusedConnectionClosed)) throw error
      onRetry()
    }
  }
}

class ReusedConnectionClosed extends Error {}

function once({ host, port, path = '/', timeoutMs = 5000, tls, name = tls?.servername }: LoadOptions, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    let answered = false
    const send = tls === undefined ? request : tlsRequest
    const req = send({ host, port, path, agent, timeout: timeoutMs, ...tls, ...(name === undefined ? {} : { headers: { host: name } }) }, (res) => {
      answered = true
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('error', reject)
      res.on('end', () => {
        clearTimeout(deadline)
        const body = Buffer.concat(chunks).toString().trim().slice(0, 80)
        if (res.statusCode === 200) resolve(body)
        else reject(new Error(`HTTP ${String(res.statusCode)}: ${body}`))
      })
    })
    const deadline = setTimeout(() => req.destroy(new Error(`no answer within ${String(timeoutMs)} ms`)), timeoutMs)
    // Not req.reusedSocket: Node leaves that unset for a request that had to wait until a connection was free.
    let reused = false
    let connected: number | undefined
    req.once('socket', (socket) => {
      reused = !socket.connecting
      if (!reused) socket.once('connect', () => (connected = performance.now()))
    })
    req.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(deadline)
      if (connected !== undefined) error.message += `, ${(performance.now() - connected).toFixed(0)} ms after the connection was made`
      const closed = error.code === 'ECONNRESET' || error.code === 'EPIPE'
      reject(reused && closed && !answered ? new ReusedConnectionClosed(error.message) : error)
    })
    req.end()
  })
}
