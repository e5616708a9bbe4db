import type { Duplex } from 'node:stream'
import type { SshLink } from './ssh-link.ts'

/** In characters. */
export interface TerminalSize {
  columns: number
  rows: number
}

/** A shell on a server. */
export interface SshShell {
  /** What is typed, and what appears. Destroying it hangs up. */
  readonly stream: Duplex
  resize(size: TerminalSize): void
  /** Its exit code, once it is over; null when it was cut off or a signal ended it. */
  readonly exit: Promise<number | null>
}

/** Opens a login shell on a server. */
export async function openShell(link: SshLink, size: TerminalSize, signal?: AbortSignal): Promise<SshShell> {
  const { channel, stream, exitCode } = await link.session((connection) => connection.shell(size, signal), signal)
  channel.stderr.resume() // a terminal has none, but the channel closes only when it was read
  const exit = new Promise<number | null>((resolve) => stream.once('close', () => resolve(exitCode() ?? null)))
  return { stream, exit, resize: ({ columns, rows }) => channel.setWindow(rows, columns, 0, 0) }
}
