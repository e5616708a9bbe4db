import { eventually } from '../../harness/containers.ts'
import { Refused, type WatchEvent } from './cluster-client.ts'
import { watchUntil, type Framework } from './conformance.ts'

/** What every object has. */
export interface Named {
  metadata: { name?: string; uid?: string; resourceVersion?: string; labels?: Record<string, string>; annotations?: Record<string, string>; deletionTimestamp?: string }
}

/** Waits, by a watch of its list, until the named object is as wanted; the object as it is then. */
export function objectUntil<T>(f: Framework, list: string, name: string, what: string, wanted: (object: T) => boolean, ms = 90_000): Promise<T> {
  return watchUntil<T>(f, list, { fieldSelector: `metadata.name=${name}` }, ({ type, object }) => type !== 'DELETED' && wanted(object), `${name} ${what}`, ms)
}

/** Waits, by a watch, until a list is as wanted, taken together; its items then. `query`: selectors. */
export async function listUntil<T extends Named>(f: Framework, list: string, query: Record<string, string>, what: string, wanted: (items: T[]) => boolean, ms = 90_000): Promise<T[]> {
  const { items, metadata: { resourceVersion } } = await f.client.get<{ items: T[]; metadata: { resourceVersion: string } }>(list, query)
  const now = new Map(items.map((item) => [item.metadata.uid, item]))
  if (wanted([...now.values()])) return [...now.values()]
  for await (const { type, object } of f.client.watch<T>(list, { ...query, resourceVersion, timeoutSeconds: String(Math.ceil(ms / 1000)) })) {
    if (type === 'DELETED') now.delete(object.metadata.uid)
    else if (type === 'ADDED' || type === 'MODIFIED') now.set(object.metadata.uid, object)
    if (wanted([...now.values()])) return [...now.values()]
  }
  throw new Error(`waited ${String(ms / 1000)} s in vain for: ${what}; last: ${JSON.stringify([...now.values()]).slice(0, 4000)}`)
}

/** Waits until a path leads to nothing (404). */
export async function gone(f: Framework, path: string, ms = 90_000): Promise<void> {
  await eventually(`${path} gone`, async () => (await f.client.ask('GET', path)).code === 404, ms)
}

/** Reads an object, changes it and writes it, again when somebody was faster; as it was written. `at`: where it is written, if not where it is read. */
export async function updated<T>(f: Framework, path: string, change: (object: T) => void, at = path): Promise<T> {
  for (;;) {
    const object = await f.client.get<T>(path)
    change(object)
    try {
      return await f.client.replace<T>(at, object)
    } catch (error) {
      if (!(error instanceof Refused && error.code === 409)) throw error
    }
  }
}

/** Asserts over some time: `broken` says what is wrong, if anything is. As upstream's "consistently": a thing that must not happen has no event to wait for. */
export async function stays(what: string, ms: number, broken: () => Promise<string | undefined>): Promise<void> {
  const end = performance.now() + ms
  while (performance.now() < end) {
    const found = await broken()
    if (found !== undefined) throw new Error(`${what}: ${found}`)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** Follows a list in the background from now on; its events, as they come, and how to end it. */
export function follow<T>(f: Framework, path: string, query: Record<string, string>): { events: WatchEvent<T>[]; stop: () => void } {
  const events: WatchEvent<T>[] = []
  const watch = f.client.watch<T>(path, query)
  let stopped = false
  const done = (async () => {
    for await (const event of watch) {
      if (stopped) return
      events.push(event)
    }
  })()
  done.catch(() => undefined)
  return {
    events,
    stop: () => {
      stopped = true
      void watch.return().catch(() => undefined)
    },
  }
}
