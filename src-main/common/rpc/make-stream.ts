import { Inbox } from './inbox.ts'
import type { Stream } from './stream.ts'

/** Gives a value to the reader; resolves when the reader has taken it (or left: then the signal is aborted). */
export type Push<T> = (value: T) => Promise<void>

/**
 * A stream from a function that pushes: it runs anew for each reader, its signal is aborted when that reader leaves, its end ends the
 * stream and what it throws fails it. Unlike an async generator it can be left while it waits.
 */
export function makeStream<T>(run: (push: Push<T>, signal: AbortSignal) => Promise<void>): Stream<T> {
  return {
    [Symbol.asyncIterator]() {
      const controller = new AbortController()
      const taken: (() => void)[] = []
      const inbox = new Inbox<T>(
        () => taken.shift()?.(),
        () => {
          controller.abort()
          for (const resolve of taken.splice(0)) resolve()
        },
      )
      const push: Push<T> = (value) => {
        if (controller.signal.aborted) return Promise.resolve()
        return new Promise((resolve) => {
          taken.push(resolve)
          inbox.push(value)
        })
      }
      run(push, controller.signal).then(
        () => inbox.finish(),
        (error: unknown) => inbox.finish(error instanceof Error ? error : new Error(String(error))),
      )
      return inbox
    },
  }
}
