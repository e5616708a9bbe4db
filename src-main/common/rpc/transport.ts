/**
 * A two-way pipe of messages between two sides that trust each other: a MessagePort, a WebSocket. Messages are plain JSON-like values.
 * In order, none lost, until it closes; then never anything again.
 */
export interface Transport {
  /** Sends one message. After the close it does nothing. */
  send(message: unknown): void
  /** Sets who gets the messages. Those that came before are kept for it. */
  onMessage(handler: (message: unknown) => void): void
  /** Adds a handler, called once when either side closed it or the other side died; at once when that was before. */
  onClose(handler: () => void): void
  close(): void
}

/** The other side is gone. What was asked may or may not have been done; a watch can be subscribed again. */
export class DisconnectedError extends Error {
  override readonly name = 'DisconnectedError'
  constructor(message = 'The connection to the engine was lost') {
    super(message)
  }
}
