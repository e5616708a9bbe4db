import type Docker from 'dockerode'
import { sleep } from '../common/clock.ts'
import type { Clock } from '../common/clock.ts'

/** One of Docker's events, the fields Toque reads. */
export interface DockerEvent {
  Type: string
  Action: string
  Actor: { ID: string; Attributes: Record<string, string> }
  /** Nanoseconds since the epoch on the node's clock (not exact: a double). */
  timeNano: number
}

/** What a consumer of Docker's events is told. */
export interface DockerEventHandler {
  /** The stream stands: every later event arrives. List now to see what was there before. */
  onConnected(): void
  onEvent(event: DockerEvent): void
  /** The stream broke; it is being opened again. Events in between are lost. */
  onDisconnected(error: unknown): void
}

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

/** Follows Docker's events until the signal is aborted, opening the stream again whenever it breaks. Resolves when aborted. */
export async function followDockerEvents(
  docker: Docker, filters: Record<string, string[]>, handler: DockerEventHandler, clock: Clock, signal: AbortSignal,
): Promise<void> {
  let retry = FIRST_RETRY_MS
  while (!signal.aborted) {
    try {
      const stream = await docker.getEvents({ filters: JSON.stringify(filters), abortSignal: signal } as Docker.GetEventsOptions)
      retry = FIRST_RETRY_MS
      handler.onConnected()
      for await (const line of lines(stream)) handler.onEvent(JSON.parse(line) as DockerEvent)
      throw new Error('Docker closed its event stream')
    } catch (error) {
      if (signal.aborted) return
      handler.onDisconnected(error)
      await sleep(clock, retry, signal).catch(() => undefined)
      retry = Math.min(retry * 2, LAST_RETRY_MS)
    }
  }
}

async function* lines(stream: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of stream) {
    const parts = (rest + chunk.toString()).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) if (part !== '') yield part
  }
}
