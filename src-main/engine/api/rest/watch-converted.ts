import type { Kind } from '../registry/kind.ts'
import { type Core, converted, isConverted } from './core.ts'
import { type Selection, fieldsAfter } from './selection.ts'
import type { ObjectEvent, WatchRequest, Watcher } from './watch.ts'
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
  const { asked, selection } = fieldsAfter(kind, request)
  const tellSelected = (events: ObjectEvent[]): void => {
    const selected = selection === undefined ? events : events.flatMap((event) => seenThrough(selection, event))
    if (selected.length > 0) watcher.onEvents(selected)
  }
  const end = watch(core, kind, asked, {
    onEvents(events) {
      after(() => {
        const objects = events.flatMap(({ object, before }) => (before === undefined ? [object] : [object, before]))
        if (isConverted(kind, objects)) return tellSelected(events)
        return converted(kind, objects).then((made) => {
          const of = new Map(objects.map((object, i) => [object, made[i] ?? object]))
          if (!isOver) tellSelected(events.map(({ type, object, before }) => ({ type, object: of.get(object) ?? object, ...(before === undefined ? {} : { before: of.get(before) ?? before }) })))
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

/** An event as one sees it who wants some of the objects only: what comes to be one of them is ADDED, what is none any more DELETED. */
function seenThrough(selection: Selection, { type, object, before }: ObjectEvent): ObjectEvent[] {
  const is = selection.matches(object)
  if (type !== 'MODIFIED' || before === undefined) return is ? [{ type, object }] : []
  const was = selection.matches(before)
  if (is) return [{ type: was ? 'MODIFIED' : 'ADDED', object }]
  return was ? [{ type: 'DELETED', object: Object.freeze({ ...before, metadata: Object.freeze({ ...before.metadata, resourceVersion: object.metadata.resourceVersion }) }) }] : []
}
