import type { IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import type { KubeObject } from '../../../../common/kube/object.ts'
import type { Wire } from './http.ts'

/** One event of a watch. */
export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: KubeObject
}

/** A watch that has been opened: its events so far are with the server or on their way. */
export class OpenWatch {
  readonly #response: IncomingMessage
  readonly #lines: AsyncIterator<string>

  private constructor(response: IncomingMessage) {
    this.#response = response
    // A watch that is cut ends in an error, which is no news to who cut it.
    response.on('error', () => undefined)
    this.#lines = createInterface({ input: response })[Symbol.asyncIterator]()
  }

  static async at(wire: Wire, path: string, query: string): Promise<OpenWatch> {
    return new OpenWatch(await wire.open('GET', `${path}?watch=true&${query}`))
  }

  /** The events up to the first that `isLast`; ends the watch. */
  async until(isLast: (event: WatchEvent) => boolean): Promise<WatchEvent[]> {
    const events: WatchEvent[] = []
    for (let line = await this.#lines.next(); line.done !== true; line = await this.#lines.next()) {
      const event = JSON.parse(line.value) as WatchEvent
      events.push(event)
      if (!isLast(event)) continue
      this.#response.destroy()
      return events
    }
    throw new Error(`the watch ended after ${String(events.length)} events without its last one`)
  }
}
