import type { Agent } from 'node:http'
import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import type { LiveValue } from '../../common/rpc/live-value.ts'
import type { Stream } from '../../common/rpc/stream.ts'
import { systemClock } from '../../common/clock.ts'
import type { Clock } from '../../common/clock.ts'
import { dockerAt } from '../docker-connection.ts'
import type { DockerUnreachableError } from '../host.ts'
import type { Host } from '../host.ts'
import { Connector } from './connect.ts'
import type { SshContext } from './connect.ts'
import { StreamAgent } from './docker-agent.ts'
import { DOCKER_SOCKET } from './docker-diagnosis.ts'
import { DockerPath } from './docker-path.ts'
import type { DockerWay } from './docker-path.ts'
import { reverseForward } from './reverse-forward.ts'
import type { ForwardedPort } from './reverse-forward.ts'
import { runCommand } from './run-command.ts'
import type { RunOptions, RunResult } from './run-command.ts'
import { SshError } from './ssh-error.ts'
import { SshLink } from './ssh-link.ts'
import type { SshState } from './ssh-link.ts'
import { openShell } from './shell.ts'
import type { SshShell, TerminalSize } from './shell.ts'
import { describeTarget } from './target.ts'
import type { SshTarget } from './target.ts'

/** A server over SSH. */
export interface SshHost extends Host {
  readonly state: SshState
  /** Each new state, the present one first. */
  states(): Stream<SshState>
  /** Resolves when it is connected; rejects with an SshError when it is not now. For "Add a server": the error is what to show. */
  connected(signal?: AbortSignal): Promise<void>
  /** How Docker is reached. */
  readonly dockerWay: DockerWay
  /** Runs a command to its end. */
  run(command: string, options?: RunOptions): Promise<RunResult>
  /** A login shell on a terminal. */
  shell(size: TerminalSize, signal?: AbortSignal): Promise<SshShell>
  /** Has the server lead a port of its own 127.0.0.1 to `port` on this machine's. The port it takes changes with each connection. */
  leadBack(port: number): LiveValue<ForwardedPort>
  /** Connects again now instead of later. */
  retry(): void
}

export interface SshHostOptions extends Omit<SshContext, 'clock'> {
  target: SshTarget
  /** For messages, e.g. the node's name. Default: `user@host`. */
  description?: string
  /** Docker's socket on the server. */
  dockerSocket?: string
  clock?: Clock
  /** 0 up to 1. */
  random?: () => number
}

/** Begins to connect, and keeps connected until `close`. Never throws: what is wrong is in `state`, and in the errors of calls. */
export function openSshHost(options: SshHostOptions): SshHost {
  const { target, dockerSocket = DOCKER_SOCKET, clock = systemClock, random = Math.random } = options
  const description = options.description ?? describeTarget(target)
  const connector = new Connector(target, { ...options, clock })
  const link = new SshLink({ connect: (signal) => connector.connect(signal), clock, random })
  const path = new DockerPath(link, description, dockerSocket, clock)
  const agent = new StreamAgent(() => path.open(), clock)
  // The modem knows `agent`, its types do not.
  const overAgent: Docker.DockerOptions & { agent: Agent } = { host: 'docker', port: 80, protocol: 'http', agent }
  const docker = dockerAt(overAgent, (cause) => unreachable(description, link.state.get(), cause), () => path.knock())

  return {
    description, docker,
    get state() { return link.state.get() },
    states: () => link.state.stream(),
    get dockerWay() { return path.way },
    connected: async (signal) => void (await link.connection(signal)),
    dial: async (address: string, port: number, signal?: AbortSignal): Promise<Duplex> => (await link.connection(signal)).dial(address, port, signal),
    run: (command, runOptions) => runCommand(link, clock, command, runOptions),
    shell: (size, signal) => openShell(link, size, signal),
    leadBack: (port) => reverseForward(link, port),
    retry: () => link.retry(),
    another: () => openSshHost(options),
    close: async () => {
      agent.destroy()
      await link.close()
    },
  }
}

/** A call that broke off: either the connection did, or Docker hung up. */
function unreachable(description: string, state: SshState, cause: NodeJS.ErrnoException): DockerUnreachableError {
  if (state.phase === 'unreachable') return new SshError(state.code, state.message, { cause })
  if (state.phase === 'connecting') return new SshError('lost', `The connection to ${description} was lost and is being made again.`, { cause })
  // `lost`, and so no sign of life: the stream may break a moment before the connection under it is known to be dead.
  return new SshError('lost', `Docker on ${description} hung up (${cause.message}). Is it restarting?`, { cause })
}
