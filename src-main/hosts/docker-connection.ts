import Docker from 'dockerode'
import { DockerUnreachableError } from './host.ts'

/** The newest Docker API version that Toque was written against. Older engines are spoken to in their own. */
const NEWEST_API = [1, 47] as const
/** Docker Engine 20.10's. */
const OLDEST_API = [1, 41] as const
const STARTS = /^\/containers\/[^/]+\/(re)?start\b/
const CONNECTION_ERRORS = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND'])

type Callback = (error: unknown, result?: unknown) => void
interface DialOptions {
  path: string
  method: string
  statusCodes?: Record<number, unknown>
  [option: string]: unknown
}
/** The part of dockerode's transport that is wrapped. */
interface Modem {
  version?: string
  dial(options: DialOptions, callback: Callback): void
}

/**
 * A Docker client whose API version is negotiated at the first call (and again after Docker was away: it may have been upgraded), and whose
 * connection failures are `DockerUnreachableError`s made by `explain`.
 *
 * A Docker that is being shut down still does what it is told over connections that were open before. A container started then delays its end by 15 s
 * and is killed all the same, so nothing is started unless `knock` finds that it takes new connections (it rejects otherwise).
 */
export function dockerAt(options: Docker.DockerOptions, explain: (cause: NodeJS.ErrnoException) => DockerUnreachableError, knock: () => Promise<void>): Docker {
  const docker = new Docker(options)
  const modem = docker.modem as Modem
  const dial = modem.dial.bind(modem)
  let negotiated: Promise<void> | undefined

  function call(request: DialOptions, callback: Callback): void {
    dial(request, (error, result) => {
      const explained = error instanceof DockerUnreachableError
      if (!explained && !isConnectionError(error)) return callback(error, result)
      negotiated = undefined
      callback(explained ? error : explain(error))
    })
  }

  function negotiate(): Promise<void> {
    return new Promise((resolve, reject) => {
      delete modem.version
      call({ path: '/version', method: 'GET', statusCodes: { 200: true } }, (error, answer) => {
        if (error !== null && error !== undefined) {
          negotiated = undefined
          return reject(error instanceof Error ? error : new Error(String(error)))
        }
        const { ApiVersion, Version } = answer as { ApiVersion?: string; Version?: string }
        if (isTooOld(ApiVersion)) {
          negotiated = undefined
          return reject(new DockerUnreachableError(`Docker ${Version ?? ''} is too old (API ${ApiVersion ?? ''}): Toque needs Docker Engine 20.10 or newer. Update it.`))
        }
        modem.version = negotiateVersion(ApiVersion)
        resolve()
      })
    })
  }

  modem.dial = (request, callback) => {
    negotiated ??= negotiate()
    const ready = STARTS.test(request.path) ? negotiated.then(knock) : negotiated
    ready.then(() => call(request, callback), (error: unknown) => callback(error))
  }
  return docker
}

/** Whether an engine whose newest API is `theirs` is older than 20.10. */
function isTooOld(theirs: string | undefined): boolean {
  const [major = 1, minor = 41] = (theirs ?? '1.41').split('.').map(Number)
  return major < OLDEST_API[0] || (major === OLDEST_API[0] && minor < OLDEST_API[1])
}

/** The version to speak (`v1.41`) with an engine whose newest is `theirs`. */
export function negotiateVersion(theirs: string | undefined): string {
  const [major = 1, minor = 41] = (theirs ?? '1.41').split('.').map(Number)
  const older = major < NEWEST_API[0] || (major === NEWEST_API[0] && minor < NEWEST_API[1])
  return older ? `v${String(major)}.${String(minor)}` : `v${NEWEST_API.join('.')}`
}

function isConnectionError(error: unknown): error is NodeJS.ErrnoException {
  if (!(error instanceof Error)) return false
  const { code } = error as NodeJS.ErrnoException
  return (code !== undefined && CONNECTION_ERRORS.has(code)) || error.message === 'socket hang up'
}
