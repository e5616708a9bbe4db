import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { LiveValue } from '../../common/rpc/live-value.ts'
import { SshError } from './ssh-error.ts'
import type { SshConnection } from './ssh-connection.ts'
import type { SshLink } from './ssh-link.ts'

/** A port on a server's own 127.0.0.1 that leads to this machine. 0: there is none (yet); `problem`: and why, a sentence. */
export interface ForwardedPort {
  port: number
  problem?: string
}

/**
 * Has a server lead a free port of its 127.0.0.1 to `target` on this machine's, as long as the link is open, and anew whenever its connection is. Each
 * connection gives another port. While there is none the last port stays: what was set up with it waits for the next.
 */
export function reverseForward(link: Pick<SshLink, 'state' | 'connection'>, target: number): LiveValue<ForwardedPort> {
  const forwarded = new LiveValue<ForwardedPort>({ port: 0 })
  let last: SshConnection | undefined
  const follow = async (): Promise<void> => {
    if (link.state.get().phase !== 'connected') return
    const connection = await link.connection()
    if (connection === last) return
    last = connection
    const state = await connection.listen((stream) => join(stream, target)).then((port): ForwardedPort => ({ port }), (error: unknown) => {
      // The next connection is asked again; only a refusal is an answer.
      if (error instanceof SshError && error.code === 'channel') return { port: 0, problem: error.message }
      return undefined
    })
    if (state !== undefined && last === connection) forwarded.set(state)
  }
  const look = (): void => void follow().catch(() => undefined)
  link.state.onChange(look)
  look()
  return forwarded
}

/** Both ways, until both have ended or one breaks. */
function join(stream: Duplex, port: number): void {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true })
  const end = (): void => {
    stream.destroy()
    socket.destroy()
  }
  stream.on('error', end).on('close', end).pipe(socket)
  socket.on('error', end).on('close', end).pipe(stream)
}
