import { request } from 'node:http'
import { connect as tls } from 'node:tls'
import type { Duplex } from 'node:stream'
import type { Container, HTTPGetAction } from '../../../common/kube/generated/core-v1.ts'
import { DockerUnreachableError } from '../../../hosts/host.ts'
import type { Host } from '../../../hosts/host.ts'
import type { ContainerStreams } from '../container-runtime.ts'

/** One answer of a probe. `unknown`: the probe could not reach the pod, which says nothing about it. */
export interface CheckResult {
  result: 'success' | 'failure' | 'unknown'
  /** For people, where it did not succeed. */
  message: string
}

/** What checks are made with. */
export interface CheckTools {
  dial: Host['dial']
  exec: ContainerStreams['exec']
}

const UNREACHABLE = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN'])
const OK: CheckResult = { result: 'success', message: '' }
const MAX_OUTPUT = 1024
const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MOST_REDIRECTS = 10

/** The number of a port that may be given by its name. Throws an Error for a name that the container does not have. */
export function portOf(container: Container, port: number | string): number {
  if (typeof port === 'number') return port
  const named = (container.ports ?? []).find((p) => p.name === port)?.containerPort ?? Number(port)
  if (!Number.isInteger(named)) throw new Error(`container "${container.name}" has no port named "${port}"`)
  return named
}

/** An HTTP GET; success is a status from 200 to 399. */
export async function checkHttp(tools: CheckTools, container: Container, podIP: string, action: HTTPGetAction, signal: AbortSignal): Promise<CheckResult> {
  const url = urlOf(container, podIP, action)
  try {
    const status = await askHttp(tools, url, action, signal)
    return status >= 200 && status < 400 ? OK : { result: 'failure', message: `HTTP probe failed with statuscode: ${String(status)}` }
  } catch (error) {
    return failed(error, `Get "${url.href}"`, signal)
  }
}

/** A lifecycle hook's HTTP GET: as upstream's, whatever is answered, it has been told. */
export async function tellHttp(tools: CheckTools, container: Container, podIP: string, action: HTTPGetAction, signal: AbortSignal): Promise<CheckResult> {
  const url = urlOf(container, podIP, action)
  return askHttp(tools, url, action, signal).then(() => OK, (error: unknown) => failed(error, `Get "${url.href}"`, signal))
}

function urlOf(container: Container, podIP: string, { host, port, path, scheme }: HTTPGetAction): URL {
  const secure = scheme?.toUpperCase() === 'HTTPS'
  const name = host || podIP
  const base = `${secure ? 'https' : 'http'}://${name.includes(':') ? `[${name}]` : name}:${String(portOf(container, port))}`
  return new URL(base + (path?.startsWith('/') === true ? path : `/${path ?? ''}`))
}

/** The status that a GET ends with: redirects are followed as long as they stay on the host, as upstream's probes do. */
async function askHttp(tools: CheckTools, url: URL, action: HTTPGetAction, signal: AbortSignal, redirects = 0): Promise<number> {
  const secure = url.protocol === 'https:'
  const port = Number(url.port || (secure ? 443 : 80))
  let socket: Duplex | undefined
  try {
    const plain = await tools.dial(url.hostname.replace(/^\[(.*)\]$/, '$1'), port, signal)
    socket = plain
    // Certificates of pods are their own affair: upstream does not verify them either.
    const connection = secure ? tls({ socket: plain, rejectUnauthorized: false }) : plain
    const headers = Object.fromEntries((action.httpHeaders ?? []).map((h) => [h.name, h.value]))
    const { status, location } = await new Promise<{ status: number; location: string | undefined }>((resolve, reject) => {
      // No `agent: false`: Node would then make an agent that connects by itself, past `dial`.
      const req = request({
        method: 'GET', path: url.pathname + url.search, host: url.hostname, port, signal, createConnection: () => connection,
        headers: { Host: `${url.hostname}:${String(port)}`, 'User-Agent': 'kube-probe/1.32', Accept: '*/*', Connection: 'close', ...headers },
      }, (res) => {
        res.resume()
        resolve({ status: res.statusCode ?? 0, location: res.headers.location })
      })
      req.on('error', reject)
      req.end()
    })
    const next = REDIRECTS.has(status) && location !== undefined ? new URL(location, url) : undefined
    if (next === undefined || next.hostname !== url.hostname) return status
    if (redirects + 1 >= MOST_REDIRECTS) throw new Error(`stopped after ${String(MOST_REDIRECTS)} redirects`)
    return await askHttp(tools, next, action, signal, redirects + 1)
  } finally {
    socket?.destroy()
  }
}

/** Can a connection be opened? */
export async function checkTcp(tools: CheckTools, container: Container, podIP: string, action: { host?: string; port: number | string }, signal: AbortSignal): Promise<CheckResult> {
  const host = action.host || podIP
  const port = portOf(container, action.port)
  try {
    ;(await tools.dial(host, port, signal)).destroy()
    return OK
  } catch (error) {
    return failed(error, `dial tcp ${host}:${String(port)}`, signal)
  }
}

/** Does a command in the container end with 0? */
export async function checkExec(tools: CheckTools, containerId: string, command: readonly string[], signal: AbortSignal): Promise<CheckResult> {
  try {
    const session = await tools.exec(containerId, { command: [...command], stdin: false, tty: false })
    const abort = (): void => session.destroy()
    signal.addEventListener('abort', abort, { once: true })
    try {
      const [output, errors] = await Promise.all([text(session.stdout), text(session.stderr)])
      const code = await session.exit
      if (signal.aborted) return { result: 'failure', message: 'command timed out' }
      return code === 0 ? OK : { result: 'failure', message: (errors + output).trim() || `command "${command.join(' ')}" ended with exit code ${String(code)}` }
    } finally {
      signal.removeEventListener('abort', abort)
    }
  } catch (error) {
    return failed(error, `exec "${command.join(' ')}"`, signal)
  }
}

/** What an error says of the pod: nothing, where it could not be reached. `what`: what was tried. Pure. */
export function failed(error: unknown, what: string, signal: AbortSignal): CheckResult {
  if (signal.aborted) return { result: 'failure', message: `${what}: no answer within the probe's timeout` }
  const { code, message } = error as NodeJS.ErrnoException
  const unreachable = error instanceof DockerUnreachableError || (code !== undefined && UNREACHABLE.has(code))
  return { result: unreachable ? 'unknown' : 'failure', message: `${what}: ${code === 'ECONNREFUSED' ? 'connect: connection refused' : message}` }
}

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let result = ''
  for await (const chunk of stream) if (result.length < MAX_OUTPUT) result += Buffer.from(chunk).toString()
  return result.slice(0, MAX_OUTPUT)
}
