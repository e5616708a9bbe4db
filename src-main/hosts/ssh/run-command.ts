import type { Clock } from '../../common/clock.ts'
import { SshError } from './ssh-error.ts'
import type { SshLink } from './ssh-link.ts'

export interface RunOptions {
  /** Written to its stdin, which is then closed. The way to hand over a secret: a command line can be seen by others on the server. */
  input?: string | Uint8Array
  /** Default 30 s. Ends the command as far as the server heeds it. */
  timeoutMs?: number
  signal?: AbortSignal
}

/** How a command ended. `code` is null when a signal ended it. Output beyond 4 MiB is cut off. */
export interface RunResult {
  code: number | null
  stdout: string
  stderr: string
}

const TIMEOUT_MS = 30_000
const MAX_OUTPUT = 4 << 20

/** Runs a command to its end. Rejects with an SshError when it could not be run or took too long; a code that is not 0 is a result. */
export async function runCommand(link: SshLink, clock: Clock, command: string, options: RunOptions = {}): Promise<RunResult> {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS
  const { channel, stream, exitCode } = await link.session((connection) => connection.exec(command, options.signal), options.signal)
  const stdout = collector()
  const stderr = collector()
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      done()
      stream.destroy()
      reject(error)
    }
    const abort = (): void => {
      channel.signal('TERM')
      fail(options.signal?.reason as Error)
    }
    const timer = clock.setTimeout(() => {
      channel.signal('TERM')
      // The command itself may hold things that must not be seen.
      fail(new SshError('timeout', `A command on the server did not end within ${String(timeoutMs / 1000)} s.`))
    }, timeoutMs)
    const done = (): void => {
      timer.cancel()
      options.signal?.removeEventListener('abort', abort)
    }
    options.signal?.addEventListener('abort', abort, { once: true })
    stream.on('data', stdout.add)
    channel.stderr.on('data', stderr.add)
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A command that does not read all of its input is no failure.
      if (error.code !== 'EPIPE') fail(error)
    })
    stream.once('close', () => {
      done()
      const code = exitCode()
      if (code === undefined) reject(new SshError('command', 'The server ended a command without a result.'))
      else resolve({ code, stdout: stdout.text(), stderr: stderr.text() })
    })
    stream.end(options.input)
  })
}

function collector(): { add(this: void, chunk: Buffer): void; text(): string } {
  const chunks: Buffer[] = []
  let size = 0
  return {
    add(chunk) {
      if (size < MAX_OUTPUT) chunks.push(chunk)
      size += chunk.length
    },
    text: () => Buffer.concat(chunks).subarray(0, MAX_OUTPUT).toString(),
  }
}
