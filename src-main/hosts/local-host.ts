import { access } from 'node:fs/promises'
import { connect } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { dockerAt } from './docker-connection.ts'
import { DockerUnreachableError } from './host.ts'
import type { Host } from './host.ts'

/** Where this machine's Docker listens: `DOCKER_HOST` when it names a socket, else the usual places. */
export async function localDockerSocket(env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const named = env['DOCKER_HOST']
  if (named !== undefined && named.startsWith('unix://')) return named.slice('unix://'.length)
  const candidates = ['/var/run/docker.sock', join(homedir(), '.docker/run/docker.sock')]
  for (const path of candidates) {
    if (await access(path).then(() => true, () => false)) return path
  }
  return '/var/run/docker.sock'
}

/** This machine, through Docker's unix socket. Opening it does not need Docker to run: calls fail until it does. */
export function openLocalHost(options: { socketPath: string; description?: string }): Host {
  const description = options.description ?? 'local'
  const docker = dockerAt({ socketPath: options.socketPath }, (cause) => explain(options.socketPath, cause), () => knock(options.socketPath))
  return { description, docker, dial, another: () => openLocalHost(options), close: () => Promise.resolve() }
}

/** Whether somebody listens at the socket; rejects with why not, as a sentence. */
function knock(socketPath: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath)
    socket.once('error', (error) => reject(explain(socketPath, error)))
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
  })
}

/** A plain TCP connection from this machine, unbuffered (TCP_NODELAY). */
function dial(address: string, port: number, signal?: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, noDelay: true, ...(signal === undefined ? {} : { signal }) })
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

function explain(socketPath: string, cause: NodeJS.ErrnoException): DockerUnreachableError {
  const sentences: Record<string, string> = {
    ENOENT: `Docker is not running here: there is no socket at ${socketPath}. Start Docker (or Docker Desktop), or install it.`,
    ECONNREFUSED: `Docker is not running: nothing listens at ${socketPath}. Start Docker (or Docker Desktop).`,
    EACCES: `This user may not use Docker: access to ${socketPath} is denied. Add the user to the group "docker" and log in again.`,
  }
  const sentence = sentences[cause.code ?? ''] ?? `Docker at ${socketPath} does not answer (${cause.message}). Is it still running?`
  return new DockerUnreachableError(sentence, { cause })
}
