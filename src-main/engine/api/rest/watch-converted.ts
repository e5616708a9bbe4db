import type { Kind } from '../registry/kind.ts'
import { type Core, converted, isConverted } from './core.ts'
import type { WatchRequest, Watcher } from './watch.ts'
import { watch } from './watch.ts'

/**
 * Watches a custom kind: what only a webhook can convert is told when it has, and everything after it waits, so that the order stays. Where the
 * webhook fails, and where the kind's definition changes, the watch ends.
 */
export function watchConverted(core: Core, kind: Kind, request: WatchRequest, watcher: Watcher): () => void {
  let [isOver, waiting] = [false, 0]
  let tail: Promise<void> = Promise.resolve()
  const after = (tell: () => Promise<void> | void): void => {
    if (waiting === 0) {
      const result = tell()
      if (result === undefined) return
      waiting++
      tail = result.catch(finish).finally(() => waiting--)
      return
    }
    waiting++
    tail = tail.then(() => (isOver ? undefined : tell())).catch(finish).finally(() => waiting--)
  }
  const end = watch(core, kind, request, {
    onEvents(events) {
      after(() => {
        const objects = events.map(({ object }) => object)
        if (isConverted(kind, objects)) return watcher.onEvents(events)
        return converted(kind, objects).then((made) => {
          if (!isOver) watcher.onEvents(events.map(({ type, object }, i) => ({ type, object: made[i] ?? object })))
        })
      })
    },
    onInitialEventsEnd: (revision) => after(() => watcher.onInitialEventsEnd?.(revision)),
    onProgress: (revision) => after(() => watcher.onProgress?.(revision)),
  })
  const stopListening = core.registry.onChange((left) => {
    if (left.includes(kind)) finish()
  })

  function stop(): boolean {
    if (isOver) return false
    isOver = true
    stopListening()
    end()
    return true
  }
  function finish(): void {
    if (stop()) watcher.onGone?.()
  }
  return () => void stop()
}
