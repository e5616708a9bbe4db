/** One direction in, one out, of a multiplexed connection to a client. */
export interface Channel {
  /** What the client sends; ends when it closes its side or goes away. */
  readonly readable: AsyncIterable<Uint8Array>
  /** Resolves when there is room for more. Never rejects: what a client that is gone does not take is dropped. */
  write(chunk: Uint8Array): Promise<void>
  /** No more is written. */
  end(): Promise<void>
}

/** The channels of a program run for a client. Absent where the client did not ask. */
export interface SessionChannels {
  readonly stdin: Channel | undefined
  readonly stdout: Channel | undefined
  readonly stderr: Channel | undefined
  /** Carries the outcome. */
  readonly error: Channel
  /** Carries terminal sizes. */
  readonly resize: Channel | undefined
  /** Aborted when the client is gone. */
  readonly gone: AbortSignal
}
