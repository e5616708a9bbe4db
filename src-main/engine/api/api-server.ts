import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Server, createServer } from 'node:https'
import { join } from 'node:path'
import type { AddressInfo, Socket } from 'node:net'
import { type Clock, systemClock } from '../../common/clock.ts'
import { errorText } from '../../common/error-text.ts'
import { toStatusError } from '../../common/errors.ts'
import type { NodeAccess } from '../../common/kube/node-access.ts'
import type { Api } from './api.ts'
import { Aggregator } from './aggregation/aggregator.ts'
import type { Auditor } from './audit/auditor.ts'
import { startAuditor } from './audit/auditor.ts'
import { trailOf } from './audit/trails.ts'
import { dropBody } from './http/body.ts'
import { telling } from './http/telling.ts'
import { authenticate, oneToken, type TokenCheck } from './authentication/authenticate.ts'
import type { ServiceAccountTokens } from './authentication/service-account-tokens.ts'
import { signingKeyOf } from './authentication/signing-key.ts'
import type { MetricsPages } from './http/metrics.ts'
import { sendError } from './http/respond.ts'
import { type RouterDeps, route } from './http/router.ts'
import { serveUpgrade } from './http/upgrade.ts'
import { openApiHandler } from './openapi/handler.ts'
import { prepareFrontProxy } from './pki/front-proxy.ts'
import { kubeconfigOf } from './pki/kubeconfig.ts'
import { preparePki, writePrivate } from './pki/pki.ts'
import type { Pki } from './pki/pki.ts'
import { lookupOf } from './rest/core.ts'
import { API_SERVICE_IP } from './registry/service-pools.ts'
import type { UpgradeHandler } from './upgrade.ts'

/** What the HTTPS server is made of. */
export interface ApiServerOptions {
  api: Api
  /** Where its credentials are kept (`pki/`) and `kubeconfig.yaml` is written. */
  dataDir: string
  /** Default 127.0.0.1. */
  host?: string
  /** 0: any free port. */
  port: number
  /** More names and addresses for its certificate. */
  hosts?: readonly string[]
  clock?: Clock
  /** Logs, and (where it can forward) what proxies reach. */
  nodes?: Pick<NodeAccess, 'logs'> & Partial<Pick<NodeAccess, 'portForward'>>
  /** Serves `/metrics`. */
  metrics?: MetricsPages
  /** Serves exec, attach and port-forward. */
  upgrade?: UpgradeHandler
}

/** The folder of its credentials. */
export function pkiDir(dataDir: string): string {
  return join(dataDir, 'pki')
}

const HOSTS = ['localhost', '127.0.0.1', '::1', API_SERVICE_IP, 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'kubernetes.default.svc.cluster.local']
const CLOSE_AT_ONCE_MS = 500
/** As Go's servers take: a selector may name thousands. */
const MAX_HEADER_BYTES = 1024 * 1024
/** A request must have come whole by then; answers may last. */
const RECEIVE_MS = 60_000
// Longer than Go's clients keep an idle connection, so that none sends into one that we just closed.
const KEEP_ALIVE_MS = 120_000

/** The Kubernetes API over HTTPS, as `start` gives it. */
export class ApiServer {
  /** `https://127.0.0.1:6443`. */
  readonly url: string
  /** The path of the administrator's kubeconfig. */
  readonly kubeconfig: string
  readonly #server: Server
  readonly #prepare: () => Promise<Pki>
  #pki: Pki
  readonly #clock: Clock
  readonly #tokens: ServiceAccountTokens
  readonly #auditor: Auditor
  readonly #aggregator: Aggregator
  readonly #sockets: ReadonlySet<Socket>

  private constructor(server: Server, sockets: ReadonlySet<Socket>, url: string, kubeconfig: string, pki: Pki, prepare: () => Promise<Pki>, clock: Clock, tokens: ServiceAccountTokens, auditor: Auditor, aggregator: Aggregator) {
    this.#server = server
    this.#aggregator = aggregator
    this.#sockets = sockets
    this.url = url
    this.kubeconfig = kubeconfig
    this.#pki = pki
    this.#prepare = prepare
    this.#clock = clock
    this.#tokens = tokens
    this.#auditor = auditor
  }

  /** Makes the credentials at first start, listens, writes the kubeconfig. */
  static async start(options: ApiServerOptions): Promise<ApiServer> {
    const { api, dataDir, host = '127.0.0.1', clock = systemClock } = options
    const names = [...new Set([...HOSTS, ...(options.hosts ?? []), ...(host === '0.0.0.0' ? [] : [host])])]
    const prepare = (): Promise<Pki> => preparePki(pkiDir(dataDir), names, clock.now())
    const pki = await prepare()
    api.core.tokens.use(signingKeyOf(pki.caKey))
    const isAdmin = oneToken(pki.adminToken, { user: 'kubernetes-admin', groups: ['system:masters'] })
    const checkToken: TokenCheck = async (token) => isAdmin(token) ?? (await api.core.tokens.check(token))?.caller
    const link = { lookup: lookupOf(api.core), nodes: () => options.nodes, frontProxy: await prepareFrontProxy(pkiDir(dataDir), clock.now()) }
    const aggregator = new Aggregator({ api, clock, link, clientCa: pki.ca })
    const deps: RouterDeps = { api, clock, nodes: options.nodes, aggregator, openApi: openApiHandler(api.registry, aggregator.openApi), ...(options.metrics === undefined ? {} : { metrics: options.metrics }) }
    const server = createServer({ ca: pki.ca, cert: pki.server.cert, key: pki.server.key, requestCert: true, rejectUnauthorized: false, minVersion: 'TLSv1.2', maxHeaderSize: MAX_HEADER_BYTES })
    const auditor = await startAuditor(dataDir, clock, (sentence) => console.error(sentence))
    server.requestTimeout = RECEIVE_MS
    server.keepAliveTimeout = KEEP_ALIVE_MS
    server.on('request', (request, response) => {
      telling(api.registry, clock, request, response)
      auditor.follow(request, response)
      void answer(deps, checkToken, request, response)
    })
    server.on('checkExpectation', (request, response) => {
      auditor.follow(request, response)
      void refuseExpectation(clock, request, response)
    })
    server.on('upgrade', (request, socket, head) => {
      auditor.follow(request, socket)
      void serveUpgrade(api, checkToken, options.upgrade, options.nodes, request, socket, head, aggregator)
    })
    const sockets = socketsOf(server)
    server.listen(options.port, host)
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const url = `https://${host === '0.0.0.0' ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${String(port)}`
    const kubeconfig = join(dataDir, 'kubeconfig.yaml')
    await writePrivate(kubeconfig, kubeconfigOf(pki, url))
    aggregator.start()
    return new ApiServer(server, sockets, url, kubeconfig, pki, prepare, clock, api.core.tokens, auditor, aggregator)
  }

  /** The CA's certificate, PEM: for in-cluster clients. */
  get ca(): string {
    return this.#pki.ca
  }

  /** Goes on with the CA that its folder holds now: connections from now on, and a new kubeconfig. */
  async renew(): Promise<void> {
    const pki = this.#pki = await this.#prepare()
    this.#tokens.use(signingKeyOf(pki.caKey))
    this.#aggregator.trusts(pki.ca)
    this.#server.setSecureContext({ ca: pki.ca, cert: pki.server.cert, key: pki.server.key, minVersion: 'TLSv1.2' })
    await writePrivate(this.kubeconfig, kubeconfigOf(pki, this.url))
  }

  /** Stops listening; requests under way have a moment, watches are cut. */
  async stop(): Promise<void> {
    this.#aggregator.stop()
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeIdleConnections()
    const timer = this.#clock.setTimeout(() => this.#cut(), CLOSE_AT_ONCE_MS)
    await closed
    timer.cancel()
    await this.#auditor.close()
  }

  /** Also what was upgraded, which the HTTP server no longer knows. */
  #cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }
}

/** The connections that are open, from before the first comes: some do while we are still starting. */
function socketsOf(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  return sockets
}

async function answer(deps: RouterDeps, checkToken: TokenCheck, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => response.destroy())
  try {
    const caller = await authenticate(request, checkToken)
    trailOf(request)?.comesFrom(caller)
    await route(deps, request, response, caller)
  } catch (error) {
    const status = toStatusError(error)
    trailOf(request)?.fails(status)
    // A bug, not a refusal: the engine's log must show what, and where to whoever looks for it.
    if (status !== error) console.error(`${request.method ?? ''} ${request.url ?? ''}: ${errorText(error, process.env['TOQUE_DEBUG'] !== undefined)}`)
    await dropBody(request, deps.clock)
    await sendError(response, status, request.headers.accept).catch(() => response.destroy())
  }
}

/** 417 to an `Expect` that is not 100-continue, as Go's servers. Node's own answer goes before the body has come, and is lost with the connection where that is long. */
async function refuseExpectation(clock: Clock, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.on('error', () => response.destroy())
  await dropBody(request, clock)
  response.writeHead(417, { 'Connection': 'close', 'Content-Length': 0 }).end()
}
